// Opens a dialog as it is drawn, so that the rest of the page cannot be reached meanwhile.

import { Directive, directive } from "../../vendor/lit-html/directive.js";

/** For the tag of a <dialog>; `begin` is called once it is open. */
export const opened = directive(
  class extends Directive {
    update(part, [begin]) {
      queueMicrotask(() => {
        if (!part.element.isConnected || part.element.open) return;
        part.element.showModal();
        begin?.();
      });
    }
    render() {}
  },
);
