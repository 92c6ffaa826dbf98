// A clip: player, title, score with its parts, reason, what can be done with it.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { download, post } from "../api.js";
import { clock, pathOf } from "../format.js";
import { t } from "../strings.js";

// From these scores on. Two in five editors would post a clip of 60, four in five one of 80.
const GRADES = [["strong", 60], ["fair", 30], ["quiet", 0]];
const AROUND = 2 * Math.PI * 19; // circumference of the score ring

/** `box`: what selects it; `about`: what stands below its title; `more`: what else can be done with it. */
export function clipCard(clip, { act, isOwn = false, about = nothing, more = nothing, box = nothing }) {
  const say = (verdict) =>
    act(async () => {
      const said = await post(`clips/${clip.clip_id}/feedback`, { verdict: clip.feedback === verdict ? null : verdict });
      clip.feedback = said.verdict;
    });
  // A link that has expired since the page was opened: the job has a new one.
  const renew = (video) => {
    if (video.dataset.renewed === clip.download_url) return;
    video.dataset.renewed = clip.download_url;
    act(async () => {});
  };
  return html`<li class="clip" tabindex="-1">
    <video controls playsinline preload="metadata" src=${live(`${pathOf(clip.download_url)}#t=0.001`)} aria-label=${clip.title}
      @error=${(event) => renew(event.target)}></video>
    <div class="clip-words">
      <div class="clip-head">${isOwn ? nothing : ring(clip.virality_score)}<h2 dir="auto">${clip.title}</h2>${box}</div>
      ${about}
      ${facts(clip)} ${isOwn ? nothing : parts(clip)}
      <p class="reason"><b>${t.job.why}</b> ${clip.reason}</p>
      <p class="hashtags dim" dir="auto">${clip.hashtags.join(" ")}</p>
      <div class="actions">
        <a class="button primary" href=${pathOf(clip.download_url)} download>${t.job.download}</a>
        <a class="button" href="#/clips/${clip.clip_id}">${t.job.edit}</a>
        ${clip.clean_url ? html`<a class="button" href=${pathOf(clip.clean_url)} download>${t.job.clean}</a>` : nothing}
        <button class="button" @click=${() => act(() => download(`clips/${clip.clip_id}/captions?format=srt`, `${clip.title}.srt`))}>${t.job.captions}</button>
        <a class="button" href=${pathOf(clip.thumbnail_url)} download>${t.job.cover}</a>
        <button class="quiet" aria-pressed=${clip.feedback === "kept"} @click=${() => say("kept")}>${t.job.kept}</button>
        <button class="quiet" aria-pressed=${clip.feedback === "rejected"} @click=${() => say("rejected")}>${t.job.rejected}</button>
        ${more}
      </div>
    </div>
  </li>`;
}

/** A clip that is being rendered; `picture`: of its moment. */
export function comingCard(moment, picture) {
  return html`<li class="clip coming" tabindex="-1">
    <div class="still">${picture ? html`<img src=${picture} alt="">` : nothing}<span class="dim">${t.job.coming}</span></div>
    <div class="clip-words">
      <div class="clip-head">${ring(moment.virality_score)}<h2 dir="auto">${moment.title}</h2></div>
      ${facts(moment)} ${parts(moment)}
      <p class="reason"><b>${t.job.why}</b> ${moment.reason}</p>
    </div>
  </li>`;
}

const facts = (of) => html`<p class="dim">${clock(of.duration ?? of.end_seconds - of.start_seconds)} · ${clock(of.start_seconds)}–${clock(of.end_seconds)}${of.kind ? html` · ${t.job.kinds[of.kind] ?? of.kind}` : nothing}</p>`;
/** The parts of a score; those of a quiet moment are all near zero. */
const parts = (of) => gradeOf(of.virality_score) === "quiet" ? nothing : html`<div class="parts">${Object.entries(t.job.parts).map(([name, label]) => part(label, of.score[name]))}</div>`;

const gradeOf = (score) => GRADES.find(([, from]) => score >= from)[0];

/** Whether a clip's score is called strong. */
export const isStrong = (clip) => gradeOf(clip.virality_score) === "strong";

export function ring(score) {
  return html`<span class="score"><svg class="ring" viewBox="0 0 44 44" width="48" height="48" role="img" aria-label=${t.job.score(score, t.job.grades[gradeOf(score)])}>
    <circle cx="22" cy="22" r="19" class="ring-ground"></circle>
    <circle cx="22" cy="22" r="19" class="ring-value" transform="rotate(-90 22 22)" stroke-dasharray="${(AROUND * score) / 100} ${AROUND}"></circle>
    <text x="22" y="22" aria-hidden="true">${score}</text></svg><span class="grade" aria-hidden="true">${t.job.grades[gradeOf(score)]}</span></span>`;
}

function part(label, value) {
  const points = Math.round(100 * value);
  return html`<span class="part"><span>${label}</span><meter min="0" max="50" value=${points} aria-label=${label}></meter><span class="dim">${points}</span></span>`;
}
