// The talk as a picture, with its player and its transcript.

import "../elements/talk_timeline.js";
import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { get, patch, post } from "../api.js";
import { clock, date, fineClock, pathOf } from "../format.js";
import { t } from "../strings.js";
import { correctionsPart } from "./corrections.js";
import { failed, loading, notice } from "./states.js";
import { transcriptPart } from "./transcript.js";

const POINTS = 20_000;
const MIN_S = 1;
const MAX_S = 180;

export function openTalk(page, update, act) {
  const jobId = page.job.job_id;
  const state = { talk: null, words: null, speakers: [], source: null, error: null, note: "", problem: "", position: 0, selection: null, point: null };
  let player = null;
  let ticking = 0;
  const corrections = correctionsPart({ jobId, titleOfClip, opened: () => media()?.pause(), changed: corrected, update });
  const transcript = transcriptPart({ seek, rename, correct: corrections.ask, update });

  async function load() {
    state.error = null;
    try {
      const { overview, chapters, candidates, transcript: spoken, source, corrections: corrected } = await get(`jobs/${jobId}/talk`, { query: { points: POINTS } });
      if (!overview) return update(); // it is being heard
      const speakers = [...new Set(overview.sentences.map((sentence) => sentence.speaker))];
      const chosen = new Set(page.job.clips.map((clip) => clip.clip_id));
      state.talk = {
        duration: overview.duration_seconds,
        waveform: overview.waveform,
        step: overview.waveform_seconds,
        sentences: overview.sentences,
        speakers,
        chapters,
        clips: page.job.clips,
        candidates: candidates.filter((candidate) => !chosen.has(candidate.clip_id)),
      };
      state.labels = spoken.speakers ?? [];
      transcript.load(spoken, speakers);
      corrections.take(corrected);
      state.source ??= source ?? { url: "" };
    } catch (error) {
      state.error = error;
    }
    update();
  }

  function seek(time, andPlay = true) {
    state.position = time;
    const video = media();
    if (video) {
      video.currentTime = time;
      if (andPlay) video.play().catch(() => {});
    }
    show();
  }

  const media = () => document.querySelector("#talk-player");
  const timeline = () => document.querySelector("talk-timeline");

  function show() {
    const line = timeline();
    if (line) line.position = state.position;
    transcript.show(state.position);
  }

  /** While it plays, the position moves with every frame, without drawing the screen again. */
  function tick() {
    const video = media();
    cancelAnimationFrame(ticking);
    if (!video) return;
    state.position = video.currentTime;
    show();
    if (!video.paused) {
      timeline()?.show(state.position);
      ticking = requestAnimationFrame(tick);
    }
  }

  function select({ from, to }) {
    state.selection = { from, to };
    update();
  }

  async function makeClip() {
    const { from, to } = state.selection;
    state.problem = "";
    try {
      const { job_id } = await post(`jobs/${jobId}/clips`, { start_seconds: round(from), end_seconds: round(to) });
      state.selection = null;
      location.hash = `#/jobs/${job_id}`;
    } catch (error) {
      state.problem = error.message;
    }
    update();
  }

  async function rename(label, name) {
    state.problem = "";
    try {
      await patch(`jobs/${jobId}/speakers`, { names: { [label]: name || null } });
      await load();
    } catch (error) {
      state.problem = error.message;
      update();
    }
  }

  function titleOfClip(clipId) {
    return page.job.clips.find((clip) => clip.clip_id === clipId)?.title ?? clipId;
  }

  /** Read everything again that shows the words, and come back to where one was. */
  async function corrected(start) {
    const place = transcript.place();
    page.job = await get(`jobs/${jobId}`);
    await load();
    requestAnimationFrame(() => requestAnimationFrame(() => place && transcript.restore(place, start)));
  }

  load();
  return {
    load,
    close: () => {
      cancelAnimationFrame(ticking);
      transcript.close();
      corrections.close();
    },
    toggle: () => (media()?.paused ? media().play() : media()?.pause()),
    seekBy: (by) => seek(Math.max(0, state.position + by), false),
    mark(end) {
      const at = state.position;
      const now = state.selection ?? { from: at, to: at };
      select(end === "in" ? { from: at, to: Math.max(at, now.to) } : { from: Math.min(at, now.from), to: at });
    },
    view() {
      const removed = page.job.transcript_removed_at;
      if (state.error && removed) return html`<p class="state">${t.talk.removed(date(removed))}</p>`;
      if (state.error) return state.error.status === 409 ? html`<p class="state">${t.talk.none}</p>` : failed(state.error, load);
      if (!state.talk && page.hearing.isOn()) return page.hearing.view();
      if (!state.talk) return loading();
      return html`
        ${notice(state.problem, "error")}
        <div class="talk-top">${source()}<div class="talk-side">${hovered()}</div></div>
        <div class="timeline-tools"><span class="dim">${t.talk.drag}</span>
          <button class="icon" aria-label=${t.talk.zoomOut} title=${t.talk.zoomOut} @click=${() => timeline().zoom(0.5)}>−</button>
          <button class="icon" aria-label=${t.talk.zoomIn} title=${t.talk.zoomIn} @click=${() => timeline().zoom(2)}>+</button></div>
        <talk-timeline .talk=${state.talk} .selection=${state.selection} .label=${t.talk.legend}
          @seek=${(event) => seek(event.detail.time)} @select=${(event) => select(event.detail)}
          @point=${(event) => { if (event.detail?.start_seconds !== state.point?.start_seconds) { state.point = event.detail; update(); } }}></talk-timeline>
        ${state.selection ? selection() : nothing}
        ${transcript.view(state.labels, corrections.view())}`;
    },
  };

  function source() {
    if (!state.source) return nothing;
    if (!state.source.url) return notice(t.talk.noSource);
    return html`<video id="talk-player" controls playsinline preload="metadata" src=${pathOf(state.source.url)}
      @play=${tick} @seeked=${tick} @pause=${tick} @error=${() => { state.source = { url: "" }; state.problem = t.talk.unplayable; update(); }}></video>`;
  }

  function hovered() {
    const { point } = state;
    if (!point) return html`<h2 class="small">${t.talk.chapters}</h2><ol class="chapters">${state.talk.chapters.map((chapter) => html`<li><button class="linklike" @click=${() => seek(chapter.start_seconds)}><span class="dim">${clock(chapter.start_seconds)}</span> <span dir="auto">${chapter.title}</span></button></li>`)}</ol>`;
    return html`<h2 class="small">${point.lane === "clips" ? t.job.clips : t.talk.candidates}</h2><p><b dir="auto">${point.title}</b></p><p class="dim">${clock(point.start_seconds)}–${clock(point.end_seconds)} · ${point.virality_score}</p><p>${point.reason}</p>`;
  }

  function selection() {
    const { from, to } = state.selection;
    const fits = to - from >= MIN_S && to - from <= MAX_S;
    return html`<div class="selection" role="status">
      <b>${t.talk.selection(fineClock(from), fineClock(to))}</b> <span class="dim">${(to - from).toFixed(1)} s</span>
      <button class="button primary" ?disabled=${!fits} @click=${makeClip}>${t.talk.makeClip}</button>
      <button class="quiet" @click=${() => { state.selection = null; update(); }}>${t.talk.clear}</button>
      ${fits ? nothing : html`<span class="bad">${t.talk.tooLong}</span>`}</div>`;
  }
}

const round = (seconds) => Math.round(seconds * 1000) / 1000;
