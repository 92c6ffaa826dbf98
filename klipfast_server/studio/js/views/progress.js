// How far a job is, in words and as a bar.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { span } from "../format.js";
import { t } from "../strings.js";

export function progressBar(job) {
  const percent = Math.round(100 * (job.progress ?? 0));
  const stage = job.paused_at ? t.status.paused : t.stages[job.stage] ?? t.status[job.status];
  const left = job.estimated_seconds && job.status === "processing" ? t.left(span(job.estimated_seconds)) : "";
  return html`<span class="progress-words"><span>${stage}</span><span class="dim">${percent} %${left ? html` · ${left}` : nothing}</span></span>
    <span class="progress" role="progressbar" aria-label=${stage} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${percent}>
      <span .style=${`width: ${percent}%`}></span></span>`;
}
