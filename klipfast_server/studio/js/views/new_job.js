// A new talk: a file or a link, and the options that matter.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { get, post } from "../api.js";
import { bytes, pathOf, span } from "../format.js";
import { t } from "../strings.js";
import { upload } from "../uploads.js";
import { notice } from "./states.js";

const LENGTHS = { short: [15, 30], normal: [15, 90], long: [60, 180] };
const LANGUAGES = ["en", "de", "es", "fr", "it", "pt", "nl", "pl", "ru", "uk", "tr", "ja", "zh", "ko", "ar", "he", "hi", "sv", "da", "no", "fi", "cs", "el", "hu", "id", "vi", "th", "ro"];
const TEXTS = ["twitter_thread", "linkedin_post", "blog_post", "show_notes", "newsletter", "quote_cards"];
const USUAL_TEXTS = new Set(["twitter_thread", "linkedin_post", "blog_post"]);
const ACCEPTED = "video/*,audio/*,.mkv,.ts,.mts,.m2ts,.flac,.opus";

export async function open(_parameters, update) {
  const state = { file: null, progress: null, address: "", error: "", busy: false, over: false, styles: [], style: "white_bold", brands: [], brand: "" };
  let running = null;
  const names = new Intl.DisplayNames([document.documentElement.lang], { type: "language" });
  get("caption-styles").then(({ styles }) => {
    state.styles = styles;
    update();
    // On a phone the styles are a strip, and the chosen one may be at its end.
    requestAnimationFrame(() => requestAnimationFrame(() => {
      const chosen = document.querySelector(".style:has(:checked)");
      if (chosen) chosen.parentElement.scrollLeft = chosen.offsetLeft - chosen.parentElement.offsetLeft - chosen.offsetWidth / 2;
    }));
  }, () => {});
  get("brands").then(({ brands }) => {
    state.brands = brands;
    update();
  }, () => {});

  function take(files) {
    state.error = files.length > 1 ? t.add.tooBig : "";
    if (files.length !== 1) return update();
    running?.cancel();
    const [file] = files;
    Object.assign(state, { file, address: "", progress: { sent: 0, total: file.size } });
    running = upload(file, (progress) => {
      state.progress = progress;
      update();
    });
    const mine = running;
    mine.done.then(
      (address) => {
        if (mine === running) Object.assign(state, { address, progress: null });
        update();
      },
      (error) => {
        if (mine === running) Object.assign(state, { file: null, progress: null, error: error.message });
        update();
      },
    );
    update();
  }

  function forget() {
    running?.cancel();
    running = null;
    Object.assign(state, { file: null, address: "", progress: null });
    update();
  }

  function drop(event) {
    event.preventDefault();
    state.over = false;
    take(event.dataTransfer.files);
  }

  async function submit(event) {
    event.preventDefault();
    const form = new FormData(event.target);
    const link = state.file ? "" : (form.get("link") ?? "").trim();
    if (!state.file && !link) {
      state.error = t.add.needed;
      return update();
    }
    Object.assign(state, { busy: true, error: "" });
    update();
    try {
      const address = link || state.address || (await running.done);
      const { job_id } = await post("process", request(form, address));
      state.sent = true;
      location.hash = `#/jobs/${job_id}`;
    } catch (error) {
      state.error = error.message;
      if (error.extra?.job_id && error.status === 409) location.hash = `#/jobs/${error.extra.job_id}`;
    }
    state.busy = false;
    update();
  }

  return {
    title: t.add.title,
    isUnsaved: () => Boolean(state.file) && !state.sent,
    close: () => (state.address || running?.cancel()),
    view: () => html`<form class="new" @submit=${submit}>
      <h1>${t.add.title}</h1>
      <div class="drop ${state.over ? "over" : ""}"
        @dragover=${(e) => { e.preventDefault(); if (!state.over) { state.over = true; update(); } }}
        @dragleave=${() => { state.over = false; update(); }} @drop=${drop}>
        ${state.file ? chosen() : choice()}
      </div>
      ${notice(state.error, "error")}
      <fieldset class="styles"><legend>${t.add.style}</legend>
        <div class="style-list">${state.styles.map(
          ({ name, preview_url }) => html`<label class="style"><input type="radio" name="caption_style" value=${name} .checked=${name === state.style}
            @change=${() => { state.style = name; update(); }}><img src=${pathOf(preview_url)} alt="" loading="lazy" width="180" height="101"><span>${name.replaceAll("_", " ")}</span></label>`,
        )}</div>
      </fieldset>
      <div class="fields">
        ${state.brands.length ? brand() : nothing}
        ${select("aspect_ratio", t.add.ratio, Object.entries(t.add.ratios))}
        ${select("length", t.add.length, Object.entries(t.add.lengths), "normal")}
        ${select("clip_count", t.add.count, [["", t.add.countAuto], ...[1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20].map((n) => [n, n])])}
        ${select("language", t.add.language, [["", t.add.detect], ...LANGUAGES.map((code) => [code, names.of(code)])])}
      </div>
      <details><summary>${t.add.options}</summary>
        <div class="fields">
          <label>${t.add.titleField}<input name="title" maxlength="200" dir="auto"></label>
          <label>${t.add.keywords}<input name="keywords" maxlength="500" dir="auto" placeholder=${t.add.keywordsHint}></label>
        </div>
        <div class="checks">
          ${check("hook_title", t.add.hook)} ${check("emphasis", t.add.emphasis)} ${check("remove_silences", t.add.silences)}
          ${check("remove_fillers", t.add.fillers)} ${check("profanity", t.add.profanity)}
        </div>
        <fieldset class="checks"><legend>${t.add.texts}</legend>
          ${TEXTS.map((name) => check(`text:${name}`, t.add.textNames[name], USUAL_TEXTS.has(name)))}
        </fieldset>
      </details>
      <button class="button primary large" ?disabled=${state.busy}>${t.add.start}</button>
    </form>`,
  };

  function brand() {
    const chosen = state.brands.find(({ brand_id }) => brand_id === state.brand);
    return html`<label>${t.add.brand}<select name="brand_id" @change=${(event) => { state.brand = event.target.value; update(); }}>
        <option value="">${t.add.noBrand}</option>${state.brands.map(({ brand_id, name }) => html`<option value=${brand_id}>${name}</option>`)}</select>
      ${chosen?.caption_style ? html`<span class="dim" role="status">${t.add.brandStyle}</span>` : nothing}</label>`;
  }

  function choice() {
    return html`<p class="drop-words">${t.add.drop}</p>
      <label class="button primary">${t.add.choose}<input class="hidden-file" type="file" accept=${ACCEPTED} data-focus @change=${(e) => take(e.target.files)}></label>
      <label class="link">${t.add.or}<input name="link" type="url" inputmode="url" maxlength="2000" placeholder="https://" aria-label=${t.add.link}></label>`;
  }

  function chosen() {
    const { progress, file } = state;
    if (!progress) return html`<p><b dir="auto">${t.add.ready(file.name)}</b></p><button type="button" class="quiet" @click=${forget}>${t.add.another}</button>`;
    const percent = Math.round((100 * progress.sent) / Math.max(1, progress.total));
    return html`<p><b dir="auto">${file.name}</b></p>
      <span class="progress" role="progressbar" aria-label=${file.name} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${percent}><span .style=${`width: ${percent}%`}></span></span>
      <p class="dim">${t.add.uploading(bytes(progress.sent), bytes(progress.total))}${progress.left ? html` · ${t.add.speed(span(progress.left))}` : nothing}
        ${progress.waits ? html`<br>${t.add.resume}` : nothing}${progress.resumed ? html`<br>${t.add.resumed}` : nothing}</p>
      <button type="button" class="quiet" @click=${forget}>${t.add.cancel}</button>`;
  }
}

