// What was made of a talk after its clips were picked: spans and reels, and renders until they are there,
// which then are the clips themselves. Each is a job of its own.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { get, post, remove } from "../api.js";
import { ago } from "../format.js";
import { t } from "../strings.js";
import { clipCard } from "./clip_card.js";
import { isWorking } from "./jobs.js";
import { progressBar } from "./progress.js";
import { notice } from "./states.js";

const isVersion = (job) => job.rerender_of && job.status === "completed";
const LOOK_MS = 2000; // between looks while something is in work
const PAGE = 100;

/** What was made later of the job of the screen's state; `renewed()`: a clip has a new version. */
export function openLater(screen, update, renewed) {
  const { job_id } = screen.job;
  const state = { jobs: [], clips: new Map(), cursor: "", problem: "" };
  let timer = 0;
  let closed = false;

  async function load(cursor = "") {
    clearTimeout(timer);
    try {
      const page = await get("jobs", { query: { source_job_id: job_id, limit: PAGE, cursor, clips: true } });
      const made = page.jobs.filter((job) => !job.rewrite_of && !isVersion(job)); // a text is among the texts
      const known = new Set(page.jobs.map((job) => job.job_id));
      const ended = state.jobs.filter((job) => known.has(job.job_id) && job.rerender_of && !made.some((other) => other.job_id === job.job_id));
      const last = page.jobs.at(-1)?.created_at ?? "";
      state.jobs = cursor ? [...state.jobs, ...made] : [...made, ...state.jobs.filter((job) => job.created_at < last && !known.has(job.job_id))];
      if (ended.length) {
        state.clips.clear(); // spans and reels have versions, too
        await renewed();
      }
      if (cursor || !state.cursor) state.cursor = page.next_cursor;
      for (const job of made) if (job.clips.length && !state.clips.has(job.job_id)) state.clips.set(job.job_id, job.clips);
      state.problem = "";
    } catch (error) {
      state.problem = error.status === 404 ? "" : error.message;
    }
    if (closed) return;
    if (state.problem || state.jobs.some(isWorking)) timer = setTimeout(load, LOOK_MS);
    update();
  }

  async function act(action) {
    try {
      await action();
    } catch (error) {
      screen.error = error.message;
    }
    await load();
  }

  // A clip's link may have expired since: its job has a new one.
  const forgetting = (job) => (action) => {
    state.clips.delete(job.job_id);
    return act(action);
  };

  const erase = (job) =>
    confirm(t.later.removeAsk) &&
    act(async () => {
      await remove(`jobs/${job.job_id}`);
      state.jobs = state.jobs.filter((other) => other !== job);
    });

  load();
  return {
    load,
    close() {
      closed = true;
      clearTimeout(timer);
    },
    view: () =>
      state.jobs.length || state.cursor
        ? html`<section class="later" aria-labelledby="later"><h2 id="later">${t.later.title}</h2>${notice(state.problem, "error")}
            <ol class="clips">${repeat(state.jobs, (job) => job.job_id, card)}</ol>
            ${state.cursor ? html`<button class="button" @click=${() => load(state.cursor)}>${t.jobs.more}</button>` : nothing}</section>`
        : notice(state.problem, "error"),
  };

  function card(job) {
    const about = html`<p class="origin dim">${origin(job)} · ${ago(job.created_at)}</p>`;
    const erasing = html`<button class="quiet danger" @click=${() => erase(job)}>${t.job.remove}</button>`;
    const [clip] = state.clips.get(job.job_id) ?? [];
    if (clip) return clipCard(clip, { act: forgetting(job), isOwn: Boolean(job.span_of), about, more: erasing });
    return html`<li class="clip unmade"><div class="thumb wide-thumb" aria-hidden="true"></div><div class="clip-words">
      <h2 dir="auto">${job.title}</h2>${about}
      ${isWorking(job)
        ? html`<div role="status">${progressBar(job)}</div><div class="actions"><button class="button" @click=${() => act(() => post(`jobs/${job.job_id}/cancel`))}>${t.job.cancel}</button></div>`
        : html`<p class=${job.status === "failed" ? "bad" : "dim"} dir="auto">${job.error?.message ?? (job.status === "canceled" ? t.status.canceled : t.later.expired)}</p>
            <div class="actions">${job.status === "completed" ? nothing : html`<button class="button" @click=${() => act(() => post(`jobs/${job.job_id}/retry`))}>${t.job.retry}</button>`}${erasing}</div>`}
    </div></li>`;
  }

  /** What it is, with a link to the clip that it is a version of. */
  function origin(job) {
    if (!job.rerender_of) return t.kinds[job.reel_of ? "reel_of" : "span_of"];
    const clips = [...screen.job.clips, ...[...state.clips.values()].flat()];
    const before = clips.find((clip) => clip.clip_id === job.rerender_of);
    return before ? html`${t.later.versionOf} <a href="#/clips/${before.clip_id}" dir="auto">${before.title}</a>` : t.kinds.rerender_of;
  }
}
