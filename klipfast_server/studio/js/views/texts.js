// The texts of a talk: read, copy, edit in place. A thread shows the length of each post.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { download, get, put } from "../api.js";
import { t } from "../strings.js";
import { failed, loading, notice } from "./states.js";

const MOST = { twitter_thread: 280, linkedin_post: 3000 };
const COPIED_MS = 1500;
const LINK_LENGTH = 23; // of any link in a post, https://docs.x.com/fundamentals/counting-characters

export function openTexts(page, update) {
  const jobId = page.job.job_id;
  const state = { texts: null, error: null, problem: "", edited: null, copied: "" };

  async function load() {
    try {
      state.texts = (await get(`jobs/${jobId}/texts`)).texts;
      state.error = null;
    } catch (error) {
      state.error = error;
    }
    update();
  }

  async function copy(id, text) {
    await navigator.clipboard.writeText(text);
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

  async function save(kind, text) {
    state.problem = "";
    try {
      await put(`jobs/${jobId}/texts/${kind}`, { text });
      state.edited = null;
      await load();
    } catch (error) {
      state.problem = error.message;
      update();
    }
  }

  load();
  return {
    isUnsaved: () => state.edited !== null && document.querySelector(".text textarea")?.value !== state.texts?.find(({ kind }) => kind === state.edited)?.text,
    view() {
      if (state.error) return failed(state.error, load);
      if (!state.texts) return loading();
      if (!state.texts.length) return html`<p class="state">${t.texts.none}</p>`;
      return html`${notice(state.problem, "error")}${state.texts.map(shown)}`;
    },
  };

  function shown(text) {
    const name = t.add.textNames[text.kind] ?? text.kind;
    return html`<article class="card text">
      <div class="page-head"><h2>${name}</h2><div class="actions">
        ${state.edited === text.kind || !text.text ? nothing : html`
          <button class="button" @click=${() => copy(text.kind, text.text)}>${state.copied === text.kind ? t.texts.copied : t.texts.copy}</button>
          <button class="button" @click=${() => saveAs(text)}>${t.texts.download}</button>
          <button class="button" @click=${() => { state.edited = text.kind; update(); }}>${t.texts.edit}</button>`}
      </div></div>
      ${!text.text ? html`<p class="dim">${text.reason ?? t.texts.withheld}</p>` : state.edited === text.kind ? editor(text) : text.kind === "twitter_thread" ? thread(text) : prose(text)}
    </article>`;
  }

  function editor(text) {
    return html`<form @submit=${(event) => { event.preventDefault(); save(text.kind, new FormData(event.target).get("text")); }}>
      <textarea name="text" rows="16" dir="auto" aria-label=${t.texts.edit} .value=${text.text}></textarea>
      <div class="actions"><button class="button primary">${t.texts.save}</button>
      <button type="button" class="quiet" @click=${() => { state.edited = null; update(); }}>${t.texts.cancel}</button></div></form>`;
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
    return html`<p class="dim">${most ? t.texts.of(length, most) : t.texts.characters(length)}</p><div class="words" dir="auto">${text.text}</div>`;
  }
}

const postLength = (text) => [...text.replace(/https?:\/\/\S+/g, "x".repeat(LINK_LENGTH))].length;
