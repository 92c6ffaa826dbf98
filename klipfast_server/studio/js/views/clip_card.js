// A clip: player, title, score with its parts, reason, what can be done with it.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { download, post } from "../api.js";
import { clock, pathOf } from "../format.js";
import { t } from "../strings.js";

const AROUND = 2 * Math.PI * 19; // circumference of the score ring

/** `about`: what stands below its title; `more`: what else can be done with it. */
export function clipCard(clip, { act, feedback, update, about = nothing, more = nothing }) {
  const say = (verdict) =>
    act(async () => {
      await post(`clips/${clip.clip_id}/feedback`, { verdict });
      feedback[clip.clip_id] = verdict;
      update();
    });
  // A link that has expired since the page was opened: the job has a new one.
  const renew = (video) => {
    if (video.dataset.renewed === clip.download_url) return;
    video.dataset.renewed = clip.download_url;
    act(async () => {});
  };
  return html`<li class="clip" tabindex="-1">
    <video controls playsinline preload="none" poster=${pathOf(clip.thumbnail_url)} src=${live(pathOf(clip.download_url))} aria-label=${clip.title}
      @error=${(event) => renew(event.target)}></video>
    <div class="clip-words">
      <div class="clip-head">${ring(clip.virality_score)}<h2 dir="auto">${clip.title}</h2></div>
      ${about}
      <p class="dim">${clock(clip.duration)} · ${clock(clip.start_seconds)}–${clock(clip.end_seconds)}${clip.kind ? html` · ${t.job.kinds[clip.kind] ?? clip.kind}` : nothing}</p>
      <div class="parts">${Object.entries(t.job.parts).map(([name, label]) => part(label, clip.score[name]))}</div>
      <p class="reason"><b>${t.job.why}</b> ${clip.reason}</p>
      <p class="hashtags dim" dir="auto">${clip.hashtags.join(" ")}</p>
      <div class="actions">
        <a class="button primary" href=${pathOf(clip.download_url)} download>${t.job.download}</a>
        <a class="button" href="#/clips/${clip.clip_id}">${t.job.edit}</a>
        ${clip.clean_url ? html`<a class="button" href=${pathOf(clip.clean_url)} download>${t.job.clean}</a>` : nothing}
        <button class="button" @click=${() => act(() => download(`clips/${clip.clip_id}/captions?format=srt`, `${clip.title}.srt`))}>${t.job.captions}</button>
        <button class="quiet" aria-pressed=${feedback[clip.clip_id] === "kept"} @click=${() => say("kept")}>${t.job.kept}</button>
        <button class="quiet" aria-pressed=${feedback[clip.clip_id] === "rejected"} @click=${() => say("rejected")}>${t.job.rejected}</button>
        ${more}
      </div>
    </div>
  </li>`;
}

export function ring(score) {
  return html`<svg class="ring" viewBox="0 0 44 44" width="48" height="48" role="img" aria-label=${t.job.score(score)}>
    <circle cx="22" cy="22" r="19" class="ring-ground"></circle>
    <circle cx="22" cy="22" r="19" class="ring-value" transform="rotate(-90 22 22)" stroke-dasharray="${(AROUND * score) / 100} ${AROUND}"></circle>
    <text x="22" y="22" aria-hidden="true">${score}</text></svg>`;
}

function part(label, value) {
  const points = Math.round(100 * value);
  return html`<span class="part"><span>${label}</span><meter min="0" max="50" value=${points} aria-label=${label}></meter><span class="dim">${points}</span></span>`;
}
