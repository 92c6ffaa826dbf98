// Webhooks and what was delivered to them.

import { html, nothing } from "../../../vendor/lit-html/lit-html.js";
import { get, post, remove } from "../../api.js";
import { dateTime } from "../../format.js";
import { t } from "../../strings.js";

export async function openWebhooks({ act, tell }) {
  const state = { webhooks: [], deliveries: {}, pinged: "" };

  async function load() {
    state.webhooks = (await get("webhooks")).webhooks;
  }

  const add = (event) => {
    event.preventDefault();
    const url = new FormData(event.target).get("url").trim();
    act(async () => {
      const made = await post("webhooks", { url });
      tell(made.secret, t.settings.secret);
      event.target.reset();
    }, load);
  };

  const deliver = async (id) => {
    state.deliveries[id] = (await get(`webhooks/${id}/deliveries`)).deliveries;
  };

  const ping = (id) => act(async () => { await post(`webhooks/${id}/ping`); state.pinged = id; });
  const erase = (id) => confirm(t.settings.removeAsk) && act(() => remove(`webhooks/${id}`), load);

  await load();
  return {
    view: () => html`<section class="card"><h2>${t.settings.webhooks}</h2><p class="dim">${t.settings.webhooksLead}</p>
      ${state.webhooks.length ? nothing : html`<p class="dim">${t.settings.none}</p>`}
      <ul class="plain">${state.webhooks.map(({ webhook_id, url, events }) => html`<li class="panel"><code class="clamp" title=${url}>${url}</code><span class="dim">${events.join(", ")}</span>
        <div class="actions"><button class="button" @click=${() => ping(webhook_id)}>${state.pinged === webhook_id ? t.settings.pinged : t.settings.ping}</button>
        <button class="button" @click=${() => act(() => deliver(webhook_id))}>${t.settings.deliveries}</button>
        <button class="button danger" @click=${() => erase(webhook_id)}>${t.settings.remove}</button></div>
        ${state.deliveries[webhook_id] ? deliveries(webhook_id) : nothing}</li>`)}</ul>
      <form class="inline" @submit=${add}><label class="grow">${t.settings.url}<input name="url" type="url" required maxlength="2000" placeholder="https://"></label><button class="button primary">${t.settings.add}</button></form></section>`,
  };

  function deliveries(id) {
    const found = state.deliveries[id];
    if (!found.length) return html`<p class="dim">${t.settings.none}</p>`;
    return html`<ul class="plain episodes">${found.map((delivery) => html`<li><span class="what">${delivery.event ?? delivery.type}</span> <span class="status ${delivery.status}">${delivery.status}</span> <span class="dim">${dateTime(delivery.created_at)}</span>
      <button class="quiet" @click=${() => act(async () => { await post(`webhooks/${id}/deliveries/${delivery.delivery_id}/replay`); await deliver(id); })}>${t.settings.replay}</button></li>`)}</ul>`;
  }
}
