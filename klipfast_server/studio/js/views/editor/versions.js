// The versions of a clip: as it was picked, and each render of it. Lists and the ZIP have the current one.

import { html, nothing } from "../../../vendor/lit-html/lit-html.js";
import { repeat } from "../../../vendor/lit-html/directives/repeat.js";
import { get, post, remove } from "../../api.js";
import { ago, clock, pathOf } from "../../format.js";
import { t } from "../../strings.js";

/** `failed(message)` tells what went wrong. */
export function versionsPart({ clipId, failed, update }) {
  const state = { versions: [], current: clipId };

  function take({ versions, current_clip_id }) {
    Object.assign(state, { versions, current: current_clip_id });
    update();
  }

  async function load() {
    take(await get(`clips/${clipId}/versions`));
  }

  async function act(action) {
    try {
      await action();
    } catch (error) {
      failed(error.message);
    }
    update();
  }

  const restore = (version) => act(async () => take(await post(`clips/${version.clip_id}/restore`)));

  const erase = (version) =>
    confirm(t.versions.removeAsk) &&
    act(async () => {
      await remove(`jobs/${version.job_id}`);
      await load();
    });

  return {
    load: () => act(load),
    /** Tells that the opened clip is not the current version. */
    notice: () =>
      state.current === clipId
        ? nothing
        : html`<p class="notice info" role="status">${t.versions.newer} <a href="#/clips/${state.current}">${t.versions.open}</a></p>`,
    view: () => {
      if (state.versions.length < 2) return nothing;
      const first = state.versions.reduce((a, b) => (a.created_at < b.created_at ? a : b));
      return html`<h2 class="small" id="versions">${t.versions.title}</h2>
        <ol class="version-list" aria-labelledby="versions">${repeat(state.versions, (version) => version.clip_id, (version) => card(version, version !== first))}</ol>`;
    },
  };

  function card(version, isRender) {
    const facts = [version.caption_style.replaceAll("_", " "), version.resolution.replace("x", " × "), clock(version.duration), ago(version.created_at)];
    const isOpen = version.clip_id === clipId;
    return html`<li aria-current=${isOpen ? "true" : nothing}>
      <img src=${pathOf(version.thumbnail_url)} alt="" loading="lazy">
      <div><p dir="auto">${isOpen ? version.title : html`<a href="#/clips/${version.clip_id}">${version.title}</a>`}</p><p class="dim">${facts.join(" · ")}</p></div>
      <div class="actions">${version.clip_id === state.current ? html`<b class="current">${t.versions.current}</b>` : html`<button class="button small" @click=${() => restore(version)}>${t.versions.restore}</button>`}
        ${isRender && !isOpen ? html`<button class="quiet danger" @click=${() => erase(version)}>${t.versions.remove}</button>` : nothing}</div></li>`;
  }
}
