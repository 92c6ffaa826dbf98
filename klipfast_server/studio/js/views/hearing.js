// A talk in the making: its recording and its words as they are recognized, then the moments of which
// clips are made.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { get } from "../api.js";
import { clock, pathOf } from "../format.js";
import { t } from "../strings.js";
import { comingCard } from "./clip_card.js";
import { isWorking } from "./jobs.js";

const LOOK_MS = 2000;
const NEAR_END = 40; // pixels: who reads this close to the end wants to see what comes

/** For the job of the screen's state; `heard()`: there is a transcript. */
export function openHearing(screen, update, heard) {
  const id = screen.job.job_id;
  const state = { parts: [], video: "", picture: "", moments: null, busy: false };
  let timer = 0;

  const isOn = () => isWorking(screen.job) && !screen.job.language;

  async function look() {
    clearTimeout(timer);
    if (!isWorking(screen.job) || state.moments || state.busy) return;
    state.busy = true;
    try {
      const last = state.parts.at(-1);
      const talk = await get(`jobs/${id}/talk`, { query: { points: 1, after_seconds: last?.end_seconds } });
      if (talk.transcript) {
        state.moments = talk.candidates.filter((moment) => moment.fate === "chosen");
        if (isOn()) {
          screen.job.language = talk.transcript.language;
          heard();
        }
      }
      state.parts.push(...talk.heard.filter((part) => !last || part.start_seconds > last.start_seconds));
      state.video ||= talk.source ? pathOf(talk.source.url) : "";
      if (screen.job.source?.width) state.picture ||= talk.picture_url ? pathOf(talk.picture_url) : "";
    } catch {
      // the screen tells of a job that is gone; anything else may pass
    }
    state.busy = false;
    update();
    follow();
    timer = setTimeout(look, LOOK_MS);
  }

  /** Keep the last words in sight, unless somebody reads further up. */
  function follow() {
    requestAnimationFrame(() => {
      const box = document.querySelector(".heard");
      if (box && box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END + (box.lastElementChild?.clientHeight ?? 0)) box.scrollTop = box.scrollHeight;
    });
  }

  const pictureAt = (seconds, width) => (state.picture ? `${state.picture}&at_seconds=${seconds.toFixed(1)}&width=${width}` : "");

  return {
    isOn,
    start: look,
    /** Cards of the clips that are not there yet. */
    coming(clips) {
      const made = new Set(clips.map((clip) => clip.clip_id));
      return (state.moments ?? []).filter((moment) => !made.has(moment.clip_id)).map((moment) => comingCard(moment, pictureAt((moment.start_seconds + moment.end_seconds) / 2, 640)));
    },
    close: () => clearTimeout(timer),
    view: () => html`<div class="talk-top">
      ${state.video
        ? html`<video controls playsinline preload="metadata" aria-label=${t.hearing.recording} poster=${pictureAt(screen.job.source?.duration_seconds / 10, 960) || nothing} src=${state.video}></video>`
        : html`<div class="no-video skeleton"><span aria-hidden="true"></span></div>`}
      <div class="heard" role="region" aria-label=${t.hearing.title} tabindex="0">
        ${state.parts.length
          ? state.parts.map((part) => html`<p><span class="dim">${clock(part.start_seconds)}</span> <span dir="auto">${part.text}</span></p>`)
          : html`<p class="dim">${t.hearing.waiting}</p>`}</div>
    </div>`,
  };
}
