// A clip's editor: words, ends, title, look and framing, with a picture of what would be rendered.
// What is changed is rendered as a new version; the old ones stay.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { get, post } from "../api.js";
import { pathOf } from "../format.js";
import { follow } from "../live.js";
import { t } from "../strings.js";
import { ring } from "./clip_card.js";
import { begin, changesOf, endsOf, history } from "./editor/edits.js";
import { framingPart, layoutsOf } from "./editor/framing.js";
import { partsPart } from "./editor/parts.js";
import { previewPart } from "./editor/preview.js";
import { timelinePart } from "./editor/timeline.js";
import { versionsPart } from "./editor/versions.js";
import { wordsPart } from "./editor/words.js";
import { progressBar } from "./progress.js";
import { notice } from "./states.js";

const OUT_OF_STEP_S = 0.3;
const NO_FRAMING = { shots: [], parts: [], chosen: [] };

export async function open([clipId], update) {
  const [editing, framing] = await Promise.all([
    get(`clips/${clipId}/editing`),
    get(`clips/${clipId}/framing`).catch(() => NO_FRAMING), // its source is gone
  ]);
  const { clip, brands, caption_styles: styles } = editing;
  const begun = begin({ ...editing, framing });
  const state = { problem: "", job: null, made: null, inStep: false };
  const edits = history(begun.begun, changed);
  const changes = () => changesOf(begun, edits.now);
  const ends = () => endsOf(begun.words, edits.now);
  const preview = previewPart({ clipId, changes, update, moved });
  const words = wordsPart({ ...begun, suggested: editing.suggested_cuts, edits, preview, update });
  const timeline = timelinePart({
    words: begun.words,
    waveform: editing.waveform,
    starts: editing.waveform_starts,
    ends,
    cuts: () => edits.now.cuts,
    layouts: () => layoutsOf(framing, edits.now.parts),
    at: () => preview.at,
    moved: preview.show,
    pulled: words.pull,
  });
  const parts = partsPart({ words: begun.words, moments: editing.moments, edits, preview, select: words.take });
  const shots = framingPart({ picture: editing.picture_url, framing, edits, preview, update });
  const failed = (message) => (state.problem = message);
  const versions = versionsPart({ clipId, found: editing.versions, words: begun.words, failed, update });
  let stop = () => {};
  preview.change(ends().start);

  /** Follow the preview: the word that is spoken, the timeline, and the clip as it was, in step. */
  function moved(at) {
    words.follow(at);
    timeline.draw();
    const before = document.querySelector("video.in-step");
    if (!before) return;
    const second = at - clip.start_seconds + clip.lead_in_seconds;
    if (Math.abs(before.currentTime - second) > OUT_OF_STEP_S) before.currentTime = second;
    if (before.paused !== preview.isPaused) preview.isPaused ? before.pause() : before.play().catch(() => {});
  }

  function changed() {
    state.problem = "";
    state.made = null;
    const { start, end } = ends();
    preview.change(Math.min(end, Math.max(start, preview.at)));
  }

  async function render() {
    const body = changes();
    state.problem = "";
    try {
      const { job_id } = await post(`clips/${clipId}/renders`, body);
      state.made = null;
      state.job = await get(`jobs/${job_id}`);
      stop();
      stop = follow(job_id, async (name, data) => {
        if (name === "progress") Object.assign(state.job, data);
        if (name === "end") {
          const ended = await get(`jobs/${job_id}`);
          state.job = null;
          state.made = ended.clips[0] ?? null;
          state.problem = ended.error?.message ?? "";
          await versions.load();
        }
        update();
      });
    } catch (error) {
      // Without a change of this page there may be one all the same: words corrected in the talk.
      const same = error.status === 400 && !Object.keys(body).length;
      state.problem = same ? t.editor.nothing : error.message;
    }
    update();
  }

  const set = (name, value) => edits.change({ [name]: value });

  return {
    name: "clips",
    title: t.editor.title,
    isUnsaved: () => edits.canUndo && !state.made && !state.job,
    close() {
      stop();
      preview.close();
      timeline.close();
    },
    keys: [
      { key: " ", does: t.keys.play, run: preview.toggle },
      { key: "z", does: t.editor.undo, run: edits.undo },
      { key: "y", does: t.editor.redo, run: edits.redo },
      ...parts.keys,
      ...words.keys,
    ],
    view: () => html`
      <p><a href="#/jobs/${clip.job_id}">← ${t.editor.back}</a></p>
      <div class="page-head"><h1>${t.editor.title}</h1><div class="actions">
        <button class="button" ?disabled=${!edits.canUndo} @click=${edits.undo}>${t.editor.undo}</button>
        <button class="button" ?disabled=${!edits.canRedo} @click=${edits.redo}>${t.editor.redo}</button>
        <button class="button primary" ?disabled=${Boolean(state.job)} @click=${render}>${t.editor.render}</button></div></div>
      ${notice(state.problem, "error")} ${state.made ? nothing : versions.notice()}
      <div class="editor">
        <div class="editor-stage">
          <div class="versions">${player(clip, t.editor.before)}${state.made ? player(state.made, t.editor.after) : preview.view(ends(), edits.now.aspect_ratio)}</div>
          ${state.made ? nothing : html`<div>${timeline.canvas}${parts.view()}</div>`}
          ${state.job ? html`<div class="now" role="status">${progressBar(state.job)}</div>` : nothing}
          ${versions.view()}
        </div>
        <div class="editor-side">
          <label>${t.editor.heading}<input maxlength="200" dir="auto" .value=${live(edits.now.title)} @change=${(event) => event.target.value.trim() && set("title", event.target.value.trim())}></label>
          ${titles()} ${words.view()} ${look()} ${shots.view(ends())}
        </div>
      </div>`,
  };

  /** A rendered clip: its own first picture until it plays. */
  function player(shown, caption) {
    const [wide, high] = shown.resolution?.split("x") ?? edits.now.aspect_ratio.split(":");
    return html`<figure><figcaption>${caption} ${ring(shown.virality_score)}</figcaption>
      <video class=${state.inStep && shown === clip ? "in-step" : ""} .style=${`aspect-ratio: ${wide} / ${high}`} controls playsinline preload="metadata" src="${pathOf(shown.download_url)}#t=0.001" .muted=${state.inStep} aria-label=${shown.title}></video>
      <div class="actions"><a class="button" href=${pathOf(shown.download_url)} download>${t.job.download}</a>
        ${shown === clip ? html`<label class="check"><input type="checkbox" .checked=${live(state.inStep)} @change=${(event) => ((state.inStep = event.target.checked), update())}> ${t.editor.inStep}</label>` : nothing}</div></figure>`;
  }

  /** Other titles from the clip's own words, and why the title is not in the picture. */
  function titles() {
    const others = clip.title_variants.filter((variant) => variant.title !== edits.now.title);
    const hidden = edits.now.hook_title && preview.titleHidden;
    return html`${hidden ? html`<p class="dim">${t.editor.titleHidden[hidden]}</p>` : nothing}
      ${others.length ? html`<div class="actions word-actions"><span class="dim">${t.editor.otherTitles}</span>${others.map((variant) => html`<button class="button small" dir="auto" @click=${() => set("title", variant.title)}>${variant.title}</button>`)}</div>` : nothing}`;
  }

  function look() {
    const named = (names, texts) => names.map((name) => [name, texts[name]]);
    return html`<h2 class="small">${t.editor.look}</h2>
      <div class="fields">
        ${choose("caption_style", styles.map((name) => [name, name.replaceAll("_", " ")]))}
        ${brands.length ? choose("brand_id", [["none", t.editor.noBrand], ...brands.map((brand) => [brand.brand_id, brand.name])]) : nothing}
        ${choose("aspect_ratio", Object.entries(t.add.ratios))}
        ${choose("layout", Object.entries(t.editor.layouts))}
      </div>
      <details><summary>${t.editor.more}</summary>
        <div class="fields">
          ${choose("motion", named(["none", "subtle", "punchy"], t.editor.motions))}
          ${choose("remove_silences", named(["keep", "natural", "fast"], t.editor.silences))}
          ${choose("safe_area", named(["standard", "tiktok", "reels", "shorts"], t.editor.safeAreas))}
        </div>
        ${["hook_title", "remove_fillers", "emphasis", "emoji", "clean_video"].map(check)}
      </details>`;
  }

  function choose(name, choices) {
    return html`<label>${t.editor.labels[name]}<select .value=${live(edits.now[name])} @change=${(event) => set(name, event.target.value)}>
      ${choices.map(([value, text]) => html`<option value=${value} ?selected=${value === edits.now[name]}>${text}</option>`)}</select></label>`;
  }

  function check(name) {
    return html`<label class="check"><input type="checkbox" .checked=${live(edits.now[name])} @change=${(event) => set(name, event.target.checked)}> ${t.editor.labels[name]}</label>`;
  }
}
