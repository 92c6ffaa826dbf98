// A new talk: a file or a link, and the options that matter.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { get, post } from "../api.js";
import { bytes, span } from "../format.js";
import { t } from "../strings.js";
import { upload } from "../uploads.js";
import { notice } from "./states.js";
import { stylePicker } from "./style_picker.js";
import { fieldOf, optionFields, readOptions } from "./talk_options.js";

const ACCEPTED = "video/*,audio/*,.mkv,.ts,.mts,.m2ts,.flac,.opus";

export async function open(_parameters, update) {
  const state = { file: null, progress: null, address: "", error: "", problems: {}, busy: false, over: false, brands: [], brand: "" };
  let running = null;
  const styles = stylePicker(update);
  get("brands").then(({ brands }) => {
    state.brands = brands;
    update();
  }, () => {});

  function take(files) {
    state.error = files.length > 1 ? t.add.tooBig : "";
    if (files.length !== 1) return update();
    running?.cancel();
    const [file] = files;
    styles.show(file);
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
        if (mine === running) {
          styles.show(null);
          Object.assign(state, { file: null, progress: null, error: error.message });
        }
        update();
      },
    );
    update();
  }

  function forget() {
    running?.cancel();
    running = null;
    styles.show(null);
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
      return complain();
    }
    state.busy = true;
    update();
    const { body, problems } = await readOptions(form, styles.usual);
    Object.assign(state, { problems, error: "" });
    try {
      if (Object.keys(problems).length) return;
      const video_url = link || state.address || (await running.done);
      const { job_id } = await post("process", { video_url, ...body });
      state.sent = true;
      location.hash = `#/jobs/${job_id}`;
    } catch (error) {
      const field = fieldOf(error);
      if (field) state.problems = { [field]: error.message };
      else state.error = error.message;
      if (error.extra?.job_id && error.status === 409) location.hash = `#/jobs/${error.extra.job_id}`;
    } finally {
      state.busy = false;
      complain();
    }
  }

  /** Show what is wrong, and bring it into view: the button is far below. */
  function complain() {
    update();
    requestAnimationFrame(() => requestAnimationFrame(() => {
      const told = document.querySelector(".new .bad[role=alert], .new .notice.error");
      if (!told) return;
      const hidden = told.closest("details");
      if (hidden) hidden.open = true;
      (document.querySelector(".new [aria-invalid=true]") ?? told).focus();
      told.scrollIntoView({ block: "center" });
    }));
  }

  return {
    title: t.add.title,
    isUnsaved: () => Boolean(state.file) && !state.sent,
    close: () => {
      styles.close();
      if (!state.address) running?.cancel();
    },
    view: () => {
      const fields = optionFields(state.problems);
      return html`<form class="new" @submit=${submit}>
      <h1>${t.add.title}</h1>
      <div class="drop ${state.over ? "over" : ""}"
        @dragover=${(e) => { e.preventDefault(); if (!state.over) { state.over = true; update(); } }}
        @dragleave=${() => { state.over = false; update(); }} @drop=${drop}>
        ${state.file ? chosen() : choice()}
      </div>
      ${notice(state.error, "error")}
      ${fields.prompt()}
      ${styles.view()}
      <div class="fields">${state.brands.length ? brand() : nothing}${fields.usual()}</div>
      <details class="more-options"><summary>${t.add.options}</summary>${fields.more()}</details>
      <button class="button primary large" ?disabled=${state.busy}>${t.add.start}</button>
    </form>`;
    },
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
