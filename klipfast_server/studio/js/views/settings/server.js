// The whole server, for its operator: what is wrong comes first.

import { html, nothing } from "../../../vendor/lit-html/lit-html.js";
import { get } from "../../api.js";
import { ago, bytes, count, span } from "../../format.js";
import { t } from "../../strings.js";
import { notice } from "../states.js";
import { bar, factsOf as facts, MEGABYTE, storage } from "./usage.js";

const LOOK_MS = 5000;

export async function openServer({ update }) {
  let server = await get("operator");
  let at = new Date();
  let problem = "";
  let looking = false;

  async function look() {
    if (document.hidden || looking) return;
    looking = true;
    try {
      server = await get("operator");
      at = new Date();
      problem = "";
    } catch (error) {
      problem = error.message; // what is shown stays
    }
    looking = false;
    update();
  }

  const timer = setInterval(look, LOOK_MS);
  document.addEventListener("visibilitychange", look);
  return {
    close() {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    },
    view: () => html`${state()}${disk()}${table(t.server.lanes, "", [t.server.name, t.server.busy, t.server.waiting], server.lanes.map((lane) => [t.server.lane[lane.name] ?? lane.name, t.server.busyOf(lane.busy, lane.size), count(lane.waiting)]))}
      ${models()}${accounts()}${versions()}`,
  };

  function state() {
    const { health, queue } = server;
    const time = at.toLocaleTimeString();
    return html`<section class="card"><div class="card-head"><h2>${t.settings.tabs.server}</h2><span class="dim">${t.server.asOf(time)}</span></div>
      ${notice(problem && t.server.stale(time, problem), "error")}
      ${notice(health.status === "ok" ? "" : t.server.down(health.missing, health.reason), "error")}
      ${notice(queue.draining ? t.server.draining : health.status === "ok" ? t.server.well : "")}
      ${facts([
        [t.server.queued, count(queue.queued)],
        [t.server.oldest, queue.oldest_wait_seconds ? span(queue.oldest_wait_seconds) : "–"],
        [t.server.processing, count(queue.processing)],
        [t.server.work, queue.work_seconds ? span(queue.work_seconds) : "–"],
        [t.server.completed, count(queue.completed_lately)],
        [t.server.failed, html`<span class=${queue.failed_lately ? "bad" : ""}>${count(queue.failed_lately)}</span>`],
      ])}</section>`;
  }

  function disk() {
    const { used_bytes: used, free_bytes: free, reserve_bytes: reserve, clip_bytes: clips, source_bytes: sources, brand_bytes: brands } = server.disk;
    return html`<section class="card"><h2>${t.server.disk}</h2>
      ${free === null ? notice(t.server.noDisk, "error") : bar(t.settings.disk, used / MEGABYTE, (used + free) / MEGABYTE, storage, t.settings.free(bytes(free)))}
      <p class="dim">${t.server.reserve(bytes(reserve))}</p>
      ${facts([[t.server.clips, bytes(clips)], [t.server.sources, bytes(sources)], [t.server.brands, bytes(brands)]])}</section>`;
  }

  function models() {
    const { device, precision, networks } = server.models;
    return table(t.server.models, t.server.device(device, precision), [t.server.name, t.server.status], networks.map(({ name, status, reason }) => [name, html`<span class="long ${status === "failed" ? "bad" : ""}">${t.server.states[status] ?? status}${reason ? `: ${reason}` : ""}</span>`]));
  }

  function accounts() {
    const heads = [t.server.name, t.server.used, t.server.jobs, t.server.minutes, t.server.stored, t.server.plan];
    const rows = server.accounts.map((account) => [account.name, account.last_used_at ? ago(account.last_used_at) : t.settings.never, count(account.jobs), count(Math.round(account.minutes_used)), bytes(account.storage_bytes), account.plan]);
    return table(t.server.accounts, t.server.shown(rows.length, server.accounts_total), heads, rows);
  }

  function versions() {
    const { klipfast, newest, newer, python, torch, pyav, ffmpeg, postgres, migration } = server.versions;
    const told = newest ? (newer ? t.server.newer(newest) : t.server.newest) : t.server.unknown;
    return html`<section class="card"><h2>${t.server.versions}</h2>${newer ? notice(told) : html`<p class="dim">KlipFast ${klipfast}: ${told}.</p>`}
      ${facts([["KlipFast", klipfast], ["Python", python], ["PyTorch", torch], ["PyAV", pyav], ["FFmpeg", ffmpeg], ["Postgres", postgres], [t.server.migration, migration]])}</section>`;
  }
}

function table(title, lead, heads, rows) {
  return html`<section class="card"><h2>${title}</h2>${lead ? html`<p class="dim">${lead}</p>` : nothing}
    <div class="scroll" tabindex="0" role="region" aria-label=${title}><table>
      <thead><tr>${heads.map((head) => html`<th>${head}</th>`)}</tr></thead>
      <tbody>${rows.map((cells) => html`<tr>${cells.map((cell, n) => html`<td class=${n ? "" : "long"} dir="auto">${cell}</td>`)}</tr>`)}</tbody></table></div></section>`;
}
