// The clip as it would be rendered, playing: the renderer itself, smaller. A change is opened as
// another stream, at the moment that was shown; times here are the source's.

import { html, nothing } from "../../../vendor/lit-html/lit-html.js";
import { live } from "../../../vendor/lit-html/directives/live.js";
import { post } from "../../api.js";
import { fineClock } from "../../format.js";
import { t } from "../../strings.js";
import { streamPlayer } from "./player.js";

const WAIT_MS = 60; // for the next change, or the next move of the slider
const AGAIN_MS = 4000; // until a server that has not answered is asked again
const PICTURE_S = 0.04;
const FORGOTTEN = 404;

/** `moved(at)` is called with each picture while it plays. */
export function previewPart({ clipId, changes, moved, update }) {
  const state = { at: 0, problem: "", busy: false, shown: "" };
  const player = streamPlayer({ failed });
  const { video } = player;
  let stream = null;
  let timer = 0;
  let isStale = true; // whether a change is not opened yet
  let turn = 0; // number of the latest change; a slow answer must not replace a later one

  const parts = () => stream?.parts ?? [];

  /** The second of the clip at which a moment of the source is shown. */
  function toClip(at) {
    let [begins, nearest, distance] = [0, 0, Infinity];
    for (const { start_seconds: start, end_seconds: end } of parts()) { // as they play
      if (start <= at && at < end) return begins + at - start;
      if (start > at && start - at < distance) [nearest, distance] = [begins, start - at];
      begins += end - start;
    }
    return distance < Infinity ? nearest : begins;
  }

  function toSource(second) {
    for (const { start_seconds: start, end_seconds: end } of parts()) {
      if (second < end - start) return start + second;
      second -= end - start;
    }
    return parts().at(-1)?.end_seconds ?? 0;
  }

  /** Show a moment of the clip. */
  function show(at) {
    state.at = at;
    clearTimeout(timer);
    timer = setTimeout(() => (isStale ? open() : player.seek(nearest(stream))), WAIT_MS);
    moved(at);
    update();
  }

  const nearest = (clip) => Math.min(toClip(state.at), Math.max(0, clip.duration - PICTURE_S));

  /** Show the clip with other changes, at the same moment or another. */
  function change(at = state.at) {
    turn++;
    isStale = true;
    state.busy = true;
    player.leave();
    show(at);
  }

  async function open() {
    const mine = ++turn;
    state.busy = true;
    update();
    try {
      const next = await post(`clips/${clipId}/preview/stream`, changes());
      if (mine !== turn) return;
      [state.problem, isStale, stream] = ["", false, next];
      await player.load(next, nearest(next));
    } catch (error) {
      if (mine === turn) failed(error);
    }
    update();
  }

  function failed(error) {
    if (error.status === FORGOTTEN) return open();
    if (error.offline) timer = setTimeout(open, AGAIN_MS);
    state.problem = error.message;
    state.busy = false;
    update();
  }

  /** Tell what is shown now; the clock is that of the picture, not ahead of it. */
  function shown(_now, picture) {
    const at = toSource(picture?.mediaTime ?? video.currentTime);
    if (!video.paused) {
      state.at = at;
      const clock = document.querySelector(".scrub span");
      if (clock) {
        clock.textContent = fineClock(at);
        clock.nextElementSibling.value = at;
      }
      moved(at);
    }
    video.requestVideoFrameCallback?.(shown);
  }

  function settled() {
    if (!stream || video.readyState < 2 || video.seeking) return;
    state.busy = false;
    state.shown = `${stream.stream_id} ${video.currentTime.toFixed(2)}`;
    update();
  }

  for (const event of ["loadeddata", "seeked", "canplay"]) video.addEventListener(event, settled);
  for (const event of ["play", "pause", "ended"]) video.addEventListener(event, () => (moved(state.at), update()));
  if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(shown);
  else video.addEventListener("timeupdate", shown);
  video.addEventListener("click", toggle);

  function toggle() {
    if (!video.paused) return video.pause();
    if (video.ended) video.currentTime = 0;
    video.play().catch((error) => failed(error));
  }

  return {
    get at() {
      return state.at;
    },
    get isPaused() {
      return video.paused;
    },
    /** Why the title is not in the picture; null where it is, or nobody wants it. */
    get titleHidden() {
      return stream?.title_hidden;
    },
    /** Seconds of the clip, as it was opened last. */
    get duration() {
      return stream?.duration;
    },
    show,
    change,
    toggle,
    close() {
      clearTimeout(timer);
      turn++;
      player.close();
    },
    view({ start, end }, ratio) {
      const [wide, high] = ratio.split(":");
      const label = video.paused ? t.editor.play : t.editor.pause;
      return html`<figure class="preview" aria-busy=${state.busy} data-shown=${state.shown}>
        <figcaption>${t.editor.preview}${state.busy ? html`<span class="spinner small" role="status" aria-label=${t.editor.drawing}></span>` : nothing}</figcaption>
        <div class="preview-picture" .style=${`aspect-ratio: ${wide} / ${high}`}>${video}
          ${state.problem ? html`<p class="preview-problem">${state.problem}</p>` : nothing}
        </div>
        <div class="scrub-row"><button class="icon play" aria-label=${label} title=${label} @click=${toggle}>${video.paused ? "▶" : "❚❚"}</button>
        <label class="scrub"><span .textContent=${live(fineClock(state.at))}></span>
          <input type="range" min=${start} max=${end} step="0.04" .value=${live(String(state.at))} aria-label=${t.editor.moment} aria-valuetext=${fineClock(state.at)}
            @input=${(event) => show(Number(event.target.value))}></label></div>
      </figure>`;
    },
  };
}
