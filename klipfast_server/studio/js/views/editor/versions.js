// The versions of a clip: as it was picked, and each render of it. Lists and the ZIP have the current one.

import { html, nothing } from "../../../vendor/lit-html/lit-html.js";
import { repeat } from "../../../vendor/lit-html/directives/repeat.js";
import { get, post, remove } from "../../api.js";
import { ago, clock, fineClock, pathOf } from "../../format.js";
import { t } from "../../strings.js";

/** `found`: the versions, the current one first; `failed(message)` tells what went wrong. */
export function versionsPart({ clipId, found, words, failed, update }) {
  const state = { versions: found, current: found[0].clip_id };

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
        <ol class="version-list" aria-labelledby="versions">${repeat(state.versions, (version) => version.clip_id, (version) => card(version, first))}</ol>`;
    },
  };

  /** What a version has that the first has not. */
  function differences(version, first) {
    const spokenAt = (at) => words.find((word) => word.start_seconds >= at - 0.1)?.text ?? fineClock(at);
    const spokenBefore = (at) => words.findLast((word) => word.end_seconds <= at + 0.1)?.text ?? fineClock(at);
    const isCut = (clip) => clip.end_seconds - clip.start_seconds - clip.duration + clip.lead_in_seconds > 0.3;
    const sorted = (clip) => clip.transcript.split(/\s+/).sort().join(" ");
    return [
      version.caption_style !== first.caption_style && version.caption_style.replaceAll("_", " "),
      version.resolution !== first.resolution && version.resolution.replace("x", " × "),
      version.start_seconds !== first.start_seconds && t.versions.startsAt(spokenAt(version.start_seconds)),
      version.end_seconds !== first.end_seconds && t.versions.endsAt(spokenBefore(version.end_seconds)),
      isCut(version) && !isCut(first) && t.versions.isCut,
      version.title !== first.title && t.versions.otherTitle,
      version.transcript !== first.transcript && !isCut(version) && (sorted(version) === sorted(first) ? t.versions.otherOrder : t.versions.otherWords),
    ].filter(Boolean);
  }

  function card(version, first) {
    const isRender = version !== first;
    const told = isRender ? differences(version, first) : [t.versions.asPicked];
    const facts = [...(told.length ? told : [t.versions.otherLook]), clock(version.duration), ago(version.created_at)];
    const isOpen = version.clip_id === clipId;
    return html`<li aria-current=${isOpen ? "true" : nothing}>
      <img src=${pathOf(version.thumbnail_url)} alt="" loading="lazy">
      <div><p dir="auto">${isOpen ? version.title : html`<a href="#/clips/${version.clip_id}">${version.title}</a>`}</p><p class="dim">${facts.join(" · ")}</p></div>
      <div class="actions">${version.clip_id === state.current ? html`<b class="current">${t.versions.current}</b>` : html`<button class="button small" @click=${() => restore(version)}>${t.versions.restore}</button>`}
        ${isRender && !isOpen ? html`<button class="quiet danger" @click=${() => erase(version)}>${t.versions.remove}</button>` : nothing}</div></li>`;
  }
}
