// One talk: its clips, the talk as a picture with its transcript, its texts.

import { live } from "../../vendor/lit-html/directives/live.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { download, get, post, remove } from "../api.js";
import { clock, date, expires, span } from "../format.js";
import { follow } from "../live.js";
import { t } from "../strings.js";
import { clipCard, isStrong } from "./clip_card.js";
import { openHearing } from "./hearing.js";
import { isWorking, tellThrown, titleOf } from "./jobs.js";
import { openLater } from "./made_later.js";
import { progressBar } from "./progress.js";
import { openSelection } from "./selection.js";
import { failed, notice } from "./states.js";
import { openTalk } from "./talk.js";
import { openTexts } from "./texts.js";

// Which clips are shown, and are in the ZIP and in timelines.
const CHOICES = { all: () => true, kept: (clip) => clip.feedback === "kept", not_rejected: (clip) => clip.feedback !== "rejected" };
const ESTIMATE_MS = 5000;
const TABS = { clips: t.job.clips, talk: t.job.talk, texts: t.job.texts };

export async function open([jobId, tab = "clips"], update) {
  const state = { job: await get(`jobs/${jobId}`), tab: TABS[tab] ? tab : "clips", error: "", away: false, chosen: 0, shown: "all" };
  let estimatedAt = Date.now();
  let stop = () => {};
  const parts = {}; // the talk and the texts, once somebody looks at them

  function watch() {
    stop();
    if (!isWorking(state.job)) return;
    hearing.start();
    stop = follow(jobId, async (name, data) => {
      if (name === "away" || name === "open") state.away = name === "away";
      if (name === "lost") fail(data);
      if (name === "progress") {
        Object.assign(state.job, { status: data.status, stage: data.stage, progress: data.progress });
        if (Date.now() - estimatedAt > ESTIMATE_MS) await reload(); // events tell no time that is left
      }
      if (name === "clip" || name === "end") await reload();
      update();
    });
  }

  async function reload() {
    estimatedAt = Date.now();
    try {
      state.job = await get(`jobs/${jobId}`);
    } catch (error) {
      fail(error);
    }
    lookLater();
    update();
  }

  /** What was made later is not asked for while the clips themselves are in the making. */
  function lookLater() {
    if (state.tab === "clips" && !isWorking(state.job)) parts.later ??= openLater(state, update, reload);
  }

  /** Tell what went wrong; a talk that was deleted elsewhere is gone for good. */
  function fail(error) {
    if (error.status === 404) {
      state.gone = error;
      stop();
    } else state.error = error.message;
  }

  async function act(action) {
    state.error = "";
    try {
      await action();
      await reload();
      if (!state.gone) watch();
    } catch (error) {
      state.error = error.message;
      if (error.status === 404) await reload(); // it, or all of the talk
      update();
    }
  }

  function cut(format) {
    const suffix = format === "fcp7xml" ? "xml" : format;
    if (format) act(() => download(`jobs/${jobId}/timeline?format=${format}&clips=${state.shown}`, `${titleOf(state.job)}.${suffix}`));
  }

  async function erase() {
    const isThrown = Boolean(state.job.deletes_at);
    if (isThrown && !confirm(t.job.removeAsk)) return;
    try {
      if (isThrown) await remove(`jobs/${jobId}`);
      else tellThrown(await post(`jobs/${jobId}/trash`));
      location.hash = "#/";
    } catch (error) {
      state.error = error.message;
      update();
    }
  }

  function show(name) {
    state.tab = name;
    lookLater();
    history.replaceState(null, "", `#/jobs/${jobId}/${name}`);
    if (name === "talk") parts.talk ??= openTalk(state, update, act);
    if (name === "texts") {
      if (parts.texts) parts.texts.refresh();
      else parts.texts = openTexts(state, update);
    }
    update();
  }

  const players = () => [...document.querySelectorAll(".clip video")];

  function step(by) {
    const found = players();
    state.chosen = Math.max(0, Math.min(found.length - 1, state.chosen + by));
    const card = found[state.chosen]?.closest(".clip");
    card?.focus();
    card?.scrollIntoView({ block: "nearest" });
  }

  function play() {
    if (state.tab === "talk") return parts.talk.toggle();
    const video = players()[state.chosen];
    if (!video) return;
    if (video.paused) {
      for (const other of players()) other.pause();
      video.play();
    } else video.pause();
  }

  // The talk that this was made from, where this is no talk itself.
  async function trace() {
    const { rerender_of, rewrite_of, span_of, reel_of } = state.job;
    if (!rerender_of && !rewrite_of && !span_of && !reel_of) return;
    try {
      const id = span_of ?? reel_of ?? rewrite_of ?? (await get(`clips/${rerender_of}`)).job_id;
      state.source = await get(`jobs/${id}`);
    } catch {
      return; // it is gone
    }
    update();
  }

  const selection = openSelection({
    act,
    update,
    rendered: () => parts.later?.load(),
    download: (ids) => act(() => download(`jobs/${jobId}/archive?clip_ids=${ids}`, `${titleOf(state.job)}.zip`)),
  });
  const hearing = openHearing(state, update, () => {
    show(state.tab);
    parts.talk?.load();
  });
  state.hearing = hearing;
  watch();
  trace();
  show(state.tab);
  return {
    title: titleOf(state.job),
    close: () => {
      stop();
      hearing.close();
      parts.later?.close();
      parts.talk?.close();
      parts.texts?.close();
    },
    keys: [
      { key: "j", does: t.keys.next, run: () => step(1) },
      { key: "k", does: t.keys.previous, run: () => step(-1) },
      { key: " ", does: t.keys.play, run: play },
      { key: "ArrowLeft", does: t.keys.backward, run: () => parts.talk?.seekBy(-5) },
      { key: "ArrowRight", does: t.keys.forward, run: () => parts.talk?.seekBy(5) },
      { key: "i", does: t.keys.markIn, run: () => parts.talk?.mark("in") },
      { key: "o", does: t.keys.markOut, run: () => parts.talk?.mark("out") },
    ],
    actions,
    isUnsaved: () => parts.texts?.isUnsaved() ?? false,
    view: () => state.gone ? failed(state.gone) : html`
      ${head()} ${notice(state.error, "error")} ${state.away ? notice(t.job.moved) : nothing} ${troubles()}
      <div class="tabs" role="tablist">
        ${Object.entries(TABS).map(
          ([name, label]) => html`<button role="tab" id="tab-${name}" aria-controls="panel" aria-selected=${state.tab === name} @click=${() => show(name)}>${label}${name === "clips" && state.job.clips.length ? html` <span class="count">${state.job.clips.length}</span>` : nothing}</button>`,
        )}
      </div>
      <div id="panel" role="tabpanel" aria-labelledby="tab-${state.tab}">
        ${state.tab === "clips" ? clips() : state.tab === "talk" ? parts.talk.view() : parts.texts.view()}
      </div>`,
  };

  /** What the command palette offers here. */
  function actions() {
    const { job } = state;
    const found = Object.entries(TABS).map(([name, label]) => ({ name: label, run: () => show(name) }));
    if (isWorking(job)) return [...found, { name: job.paused_at ? t.job.resume : t.job.pause, run: halt }, { name: t.job.cancel, run: cancel }];
    if (job.clips.length) found.push({ name: t.job.zip, run: zip });
    if (job.status !== "completed") found.push({ name: t.job.retry, run: retry });
    return [...found, { name: t.job.removeThis, run: erase }];
  }

  function halt() {
    return act(() => post(`jobs/${jobId}/${state.job.paused_at ? "resume" : "pause"}`));
  }

  function cancel() {
    return act(() => post(`jobs/${jobId}/cancel`));
  }

  function retry() {
    return act(() => post(`jobs/${jobId}/retry`));
  }

  function zip() {
    return act(() => download(`jobs/${jobId}/archive?clips=${state.shown}`, `${titleOf(state.job)}.zip`));
  }

  function head() {
    const { job } = state;
    const facts = [
      job.source ? clock(job.source.duration_seconds) : "",
      job.file_name && job.file_name !== job.title ? job.file_name : "",
      expires(job.source_expires_at) ? t.job.expires(date(job.source_expires_at)) : "",
    ].filter(Boolean);
    const kind = Object.keys(t.kinds).find((name) => job[name]);
    return html`${kind ? html`<p class="origin dim">${t.kinds[kind]}${state.source ? html` · ${t.later.from} <a href="#/jobs/${state.source.job_id}" dir="auto">${titleOf(state.source)}</a>` : nothing}</p>` : nothing}
      <div class="page-head">
        <div><h1 dir="auto" class="clamp" title=${titleOf(job)}>${titleOf(job)}</h1><p class="dim" dir="auto">${facts.join(" · ")}</p></div>
        <div class="actions">
          ${isWorking(job)
            ? html`<button class="button" @click=${halt}>${job.paused_at ? t.job.resume : t.job.pause}</button>
                <button class="button" @click=${cancel}>${t.job.cancel}</button>`
            : html`${job.clips.length ? html`<button class="button" @click=${zip}>${state.shown === "all" ? t.job.zip : t.job.zipOf(t.job.choices[state.shown])}</button>
                  <select class="button" aria-label=${t.job.cutList} .value=${live("")} @change=${(event) => cut(event.target.value)}>
                    <option value="">${t.job.cutList}</option>
                    ${Object.entries(t.job.cutLists).map(([format, words]) => html`<option value=${format}>${words}</option>`)}</select>` : nothing}
                ${job.status !== "completed" ? html`<button class="button primary" @click=${retry}>${t.job.retry}</button>` : nothing}
                <button class="button danger" @click=${erase}>${job.deletes_at ? t.job.removeNow : t.job.remove}</button>`}
        </div>
      </div>
      ${isWorking(job) ? html`<div class="now">${progressBar(job)}</div>` : nothing}`;
  }

  function troubles() {
    const { job } = state;
    if (job.deletes_at) return html`<div class="notice offer" role="status"><span>${t.jobs.deletedOn(date(job.deletes_at))}</span> <button class="button" @click=${() => act(() => post(`jobs/${jobId}/restore`))}>${t.jobs.restore}</button></div>`;
    if (job.status === "failed") return html`<div class="notice error" role="alert"><b>${t.job.failed}</b> <span dir="auto">${job.error?.message}</span></div>`;
    if (job.status === "canceled") return notice(t.job.canceled);
    return (job.warnings ?? []).map((warning) => notice(`${t.job.warning}: ${warning.message}`));
  }

  function clips() {
    const { job } = state;
    const { clips } = job;
    const later = () => parts.later?.view() ?? nothing;
    if (hearing.isOn()) return hearing.view();
    const coming = isWorking(job) ? hearing.coming(clips) : [];
    if (!clips.length && !coming.length) return html`<p class="state">${isWorking(job) ? t.job.soon : t.job.noClips}</p>${later()}`;
    const chosen = clips.filter(CHOICES[state.shown]);
    const isQuiet = !isWorking(job) && !clips.some(isStrong);
    const choose = html`<div class="segments choices" role="group" aria-label=${t.job.show}>${Object.keys(CHOICES).map(
      (name) => html`<button aria-pressed=${state.shown === name} @click=${() => ((state.shown = name), update())}>${t.job.choices[name]} ${clips.filter(CHOICES[name]).length}</button>`,
    )}</div>`;
    return html`${selection.view(clips)} ${isQuiet ? html`<p class="dim">${t.job.noStrong}</p>` : nothing}
      ${clips.some((clip) => clip.feedback) || state.shown !== "all" ? choose : nothing}
      ${chosen.length || coming.length ? html`<ol class="clips">${repeat(chosen, (clip) => clip.clip_id, (clip) => clipCard(clip, { act, box: selection.box(clip) }))}${coming}</ol>` : html`<p class="state">${t.job.noneChosen}</p>`}
      ${later()}`;
  }
}
