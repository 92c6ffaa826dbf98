// Words that were misheard: the form that corrects them for the whole talk, the corrections that there
// are, and the clips that still show the old words.

import { Directive, directive } from "../../vendor/lit-html/directive.js";
import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { get, patch, post } from "../api.js";
import { fineClock } from "../format.js";
import { follow } from "../live.js";
import { t } from "../strings.js";
import { notice } from "./states.js";

export const MOST_WORDS = 10; // per correction
const MOST_CHARACTERS = 100;
const UNSPACED = new Set(["bo", "ja", "km", "lo", "my", "th", "yue", "zh"]);
const NARROW = "(max-width: 50rem)"; // where the form takes the foot of the screen

// As the server does: marks around a word are none of its letters.
const LEADING = /^(?:(?![#%&@*])[\p{P}\s])+/u;
const TRAILING = /(?:(?![#%&@*])[\p{P}\s])+$/u;
const bare = (text) => text.replace(LEADING, "").replace(TRAILING, "");
const comparable = (text) => bare(text).normalize("NFKC").toLowerCase().replaceAll("’", "'");

/** The words of a range, as a correction names them. */
function heardIn(words, { first, last }, language) {
  const said = words.slice(first, last + 1).map((word) => bare(word.text)).filter(Boolean);
  return said.join(UNSPACED.has(language) ? "" : " ");
}

/** How often the words of a range are in the transcript, each time within one sentence. */
function countPlaces(words, { first, last }) {
  const wanted = words.slice(first, last + 1).map((word) => comparable(word.text));
  let found = 0;
  for (let n = 0; n + wanted.length <= words.length; n++) {
    const fits = wanted.every((key, k) => {
      const other = comparable(words[n + k].text);
      return words[n + k].sentence === words[n].sentence && (other === key || (k === wanted.length - 1 && other === `${key}'s`));
    });
    if (fits) [found, n] = [found + 1, n + wanted.length - 1];
  }
  return found;
}

/** `changed(start)`: the transcript has changed, because of the word that starts there. */
export function correctionsPart({ jobId, titleOfClip, opened, changed, update }) {
  const state = { list: [], clips: [], texts: [], made: [], writing: [], form: null, problem: "", busy: false };

  const stops = []; // ends the watching of each rewriting job

  async function load() {
    take(await get(`jobs/${jobId}/corrections`).catch(() => ({ corrections: [], clips_to_render: [], texts_to_write: [] })));
  }

  function take(answer) {
    state.list = answer.corrections;
    state.clips = answer.clips_to_render;
    state.texts = answer.texts_to_write;
  }

  function ask(words, range, language) {
    const heard = heardIn(words, range, language);
    if (!heard) return;
    const { first, last } = range;
    const before = [...new Set(words.slice(first, last + 1).map((word) => word.heard).filter(Boolean))].join(" ");
    opened();
    state.form = { heard, before, start: words[first].start, places: countPlaces(words, range), element: words[first].element, problem: "" };
    update();
  }

  function close() {
    state.form = null;
    update();
  }

  async function save(event) {
    event.preventDefault();
    const { form } = state;
    const given = new FormData(event.target);
    const text = given.get("text").trim();
    if (!text) {
      form.problem = t.corrections.empty;
      return update();
    }
    if (text === form.heard) return close();
    const change = { heard: form.heard, text, start_seconds: given.get("where") === "here" ? form.start : null };
    try {
      take(await patch(`jobs/${jobId}/corrections`, { corrections: [change] }));
    } catch (error) {
      form.problem = error.message;
      return update();
    }
    close();
    await changed(form.start);
  }

  async function undo({ heard, start_seconds }) {
    state.problem = "";
    try {
      take(await patch(`jobs/${jobId}/corrections`, { corrections: [{ heard, start_seconds, text: null }] }));
      await changed(null);
    } catch (error) {
      state.problem = error.message;
    }
    update();
  }

  async function renderAgain() {
    Object.assign(state, { problem: "", busy: true });
    update();
    try {
      for (const clip of state.clips) {
        const { job_id } = await post(`clips/${clip}/renders`);
        state.made.push({ clip, job_id });
      }
    } catch (error) {
      state.problem = error.message;
    }
    state.busy = false;
    await load();
    update();
  }

  /** Asks where a text is somebody's own: their words would no longer be the current ones. */
  async function writeAgain() {
    Object.assign(state, { problem: "", busy: true });
    update();
    try {
      const { texts } = await get(`jobs/${jobId}/texts`);
      const edited = state.texts.filter((kind) => texts.some((text) => text.kind === kind && text.author === "user"));
      const isMeant = !edited.length || confirm(t.corrections.writeAgainAsk(names(edited)));
      for (const kind of state.texts.filter((one) => isMeant || !edited.includes(one))) {
        const { job_id } = await post(`jobs/${jobId}/texts/${kind}`, {});
        state.writing.push(kind);
        stops.push(follow(job_id, (name) => name === "end" && written(kind, job_id)));
      }
    } catch (error) {
      state.problem = error.message;
    }
    state.busy = false;
    update();
  }

  async function written(kind, job) {
    const { error } = await get(`jobs/${job}`);
    state.problem = error?.message ?? state.problem;
    state.writing = state.writing.filter((other) => other !== kind);
    await load();
    update();
  }

  const names = (kinds) => kinds.map((kind) => t.add.textNames[kind] ?? kind).join(", ");

  return {
    take,
    ask,
    close: () => stops.forEach((stop) => stop()),
    isOpen: () => state.form !== null,
    view: () => html`${notice(state.problem, "error")} ${outdated()} ${list()} ${state.form ? dialog(state.form) : nothing}`,
  };

  function outdated() {
    const n = state.clips.length;
    return html`
      ${n ? html`<div class="notice offer" role="status"><span>${t.corrections.outdated(n)}</span>
        <button class="button" ?disabled=${state.busy} @click=${renderAgain}>${t.corrections.renderAgain(n)}</button></div>` : nothing}
      ${texts()}
      ${state.made.length ? html`<div class="notice" role="status">${t.corrections.rendering} <ul class="plain">${state.made.map(
        ({ clip, job_id }) => html`<li><a href="#/jobs/${job_id}" dir="auto">${titleOfClip(clip)}</a></li>`,
      )}</ul></div>` : nothing}`;
  }

  /** The texts with old words. What is there stays as a version. */
  function texts() {
    if (state.writing.length) return html`<div class="notice" role="status"><span class="spinner small"></span>${t.texts.writing} ${names(state.writing)}</div>`;
    const n = state.texts.length;
    if (!n) return nothing;
    return html`<div class="notice offer" role="status"><span>${t.corrections.oldTexts(names(state.texts))}</span>
      <button class="button" ?disabled=${state.busy} @click=${writeAgain}>${t.corrections.writeAgain(n)}</button></div>`;
  }

  function list() {
    if (!state.list.length) return nothing;
    return html`<details class="corrections"><summary>${t.corrections.list(state.list.length)}</summary>
      <ul class="plain">${state.list.map(
        (one) => html`<li><span class="pair"><s dir="auto">${one.heard}</s> <span aria-hidden="true">→</span> <b dir="auto">${one.text}</b></span>
          <span class="dim places">${one.start_seconds === null ? t.corrections.places(one.places) : t.corrections.at(fineClock(one.start_seconds))}</span>
          <button class="quiet" aria-label=${t.corrections.undoOf(one.heard)} @click=${() => undo(one)}>${t.corrections.undo}</button></li>`,
      )}</ul></details>`;
  }

  function dialog(form) {
    return html`<dialog class="dialog correction" aria-labelledby="correction" ${placed(form.element)}
      @close=${() => state.form === form && close()} @click=${(event) => event.target.localName === "dialog" && event.target.close()}>
      <form @submit=${save}>
        <h2 id="correction">${t.corrections.title}</h2>
        <p><span class="dim">${t.corrections.heard}</span> <b dir="auto">${form.heard}</b>${form.before ? html` <span class="dim">(${t.corrections.before} <span dir="auto">${form.before}</span>)</span>` : nothing}</p>
        <label>${t.corrections.said}<input name="text" dir="auto" maxlength=${MOST_CHARACTERS} autocomplete="off" .value=${form.heard}></label>
        ${form.places < 2 ? html`<p class="dim">${t.corrections.once}</p>` : html`<fieldset>
          <legend>${t.corrections.where}</legend>
          <label class="check"><input type="radio" name="where" value="everywhere" checked> ${t.corrections.everywhere(form.places)}</label>
          <label class="check"><input type="radio" name="where" value="here"> ${t.corrections.here}</label>
        </fieldset>`}
        ${notice(form.problem, "error")}
        <div class="actions"><button class="button primary">${t.corrections.save}</button>
          <button class="button" type="button" @click=${(event) => event.target.closest("dialog").close()}>${t.corrections.cancel}</button></div>
      </form></dialog>`;
  }
}

/** Opens the form under its word, or at the foot of a narrow screen. */
const placed = directive(
  class extends Directive {
    render() {}
    update(part, [word]) {
      queueMicrotask(() => {
        const dialog = part.element;
        if (!dialog.isConnected || dialog.open) return;
        dialog.showModal();
        if (!matchMedia(NARROW).matches && word.isConnected) {
          const [at, size] = [word.getBoundingClientRect(), dialog.getBoundingClientRect()];
          const below = at.bottom + 8;
          dialog.style.margin = "0";
          dialog.style.left = `${Math.max(16, Math.min(at.left, innerWidth - size.width - 16))}px`;
          dialog.style.top = `${Math.max(16, below + size.height < innerHeight ? below : at.top - size.height - 8)}px`;
        }
        dialog.querySelector("input").select();
      });
    }
  },
);
