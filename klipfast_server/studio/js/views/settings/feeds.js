// The podcast feeds that the server's settings watch for the account.

import { html, nothing } from "../../../vendor/lit-html/lit-html.js";
import { get } from "../../api.js";
import { ago, span, until } from "../../format.js";
import { t } from "../../strings.js";
import { notice } from "../states.js";

const LOOK_MS = 30_000;
const MINUTE = 60;

export async function openFeeds({ update }) {
  let { feeds } = await get("feeds");
  const timer = setInterval(async () => {
    try {
      ({ feeds } = await get("feeds"));
      update();
    } catch {
      // what is shown stays
    }
  }, LOOK_MS);
  return {
    close: () => clearInterval(timer),
    view: () => html`<section class="card"><h2>${t.settings.tabs.feeds}</h2><p class="dim">${t.feeds.lead}</p>
      ${feeds.length ? nothing : html`<p>${t.feeds.none}</p><pre class="sample" tabindex="0" aria-label=${t.feeds.sample}>${t.feeds.sampleText}</pre>`}
      <ul class="plain">${feeds.map(item)}</ul></section>`,
  };

  function item(feed) {
    const asked = Object.entries(feed.options).map(([name, value]) => `${name.replaceAll("_", " ")}: ${typeof value === "object" ? JSON.stringify(value) : value}`);
    return html`<li class="panel"><h3 dir="auto" class="clamp">${feed.title ?? feed.url}</h3><code class="clamp" title=${feed.url}>${feed.url}</code>
      ${feed.failures ? notice(t.feeds.failures(feed.failures), "error") : nothing}
      <p class="dim">${feed.read_at ? t.feeds.read(ago(feed.read_at)) : t.feeds.unread} · ${feed.next_read_at ? t.feeds.next(until(feed.next_read_at)) : t.feeds.every(span(feed.every_minutes * MINUTE))}</p>
      <p>${asked.length ? html`${t.feeds.made} ${asked.map((text) => html`<span class="chip">${text}</span> `)}` : t.feeds.usual}</p>
      ${feed.episodes.length
        ? html`<ul class="plain episodes">${feed.episodes.map((episode) => html`<li><span class="what" dir="auto">${episode.job_id ? html`<a href="#/jobs/${episode.job_id}">${episode.title}</a>` : episode.title}</span>
            <span class="status ${episode.state === "refused" ? "failed" : ""}">${t.feeds.states[episode.state]}</span><span class="dim">${ago(episode.seen_at)}</span></li>`)}</ul>`
        : html`<p class="dim">${t.feeds.noEpisodes}</p>`}</li>`;
  }
}
