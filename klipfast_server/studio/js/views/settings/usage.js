// What the account has used, and what its plan allows.

import { html } from "../../../vendor/lit-html/lit-html.js";
import { get } from "../../api.js";
import { bytes, count, date, span } from "../../format.js";
import { signedIn } from "../../session.js";
import { t } from "../../strings.js";

export const MEGABYTE = 1e6;
const MINUTE = 60;
const NO_LIMIT = 1e9; // minutes or megabytes
const NEARLY = 90; // percent, from which a bar warns

let asking = { of: null, answer: null };

/** The usage of who is signed in; whoever asks meanwhile shares the call. */
export function askUsage() {
  const of = signedIn();
  if (!asking.answer || asking.of !== of) {
    const mine = (asking = { of, answer: get("usage").finally(() => (mine.answer = null)) });
  }
  return asking.answer;
}

export const storage = (mb) => bytes(mb * MEGABYTE);

export const factsOf = (rows) => html`<dl class="facts">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;

export async function openUsage() {
  const usage = await askUsage();
  const { limits } = usage;
  const facts = [
    [t.settings.credits, count(usage.credits_remaining)],
    [t.settings.limits.parallel, count(limits.parallel_jobs)],
    [t.settings.limits.source, span(limits.max_source_minutes * MINUTE)],
    [t.settings.limits.upload, storage(limits.max_upload_mb)],
    [t.settings.limits.kept, limits.retention_days ? t.settings.days(limits.retention_days) : t.settings.untilDeleted],
    [t.settings.limits.requests, count(limits.requests_per_minute)],
  ];
  return {
    view: () => html`<section class="card"><h2>${t.settings.usage}</h2>
        <p class="dim">${t.settings.period(date(usage.period_start), date(usage.period_end))}</p>
        ${bar(t.settings.minutes, usage.minutes_used, usage.minutes_limit, count)}
        ${bar(t.settings.storage, usage.storage_used_mb, usage.storage_limit_mb, storage)}
        ${bar(t.settings.disk, usage.disk_used_mb, usage.disk_used_mb + usage.disk_free_mb, storage, t.settings.free(storage(usage.disk_free_mb)))}</section>
      <section class="card"><h2>${t.settings.plan(usage.plan)}</h2><p class="dim">${t.settings.planLead}</p>
        ${factsOf(facts)}</section>`,
  };
}

/** How much is used, as words and a meter. */
export function bar(label, used, most, shown, told = "") {
  if (most >= NO_LIMIT) return html`<div class="usage"><span>${label}</span><span class="dim">${t.settings.noLimit(shown(used))}</span></div>`;
  const percent = Math.min(100, Math.round((100 * used) / Math.max(1, most)));
  return html`<div class="usage"><span>${label}</span><span class="dim">${t.settings.of(shown(used), shown(most))} · ${told || `${percent} %`}</span>
    <span class="progress thick ${percent > NEARLY ? "full" : ""}" role="meter" aria-label=${label} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${percent}><span .style=${`width: ${percent}%`}></span></span></div>`;
}
