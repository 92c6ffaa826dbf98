// The clip as it would be rendered, at one moment: a picture that the server draws, with its own
// captions and crop. One is drawn at a time; what changes meanwhile is drawn next.

import { html, nothing } from "../../../vendor/lit-html/lit-html.js";
import { live } from "../../../vendor/lit-html/directives/live.js";
import { answer } from "../../api.js";
import { fineClock } from "../../format.js";
import { t } from "../../strings.js";

const WAIT_MS = 120; // for the next move of the slider
const WIDTH = 540;

export function previewPart({ clipId, changes, update }) {
  const state = { url: "", at: 0, problem: "" };
  let busy = false;
  let stale = false;
  let timer = 0;

  /** Show the moment `at`, or the same one after a change. */
  function show(at = state.at) {
    state.at = at;
    clearTimeout(timer);
    timer = setTimeout(draw, WAIT_MS);
    update();
  }

  async function draw() {
    if (busy) {
      stale = true;
      return;
    }
    busy = true;
    stale = false;
    update();
    try {
      const body = { ...changes(), at_seconds: Math.max(0, Math.round(state.at * 1000) / 1000), width: WIDTH };
      const response = await answer("POST", `clips/${clipId}/preview`, { body });
      const before = state.url;
      state.url = URL.createObjectURL(await response.blob());
      state.problem = "";
      URL.revokeObjectURL(before);
    } catch (error) {
      state.problem = error.message;
    }
    busy = false;
    if (stale) draw();
    update();
  }

  return {
    get at() {
      return state.at;
    },
    show,
    close() {
      clearTimeout(timer);
      URL.revokeObjectURL(state.url);
    },
    view({ start, end }, ratio) {
      const [wide, high] = ratio.split(":");
      return html`<figure class="preview" aria-busy=${busy}>
        <figcaption>${t.editor.preview}${busy ? html`<span class="spinner small" role="status" aria-label=${t.editor.drawing}></span>` : nothing}</figcaption>
        <div class="preview-picture" .style=${`aspect-ratio: ${wide} / ${high}`}>
          ${state.url ? html`<img src=${state.url} alt=${t.editor.previewAt(fineClock(state.at))}>` : nothing}
          ${state.problem ? html`<p class="preview-problem">${state.problem}</p>` : nothing}
        </div>
        <label class="scrub"><span>${fineClock(state.at)}</span>
          <input type="range" min=${start} max=${end} step="0.1" .value=${live(String(state.at))} aria-label=${t.editor.moment} aria-valuetext=${fineClock(state.at)}
            @input=${(event) => show(Number(event.target.value))}></label>
      </figure>`;
    },
  };
}
