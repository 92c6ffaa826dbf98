// All talks: search, filter, progress.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { get, post } from "../api.js";
import { ago, clock, date, dateTime, pathOf } from "../format.js";
import { t } from "../strings.js";
import { progressBar } from "./progress.js";
import { failed, loading, notice, soon } from "./states.js";

const PAGE = 30;
const LOOK_MS = 3000; // between looks while something is in work
const TYPING_MS = 250;
const FILTERS = { "": t.jobs.all, working: t.jobs.working, completed: t.jobs.completed, failed: t.jobs.failed, trash: t.jobs.trash };

let thrown = null; // the talk that was deleted a moment ago

/** Have the list offer to take a talk back that was put in the trash. */
export function tellThrown(job) {
  thrown = job;
}

export async function open(_parameters, update) {
  const state = { jobs: null, cursor: null, filter: "", text: "", error: null, thrown };
  thrown = null;
  let timer = 0;
  let asked = 0;
  let chosen = -1;

  const statuses = () => (state.filter === "working" ? ["queued", "processing"] : [state.filter === "trash" ? "" : state.filter]);

  async function load({ more = false } = {}) {
    const mine = ++asked;
    clearTimeout(timer);
    try {
      const pages = await Promise.all(
        statuses().map((status) =>
          get("jobs", { query: { limit: PAGE, q: state.text, status, source_job_id: "none", trash: state.filter === "trash" || "", cursor: more ? state.cursor : "" } }),
        ),
      );
      if (mine !== asked) return;
      const found = pages.flatMap((page) => page.jobs).sort((a, b) => b.created_at.localeCompare(a.created_at));
      state.jobs = more ? [...state.jobs, ...found] : found;
      state.cursor = pages.length === 1 ? pages[0].next_cursor : null;
      state.error = null;
    } catch (error) {
      if (mine !== asked) return;
      state.error = error;
    }
    if (state.error || state.jobs.some(isWorking)) timer = setTimeout(refresh, LOOK_MS);
    update();
  }

  // Only the newest page is asked for again: older talks have ended.
  async function refresh() {
    const older = state.jobs?.slice(PAGE) ?? [];
    const cursor = state.cursor;
    await load();
    if (older.length && !state.error) {
      const known = new Set(state.jobs.map((job) => job.job_id));
      state.jobs = [...state.jobs, ...older.filter((job) => !known.has(job.job_id))];
      state.cursor = cursor;
      update();
    }
  }

  function search(event) {
    state.text = event.target.value;
    clearTimeout(timer);
    timer = setTimeout(load, TYPING_MS);
  }

  async function restore(job) {
    try {
      await post(`jobs/${job.job_id}/restore`);
      state.thrown = null;
    } catch (error) {
      state.error = error;
    }
    await load();
  }

  function step(by) {
    const rows = [...document.querySelectorAll(".talk > a")];
    chosen = Math.max(0, Math.min(rows.length - 1, chosen + by));
    rows[chosen]?.focus();
  }

  addEventListener("focus", refresh);
  await soon(load());
  return {
    name: "",
    title: t.jobs.title,
    close() {
      clearTimeout(timer);
      removeEventListener("focus", refresh);
    },
    keys: [
      { key: "j", does: t.keys.next, run: () => step(1) },
      { key: "k", does: t.keys.previous, run: () => step(-1) },
    ],
    view: () => html`
      <div class="page-head">
        <h1>${t.jobs.title}</h1>
        <a class="button primary" href="#/new">${t.nav.add}</a>
      </div>
      <div class="tools">
        <input type="search" placeholder=${t.jobs.search} aria-label=${t.jobs.search} maxlength="200" .value=${state.text} @input=${search}>
        <div class="pills" role="group" aria-label=${t.jobs.title}>
          ${Object.entries(FILTERS).map(
            ([name, label]) => html`<button aria-pressed=${state.filter === name} @click=${() => { state.filter = name; load(); }}>${label}</button>`,
          )}
        </div>
      </div>
      ${state.thrown ? html`<div class="notice offer" role="status"><span dir="auto">${t.jobs.thrown(titleOf(state.thrown))}</span> <button class="button" @click=${() => restore(state.thrown)}>${t.jobs.undo}</button></div>` : nothing}
      ${state.error && state.jobs ? notice(state.error.message) : nothing}
      ${state.error && !state.jobs ? failed(state.error, () => load()) : state.jobs === null ? loading() : list()}
    `,
  };

  function list() {
    if (!state.jobs.length && state.filter === "trash" && !state.text) return html`<p class="state">${t.jobs.emptyTrash}</p>`;
    if (!state.jobs.length) return state.text || state.filter ? html`<p class="state">${t.jobs.noMatch}</p>` : empty();
    const time = times(state.jobs);
    return html`
      <ul class="talks">${repeat(state.jobs, (job) => job.job_id, (job) => row(job, time.get(job)))}</ul>
      ${state.cursor ? html`<button class="button" @click=${() => load({ more: true })}>${t.jobs.more}</button>` : nothing}`;
  }

  function row(job, time) {
    const picture = job.thumbnail_url && pathOf(job.thumbnail_url);
    return html`<li class="talk"><a href="#/jobs/${job.job_id}">
      <span class="thumb">${picture ? html`<img src=${picture} alt="" loading="lazy" width="54" height="72">` : film}</span>
      <span class="what">
        <b dir="auto">${titleOf(job)}</b>
        <span class="dim" dir="auto">${[subtitleOf(job), job.duration_seconds ? clock(job.duration_seconds) : "", time, job.clip_count ? t.jobs.clips(job.clip_count) : ""].filter(Boolean).join(" · ")}</span>
        ${job.status === "failed" ? html`<span class="bad" dir="auto">${job.error?.message ?? ""}</span>` : nothing}
      </span>
      ${isWorking(job) ? html`<span class="doing">${progressBar(job)}</span>` : html`<span class="status ${job.status}">${job.deletes_at ? t.jobs.until(date(job.deletes_at)) : t.status[job.status]}</span>`}
    </a>${job.deletes_at ? html`<button class="button" @click=${() => restore(job)}>${t.jobs.restore}</button>` : nothing}</li>`;
  }

  function empty() {
    return html`<div class="state"><h2>${t.jobs.none}</h2><p>${t.jobs.noneLead}</p><a class="button primary" href="#/new">${t.nav.add}</a></div>`;
  }
}

