// A clip's editor: its ends along the borders of words, its words, title and look. What is changed is
// rendered as a new clip beside the old one; nothing is lost.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { get, post } from "../api.js";
import { clock, fineClock, pathOf } from "../format.js";
import { follow } from "../live.js";
import { t } from "../strings.js";
import { ring } from "./clip_card.js";
import { progressBar } from "./progress.js";
import { notice } from "./states.js";

const AROUND = 40; // words shown before and after the clip, into which it can grow
const LAYOUTS = ["auto", "crop", "split", "fit"];
const SLACK_S = 0.08; // from a word to the cut beside it

export async function open([clipId], update) {
  const clip = await get(`clips/${clipId}`);
  const [job, spoken, own, { styles }] = await Promise.all([
    get(`jobs/${clip.job_id}`),
    get(`jobs/${clip.job_id}/transcript`),
    get(`clips/${clipId}/transcript`),
    get("caption-styles"),
  ]);
  const words = spoken.words;
  const first = words.findIndex((word) => middle(word) >= clip.start_seconds);
  const last = words.findLastIndex((word) => middle(word) <= clip.end_seconds);
  const corrected = Object.fromEntries(
    own.words.flatMap((word) => {
      const n = words.findIndex((spokenWord) => Math.abs(spokenWord.start_seconds - word.start_seconds) < 0.002);
      return n >= 0 && words[n].text !== word.text ? [[n, word.text]] : [];
    }),
  );
  const begun = { first, last, texts: corrected, title: clip.title, caption_style: clip.caption_style, aspect_ratio: job.options.aspect_ratio, layout: job.options.layout };
  const state = { now: begun, past: [], future: [], edited: -1, problem: "", job: null, made: null };
  let stop = () => {};

  function change(difference) {
    state.past.push(state.now);
    state.future = [];
    state.now = { ...state.now, ...difference };
    state.problem = "";
    update();
  }

  function undo() {
    if (!state.past.length) return;
    state.future.push(state.now);
    state.now = state.past.pop();
    update();
  }

  function redo() {
    if (!state.future.length) return;
    state.past.push(state.now);
    state.now = state.future.pop();
    update();
  }

  function move(end, by) {
    const next = state.now[end] + by;
    const fits = end === "first" ? next >= 0 && next <= state.now.last : next < words.length && next >= state.now.first;
    if (fits) change({ [end]: next });
  }

  function correct(n, text) {
    state.edited = -1;
    const value = text.trim();
    if (!value || value === textOf(n)) return update();
    const texts = { ...state.now.texts, [n]: value };
    if (value === words[n].text) delete texts[n];
    change({ texts });
  }

  const textOf = (n) => state.now.texts[n] ?? words[n].text;

  /** The body of the render: only what differs. */
  function changes() {
    const { now } = state;
    const body = {};
    for (const name of ["title", "caption_style", "aspect_ratio", "layout"]) {
      if (now[name] !== begun[name]) body[name] = now[name];
    }
    if (now.first !== begun.first) body.start_seconds = startOf(now.first);
    if (now.last !== begun.last) body.end_seconds = endOf(now.last);
    if (now.texts !== begun.texts) {
      body.words = words.slice(now.first, now.last + 1).map((word, k) => ({
        text: textOf(now.first + k),
        start_seconds: word.start_seconds,
        end_seconds: word.end_seconds,
      }));
    }
    return body;
  }

  // A cut lies between two words, close to the one that stays.
  const startOf = (n) => rounded(Math.max(words[n - 1]?.end_seconds ?? 0, words[n].start_seconds - SLACK_S));
  const endOf = (n) => rounded(Math.min(words[n + 1]?.start_seconds ?? Infinity, words[n].end_seconds + SLACK_S));

  async function render() {
    const body = changes();
    if (!Object.keys(body).length) {
      state.problem = t.editor.nothing;
      return update();
    }
    state.problem = "";
    try {
      const { job_id } = await post(`clips/${clipId}/renders`, body);
      state.made = null;
      state.job = await get(`jobs/${job_id}`);
      stop();
      stop = follow(job_id, async (name, data) => {
        if (name === "progress") Object.assign(state.job, data);
        if (name === "end") {
          state.job = await get(`jobs/${job_id}`);
          state.made = state.job.clips[0] ?? null;
          state.problem = state.job.error?.message ?? "";
        }
        update();
      });
    } catch (error) {
      state.problem = error.message;
    }
    update();
  }

  const video = () => document.querySelector(".editor video");

  return {
    name: "clips",
    title: t.editor.title,
    close: () => stop(),
    keys: [
      { key: " ", does: t.keys.play, run: () => (video().paused ? video().play() : video().pause()) },
      { key: "z", does: t.editor.undo, run: undo },
      { key: "y", does: t.editor.redo, run: redo },
    ],
    view: () => html`
      <p><a href="#/jobs/${clip.job_id}">← ${t.editor.back}</a></p>
      <div class="page-head"><h1>${t.editor.title}</h1><div class="actions">
        <button class="button" ?disabled=${!state.past.length} @click=${undo}>${t.editor.undo}</button>
        <button class="button" ?disabled=${!state.future.length} @click=${redo}>${t.editor.redo}</button>
        <button class="button primary" ?disabled=${state.job && !state.made && !state.problem} @click=${render}>${t.editor.render}</button></div></div>
      ${notice(state.problem, "error")}
      <div class="editor">
        <div class="versions">${player(clip, state.made ? t.editor.before : "")}${result()}</div>
        <div class="editor-side">
          <label>${t.editor.heading}<input maxlength="200" dir="auto" .value=${live(state.now.title)} @change=${(event) => event.target.value.trim() && change({ title: event.target.value.trim() })}></label>
          <div class="fields">
            ${choose(t.editor.style, "caption_style", styles.map(({ name }) => [name, name.replaceAll("_", " ")]))}
            ${choose(t.editor.ratio, "aspect_ratio", Object.entries(t.add.ratios))}
            ${choose(t.editor.layout, "layout", LAYOUTS.map((name) => [name, t.editor.layouts[name]]))}
          </div>
          ${stylePreview()}
          <h2 class="small">${t.editor.words} <span class="dim">${t.editor.wordsHint}</span></h2>
          ${ends()}
          <p class="edit-words" dir="auto">${shownWords()}</p>
        </div>
      </div>`,
  };

  function player(shown, caption) {
    return html`<figure>${caption ? html`<figcaption>${caption} ${ring(shown.virality_score)}</figcaption>` : nothing}
      <video controls playsinline preload="metadata" poster=${pathOf(shown.thumbnail_url)} src=${pathOf(shown.download_url)} aria-label=${shown.title}></video>
      <a class="button" href=${pathOf(shown.download_url)} download>${t.job.download}</a></figure>`;
  }

  function result() {
    if (state.made) return player(state.made, t.editor.after);
    return state.job && !state.problem ? html`<div class="now" role="status">${progressBar(state.job)}</div>` : nothing;
  }

  function choose(label, name, choices) {
    return html`<label>${label}<select .value=${live(state.now[name])} @change=${(event) => change({ [name]: event.target.value })}>
      ${choices.map(([value, text]) => html`<option value=${value} ?selected=${value === state.now[name]}>${text}</option>`)}</select></label>`;
  }

  function stylePreview() {
    const style = styles.find(({ name }) => name === state.now.caption_style);
    return style ? html`<img class="style-preview" src=${pathOf(style.preview_url)} alt=${style.name.replaceAll("_", " ")} width="320" height="180">` : nothing;
  }

  function ends() {
    const [from, to] = [startOf(state.now.first), endOf(state.now.last)];
    const pair = (end, label, time) => html`<span class="end"><b>${label} ${fineClock(time)}</b>
      <button class="icon" aria-label="${label}: ${t.editor.earlier}" title=${t.editor.earlier} @click=${() => move(end, -1)}>◂</button>
      <button class="icon" aria-label="${label}: ${t.editor.later}" title=${t.editor.later} @click=${() => move(end, 1)}>▸</button></span>`;
    return html`<div class="ends">${pair("first", t.editor.start, from)} ${pair("last", t.editor.end, to)} <span class="dim">${clock(to - from)}</span></div>`;
  }

  function shownWords() {
    const { now } = state;
    const from = Math.max(0, Math.min(now.first, begun.first) - AROUND);
    const to = Math.min(words.length, Math.max(now.last, begun.last) + AROUND + 1);
    return words.slice(from, to).map((_word, k) => {
      const n = from + k;
      if (n === state.edited) {
        return html`<input class="word-input" dir="auto" .value=${textOf(n)} size=${Math.max(3, textOf(n).length)} maxlength="100" aria-label=${words[n].text}
          @blur=${(event) => correct(n, event.target.value)} @keydown=${(event) => { if (event.key === "Enter") event.target.blur(); if (event.key === "Escape") { event.target.value = textOf(n); event.target.blur(); } }}> `;
      }
      const inside = n >= now.first && n <= now.last;
      if (!inside) return html`<span class="outside">${textOf(n)}</span> `;
      return html`<button class="word ${now.texts[n] ? "corrected" : ""}" @click=${() => edit(n)}>${textOf(n)}</button> `;
    });
  }

  function edit(n) {
    state.edited = n;
    update();
    requestAnimationFrame(() => requestAnimationFrame(() => {
      const input = document.querySelector(".word-input");
      input?.focus();
      input?.select();
    }));
  }
}

const middle = (word) => (word.start_seconds + word.end_seconds) / 2;
const rounded = (seconds) => Math.round(seconds * 1000) / 1000;
