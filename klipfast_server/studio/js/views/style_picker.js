// Caption styles over a frame of the talk; the one under the pointer or in focus moves.

import { html } from "../../vendor/lit-html/lit-html.js";
import { get } from "../api.js";
import { pathOf } from "../format.js";
import { t } from "../strings.js";

const FRAME_WIDTH = 480; // pixels
const FRAME_AT = 0.1; // share of the talk: the first frame is often black
const LATEST_FRAME_S = 60; // reading far into a large file takes long

/** The picker: `view`, `usual` (the server's default), `show(file)` for another ground, and `close`. */
export function stylePicker(update) {
  const state = { styles: [], chosen: "", moving: "", frame: "" };
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let shown = null;

  function ground(address) {
    if (state.frame) URL.revokeObjectURL(state.frame);
    state.frame = address;
    update();
  }

  const move = (name) => () => {
    if (state.moving === name || (name && calm.matches)) return;
    state.moving = name;
    update();
  };

  const picker = {
    usual: "",
    async show(file) {
      shown = file;
      const address = file ? await frameOf(file).catch(() => "") : "";
      if (shown === file) ground(address);
      else if (address) URL.revokeObjectURL(address);
    },
    close() {
      shown = null;
      if (state.frame) URL.revokeObjectURL(state.frame);
    },
    view: () => html`<fieldset class="styles"><legend>${t.add.style}</legend>
      <div class="style-list" .style=${state.frame ? `--frame: url("${state.frame}")` : ""}>${state.styles.map(
        ({ name, preview_url, motion_url }) => html`<label class="style" @pointerenter=${move(name)} @pointerleave=${move("")} @focusin=${move(name)} @focusout=${move("")}>
          <input type="radio" name="caption_style" value=${name} .checked=${name === state.chosen} @change=${() => { state.chosen = name; update(); }}>
          <span class="swatch"><img src=${state.moving === name ? pathOf(motion_url) : `${pathOf(preview_url)}?ground=none`} alt="" loading="lazy" width="180" height="101"></span>
          <span class="style-name">${name.replaceAll("_", " ")}</span></label>`,
      )}</div>
    </fieldset>`,
  };

  get("caption-styles").then((answer) => {
    const isUsual = ({ name }) => name === answer.default;
    state.styles = [...answer.styles.filter(isUsual), ...answer.styles.filter((style) => !isUsual(style))];
    state.chosen = picker.usual = answer.default;
    update();
  }, () => {});
  return picker;
}

/** The address of a JPEG of a video file; "" if the file has no picture. Rejects if the browser cannot read it. */
async function frameOf(file) {
  const video = document.createElement("video");
  const address = URL.createObjectURL(file);
  const happened = (event) => new Promise((resolve, reject) => {
    video.addEventListener(event, resolve, { once: true });
    video.addEventListener("error", reject, { once: true });
  });
  try {
    Object.assign(video, { muted: true, preload: "auto", src: address });
    await happened("loadeddata");
    if (!video.videoWidth) return "";
    video.currentTime = Math.min(LATEST_FRAME_S, FRAME_AT * (Number.isFinite(video.duration) ? video.duration : 0));
    await happened("seeked");
    const canvas = document.createElement("canvas");
    canvas.width = FRAME_WIDTH;
    canvas.height = Math.round((FRAME_WIDTH * video.videoHeight) / video.videoWidth);
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    const picture = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
    return picture ? URL.createObjectURL(picture) : "";
  } finally {
    video.removeAttribute("src");
    video.load();
    URL.revokeObjectURL(address);
  }
}
