// The texts of a talk: read, copy, edit in place. A thread shows the length of each post. What somebody
// types is kept as a draft until it is saved or discarded: no answer of the server replaces it.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { answer, download, get, post, put } from "../api.js";
import { pathOf } from "../format.js";
import { follow } from "../live.js";
import { formatted } from "../markdown.js";
import { t } from "../strings.js";
import { failed, loading, notice } from "./states.js";
import { textVersions } from "./text_versions.js";

const MOST = { twitter_thread: 280, linkedin_post: 3000 };
const COPIED_MS = 1500;
const LINK_LENGTH = 23; // characters that any link in a post counts, https://docs.x.com/fundamentals/counting-characters

export function openTexts(page, update) {
  const jobId = page.job.job_id;
  const state = { texts: null, error: null, problem: "", drafts: {}, copied: "", warnings: {}, writing: {}, pictures: [], versions: {}, chosen: {} };
  let closed = false;
  const stops = []; // ends the watching of each rewriting job

  async function load() {
    try {
      state.texts = (await get(`jobs/${jobId}/texts`)).texts;
      state.error = null;
      drawCards();
      await Promise.all(Object.keys(state.versions).map((kind) => openVersions(kind)));
    } catch (error) {
      state.error = error;
    }
    update();
  }

  /** Get the pictures of the quotations, one after another: the server draws each when it is asked. */
  async function drawCards() {
    const cards = state.texts.find(({ kind }) => kind === "quote_cards");
    forget();
    for (const url of cards?.picture_urls ?? []) {
      try {
        const response = await answer("GET", pathOf(url));
        if (closed) return;
        state.pictures.push(URL.createObjectURL(await response.blob()));
        update();
      } catch {
        return; // the words are there
      }
    }
  }

  function forget() {
    state.pictures.forEach((url) => URL.revokeObjectURL(url));
    state.pictures = [];
  }

  async function copy(id, text) {
    await navigator.clipboard.writeText(text);
    told(id);
  }

  /** Copy an article with its headings and lists for an editor, and as Markdown for the rest. */
  async function copyFormatted({ kind, text }) {
    try {
      const styled = get(`jobs/${jobId}/texts/${kind}`, { query: { format: "html" } }).then((content) => new Blob([content], { type: "text/html" }));
      const plain = new Blob([text], { type: "text/plain" });
      await navigator.clipboard.write([new ClipboardItem({ "text/html": styled, "text/plain": plain })]);
      told(kind);
    } catch {
      await copy(kind, text); // a browser that copies plain text only
    }
  }

  function told(id) {
    state.copied = id;
    update();
    setTimeout(() => { state.copied = ""; update(); }, COPIED_MS);
  }

  function saveAs({ kind, format }) {
    const suffix = format === "markdown" ? "md" : "txt";
    download(`jobs/${jobId}/texts/${kind}`, `${kind}.${suffix}`).catch((error) => {
      state.problem = error.message;
      update();
    });
  }

  const isUnsaved = (kind) => kind in state.drafts && state.drafts[kind].text !== state.drafts[kind].from;

  function edit({ kind, text, etag }) {
    state.drafts[kind] = { text, from: text, etag };
    update();
  }

  function discard(kind) {
    if (isUnsaved(kind) && !confirm(t.texts.discardAsk)) return;
    delete state.drafts[kind];
    update();
  }

  /** Save what is typed; whether it was. It asks where the text has changed since the editing began. */
  async function save(kind) {
    const { text, etag } = state.drafts[kind];
    const send = (headers) => put(`jobs/${jobId}/texts/${kind}`, { text }, { headers });
    state.problem = "";
    try {
      const { warnings } = await send({ "If-Match": etag }).catch((error) => {
        if (error.status !== 412 || !confirm(t.texts.changedAsk)) throw error;
        return send();
      });
      state.warnings[kind] = (warnings ?? []).map(({ message }) => message);
      delete state.drafts[kind];
      await load();
      return true;
    } catch (error) {
      state.problem = error.message;
      update();
      return false;
    }
  }

  function closeVersions(kind) {
    delete state.versions[kind];
    update();
  }

  /** The versions of a text, once somebody asks; with `version` that one is made current first. */
  async function openVersions(kind, version) {
    const path = `jobs/${jobId}/texts/${kind}/versions`;
    try {
      const found = await (version ? post(`${path}/${version}/restore`) : get(path));
      if (version) await load();
      delete state.chosen[kind];
      state.versions[kind] = found.versions;
    } catch (error) {
      state.problem = error.message;
    }
    update();
  }

  /** Have a text written again, or a kind that there was not; asks where somebody's own words are current. */
  async function write(kind, wishes = {}) {
    state.problem = "";
    if (isUnsaved(kind)) {
      if (!confirm(t.texts.againUnsavedAsk) || !(await save(kind))) return;
    } else if (state.texts.find((text) => text.kind === kind)?.author === "user" && !confirm(t.texts.againAsk)) return;
    delete state.drafts[kind];
    try {
      const { job_id } = await post(`jobs/${jobId}/texts/${kind}`, wishes);
      state.writing[kind] = true;
      update();
      stops.push(follow(job_id, async (name) => {
        if (name !== "end") return;
        const ended = await get(`jobs/${job_id}`);
        delete state.writing[kind];
        delete state.warnings[kind];
        state.problem = ended.error?.message ?? "";
        await load();
        if (state.texts?.find((text) => text.kind === kind)?.versions > 1) await openVersions(kind);
      }));
    } catch (error) {
      state.problem = error.message;
      update();
    }
  }

  load();
  return {
    refresh: load,
    close() {
      closed = true;
      stops.forEach((stop) => stop());
      forget();
    },
    isUnsaved: () => Object.keys(state.drafts).some(isUnsaved),
    view() {
      if (state.error) return failed(state.error, load);
      if (!state.texts) return loading();
      const drafts = state.texts.some(({ author, text }) => text && author === "extractive");
      return html`${notice(state.problem, "error")}${drafts ? html`<p class="dim">${t.texts.draft}</p>` : nothing}${state.texts.length ? state.texts.map(shown) : html`<p class="state">${t.texts.none}</p>`}${others()}`;
    },
  };

  function shown(text) {
    const name = t.add.textNames[text.kind] ?? text.kind;
    const draft = state.drafts[text.kind];
    return html`<article class="card text">
      <div class="page-head"><h2>${name}</h2><div class="actions">
        ${draft || !text.text ? nothing : html`
          <button class="button" @click=${() => (text.format === "markdown" ? copyFormatted(text) : copy(text.kind, text.text))}>${state.copied === text.kind ? t.texts.copied : t.texts.copy}</button>
          <button class="button" @click=${() => saveAs(text)}>${t.texts.download}</button>
          <button class="button" @click=${() => edit(text)}>${t.texts.edit}</button>`}
      </div></div>
      ${draft ? editor(text.kind, draft) : !text.text ? html`<p class="dim">${text.reason || t.texts.withheld}</p>` : text.kind === "twitter_thread" ? thread(text) : prose(text)}
      ${text.kind === "quote_cards" && state.pictures.length ? html`<div class="cards">${state.pictures.map((url, n) => html`<a href=${url} download="quote_card_${n + 1}.png" title=${t.texts.download}><img src=${url} alt=${t.texts.card(n + 1)}></a>`)}</div>` : nothing}
      ${(state.warnings[text.kind] ?? []).map((warning) => notice(warning))}
      ${again(text)} ${versions(text)}
    </article>`;
  }

  function again(text) {
    if (state.writing[text.kind]) return html`<p class="dim" role="status"><span class="spinner small"></span>${t.texts.writing}</p>`;
    return html`<form class="again" @submit=${(event) => { event.preventDefault(); const wishes = new FormData(event.target); write(text.kind, { length: wishes.get("length"), hook: Number(wishes.get("hook")) }); }}>
      <label>${t.texts.length}<select name="length">${Object.entries(t.texts.lengths).map(([value, words]) => html`<option value=${value} ?selected=${value === (text.options?.length ?? "normal")}>${words}</option>`)}</select></label>
      <label>${t.texts.opening}<select name="hook">${[1, 2, 3].map((hook) => html`<option value=${hook} ?selected=${hook === (text.options?.hook ?? 1)}>${t.texts.hooks[hook]}</option>`)}</select></label>
      <button class="button">${t.texts.again}</button></form>`;
  }

  function versions({ kind, versions: count }) {
    const known = state.versions[kind];
    if (!known && count < 2) return nothing;
    const choose = (version) => {
      state.chosen[kind] = version;
      update();
    };
    const toggle = () => (known ? closeVersions(kind) : openVersions(kind));
    return html`<p><button class="button small" aria-expanded=${Boolean(known)} @click=${toggle}>${t.texts.versions(known?.length ?? count)}</button></p>
      ${known ? textVersions(known, { chosen: state.chosen[kind], choose, restore: (version) => openVersions(kind, version) }) : nothing}`;
  }

  /** The kinds of texts that there are not yet. */
  function others() {
    const missing = Object.keys(t.add.textNames).filter((kind) => !state.texts.some((text) => text.kind === kind));
    if (!missing.length) return nothing;
    return html`<section class="more-texts"><h2 class="small">${t.texts.more}</h2><div class="actions">${missing.map((kind) => html`<button class="button" ?disabled=${state.writing[kind]} @click=${() => write(kind)}>${state.writing[kind] ? t.texts.writing : t.add.textNames[kind]}</button>`)}</div></section>`;
  }

  function editor(kind, draft) {
    return html`<form @submit=${(event) => { event.preventDefault(); save(kind); }}>
      <textarea rows="16" dir="auto" aria-label=${t.texts.edit} .value=${draft.text} @input=${(event) => (draft.text = event.target.value)}></textarea>
      <div class="actions"><button class="button primary">${t.texts.save}</button>
      <button type="button" class="quiet" @click=${() => discard(kind)}>${t.texts.cancel}</button></div></form>`;
  }

  function thread(text) {
    const posts = text.text.split(/\n{2,}(?=\d+\/ )/);
    return html`<p class="dim">${t.texts.posts(posts.length)}</p><ol class="posts">${posts.map((post, n) => {
      const id = `${text.kind}-${n}`;
      const length = postLength(post);
      return html`<li><p dir="auto" class="words">${post}</p><span class=${length > MOST.twitter_thread ? "bad" : "dim"}>${t.texts.of(length, MOST.twitter_thread)}</span>
        <button class="quiet" @click=${() => copy(id, post)}>${state.copied === id ? t.texts.copied : t.texts.copy}</button></li>`;
    })}</ol>`;
  }

  function prose(text) {
    const most = MOST[text.kind];
    const length = [...text.text].length;
    return html`<p class="dim">${most ? t.texts.of(length, most) : t.texts.characters(length)}</p>
      ${text.format === "markdown" ? html`<div class="words article" dir="auto">${formatted(text.text)}</div>` : html`<div class="words" dir="auto">${text.text}</div>`}`;
  }
}

const postLength = (text) => [...text.replace(/https?:\/\/\S+/g, "x".repeat(LINK_LENGTH))].length;