function select(name, label, choices, usual) {
  return html`<label>${label}<select name=${name}>${choices.map(
    ([value, words]) => html`<option value=${value} ?selected=${value === usual}>${words}</option>`,
  )}</select></label>`;
}

function check(name, label, usual = false) {
  return html`<label class="check"><input type="checkbox" name=${name} ?checked=${usual}><span>${label}</span></label>`;
}

/** The body of POST /process; what is left as it was is left out. */
function request(form, address) {
  const [min_duration, max_duration] = LENGTHS[form.get("length")];
  const keywords = (form.get("keywords") ?? "").split(",").map((word) => word.trim()).filter(Boolean);
  return {
    video_url: address,
    caption_style: form.get("caption_style") ?? undefined,
    aspect_ratio: form.get("aspect_ratio"),
    min_duration,
    max_duration,
    clip_count: form.get("clip_count") ? Number(form.get("clip_count")) : undefined,
    language: form.get("language") || undefined,
    brand_id: form.get("brand_id") || undefined,
    title: form.get("title")?.trim() || undefined,
    keywords: keywords.length ? keywords : undefined,
    hook_title: form.has("hook_title"),
    emphasis: form.has("emphasis"),
    remove_silences: form.has("remove_silences") ? "natural" : undefined,
    remove_fillers: form.has("remove_fillers"),
    profanity: form.has("profanity") ? "mask" : "keep",
    text_outputs: TEXTS.filter((name) => form.has(`text:${name}`)),
  };
}