const film = html`<svg viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor" stroke-width="1.6" aria-hidden="true"><rect x="3" y="5" width="18" height="14" rx="2.5"/><path d="M10 9.2v5.6l4.8-2.8z" fill="currentColor" stroke-linejoin="round"/></svg>`;

export const isWorking = (job) => job.status === "queued" || job.status === "processing";
export const titleOf = (job) => job.title?.replaceAll("_", " ") || job.file_name || job.video_url; // many are names of files

/** When each talk was made: how long ago, or the exact time where another has its title; numbered in one minute. */
export function times(jobs) {
  const alike = Map.groupBy(jobs, titleOf);
  const exact = ({ created_at }) => dateTime(created_at);
  return new Map(jobs.map((job) => {
    const twins = alike.get(titleOf(job));
    if (twins.length < 2) return [job, ago(job.created_at)];
    const atOnce = twins.filter((twin) => exact(twin) === exact(job)).sort((a, b) => a.created_at.localeCompare(b.created_at));
    return [job, exact(job) + (atOnce.length < 2 ? "" : ` ${t.jobs.twin(atOnce.indexOf(job) + 1)}`)];
  }));
}

function subtitleOf(job) {
  const kind = Object.keys(t.kinds).find((name) => job[name]);
  if (kind) return t.kinds[kind];
  return job.file_name && job.file_name !== job.title ? job.file_name : "";
}
