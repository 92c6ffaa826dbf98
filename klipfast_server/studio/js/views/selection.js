// Clips that are selected on a talk's page, and what can be done with all of them at once.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { get, post, remove } from "../api.js";
import { t } from "../strings.js";

const SHAPES = ["9:16", "1:1", "4:5", "16:9"];

/** `act(action)` runs and tells what fails; `download(ids)` saves a ZIP; `rendered()`: renders have begun. */
export function openSelection({ act, download, rendered, update }) {
  const chosen = new Set();
  let styles = null;
  let change = {};

  function toggle(clipId) {
    if (!chosen.delete(clipId)) chosen.add(clipId);
    styles ??= (get("caption-styles").then((found) => ((styles = found.styles), update()), () => (styles = null)), []);
    update();
  }

  function clear() {
    chosen.clear();
    change = {};
    update();
  }

  const render = () =>
    act(async () => {
      for (const clipId of chosen) await post(`clips/${clipId}/renders`, change);
      clear();
      rendered();
    });

  const erase = () =>
    confirm(t.selection.removeAsk(chosen.size)) &&
    act(async () => {
      for (const clipId of chosen) await remove(`clips/${clipId}`);
      clear();
    });

  const choose = (name, label, values) => html`<select class="button" aria-label=${label} .value=${live(change[name] ?? "")}
    @change=${(event) => { if (event.target.value) change[name] = event.target.value; else delete change[name]; update(); }}>
    <option value="">${label}</option>${values.map((value) => html`<option value=${value}>${value.replaceAll("_", " ")}</option>`)}</select>`;

  return {
    box: (clip) => html`<label class="select"><input type="checkbox" .checked=${live(chosen.has(clip.clip_id))} @change=${() => toggle(clip.clip_id)}> <span class="unseen">${t.selection.select(clip.title)}</span></label>`,
    view(clips) {
      const there = new Set(clips.map((clip) => clip.clip_id));
      for (const clipId of chosen) if (!there.has(clipId)) chosen.delete(clipId); // deleted elsewhere
      if (!chosen.size) return nothing;
      return html`<div class="selection bulk" role="region" aria-label=${t.selection.title}>
        <b>${t.selection.count(chosen.size)}</b>
        ${choose("caption_style", t.selection.style, (styles ?? []).map((style) => style.name))} ${choose("aspect_ratio", t.selection.shape, SHAPES)}
        <button class="button primary" ?disabled=${!Object.keys(change).length} @click=${render}>${t.selection.render}</button>
        <button class="button" @click=${() => download([...chosen])}>${t.selection.download}</button>
        <button class="button danger" @click=${erase}>${t.selection.remove}</button>
        <button class="quiet" @click=${clear}>${t.selection.clear}</button></div>`;
    },
  };
}
