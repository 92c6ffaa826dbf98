// Keys of the current screen. Each is { key, does, run }; a key typed into a field stays there.

import { t } from "./strings.js";

const TYPED = "input, textarea, select, [contenteditable]";
const ACTIVATED = "button, a, summary, video, audio"; // to which the space bar belongs
let screenKeys = [];
let shown = ""; // "help": questions, answers and keys; "palette": the command palette
let draw = () => {};

const common = [
  { key: "?", does: t.keys.help, run: () => show("help") },
  { key: "n", does: t.keys.add, run: () => (location.hash = "#/new") },
  { key: "u", does: t.keys.back, run: () => (location.hash = "#/") },
  { key: "/", does: t.keys.search, run: () => document.querySelector("input[type=search]")?.focus() },
];

/** What opens the palette, as a person of this system reads it. */
export const PALETTE_KEY = /Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘ K" : "Ctrl K";

/** Listen to the keys; `redraw` draws at once, `ready` says whether there is somebody signed in. */
export function start(redraw, ready) {
  draw = redraw;
  addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault(); // a browser's own search, otherwise
      if (ready()) show(shown === "palette" ? "" : "palette");
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (event.key === "Escape" && target.matches(TYPED)) target.blur();
    if (target.matches(TYPED)) return;
    if (event.key === " " && target.closest(ACTIVATED)) return;
    const found = all().find((entry) => entry.key === event.key);
    if (!found || document.querySelector("dialog[open]") || !ready()) return;
    event.preventDefault();
    found.run(event);
  });
}

export function use(keys) {
  screenKeys = keys;
}

export const ofScreen = () => screenKeys;
export const all = () => [...screenKeys, ...common];
export const isShown = (name) => shown === name;

/** Show a dialog, "help" or "palette"; "": none. */
export function show(name) {
  shown = name;
  document.querySelector("dialog[open]")?.close(); // which gives the focus back
  draw(); // what is typed next belongs to the dialog
}
