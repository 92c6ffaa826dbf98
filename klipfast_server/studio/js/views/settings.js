// Settings: API keys, usage, webhooks.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { get, post, remove } from "../api.js";
import { ago, bytes, count, date, dateTime } from "../format.js";
import { t } from "../strings.js";
import { leave } from "./frame.js";
import { notice } from "./states.js";

const COPIED_MS = 1500;
const MEGABYTE = 1024 * 1024;

export async function open(_parameters, update) {
  const state = { keys: [], usage: null, webhooks: [], deliveries: {}, secret: null, problem: "", copied: false, pinged: "" };

  async function load() {
    const [keys, usage, webhooks] = await Promise.all([get("keys"), get("usage"), get("webhooks")]);
    Object.assign(state, { keys: keys.keys, usage, webhooks: webhooks.webhooks });
  }

  async function act(action) {
    state.problem = "";
    try {
      await action();
      await load();
    } catch (error) {
      state.problem = error.message;
    }
    update();
  }

  const create = (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    act(async () => {
      const made = await post("keys", { name: form.get("name").trim(), scopes: form.get("scopes").split(" ") });
      state.secret = { text: made.key, about: t.settings.shown };
      event.target.reset();
    });
  };

  const hook = (event) => {
    event.preventDefault();
    const url = new FormData(event.target).get("url").trim();
    act(async () => {
      const made = await post("webhooks", { url });
      state.secret = { text: made.secret, about: t.settings.secret };
      event.target.reset();
    });
  };

  async function copy() {
    await navigator.clipboard.writeText(state.secret.text);
    state.copied = true;
    update();
    setTimeout(() => { state.copied = false; update(); }, COPIED_MS);
  }

  await load();
  return {
    title: t.settings.title,
    view: () => html`<h1>${t.settings.title}</h1>${notice(state.problem, "error")}${secret()}
      <section class="card" id="api-key"><h2>${t.settings.keys}</h2><p class="dim">${t.settings.keysLead}</p>${keys()}</section>
      <section class="card"><h2>${t.settings.usage}</h2>${usage()}</section>
      <section class="card"><h2>${t.settings.webhooks}</h2><p class="dim">${t.settings.webhooksLead}</p>${webhooks()}</section>
      <button class="button" @click=${leave}>${t.nav.signOut}</button>`,
  };

  function secret() {
    if (!state.secret) return nothing;
    return html`<div class="notice secret" role="status"><p>${state.secret.about}</p><code>${state.secret.text}</code>
      <button class="button" @click=${copy}>${state.copied ? t.settings.copied : t.settings.copy}</button></div>`;
  }

  function keys() {
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${t.settings.keys}><table><thead><tr><th>${t.settings.name}</th><th>${t.settings.scopes}</th><th>${t.settings.created}</th><th>${t.settings.used}</th><th>${t.settings.expires}</th><td></td></tr></thead>
      <tbody>${state.keys.map((key) => {
        const name = key.name || t.settings.unnamed;
        return html`<tr><td dir="auto">${name}</td><td>${key.scopes.includes("write") ? t.settings.write : t.settings.read}</td><td>${date(key.created_at)}</td>
          <td>${key.last_used_at ? ago(key.last_used_at) : t.settings.never}</td><td>${key.expires_at ? date(key.expires_at) : t.settings.never}</td>
          <td>${key.current ? html`<span class="dim">${t.settings.current}</span>` : html`<button class="button danger" aria-label="${t.settings.revoke} ${name}" @click=${() => confirm(t.settings.revokeAsk(name)) && act(() => remove(`keys/${key.key_id}`))}>${t.settings.revoke}</button>`}</td></tr>`;
      })}</tbody></table></div>
      <form class="inline" @submit=${create}>
        <label>${t.settings.name}<input name="name" maxlength="100" required dir="auto"></label>
        <label>${t.settings.scopes}<select name="scopes"><option value="read write">${t.settings.write}</option><option value="read">${t.settings.read}</option></select></label>
        <button class="button primary">${t.settings.create}</button>
      </form>`;
  }

  function usage() {
    const { usage } = state;
    const storage = (mb) => bytes(mb * MEGABYTE);
    return html`<p>${t.settings.plan(usage.plan)} <span class="dim">${t.settings.period(date(usage.period_start), date(usage.period_end))}</span></p>
      ${bar(t.settings.minutes, usage.minutes_used, usage.minutes_limit, count)}
      ${bar(t.settings.storage, usage.storage_used_mb, usage.storage_limit_mb, storage)}
      <p>${t.settings.credits}: <b>${count(usage.credits_remaining)}</b></p>`;
  }

  function bar(label, used, most, shown) {
    const percent = Math.min(100, Math.round((100 * used) / Math.max(1, most)));
    return html`<div class="usage"><span>${label}</span><span class="dim">${t.settings.of(shown(used), shown(most))}</span>
      <span class="progress ${percent > 90 ? "full" : ""}" role="meter" aria-label=${label} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${percent}><span .style=${`width: ${percent}%`}></span></span></div>`;
  }

  function webhooks() {
    return html`${state.webhooks.length ? nothing : html`<p class="dim">${t.settings.none}</p>`}
      <ul class="plain">${state.webhooks.map((webhook) => html`<li class="webhook"><code>${webhook.url}</code><span class="dim">${webhook.events.join(", ")}</span>
        <div class="actions"><button class="button" @click=${() => act(async () => { await post(`webhooks/${webhook.webhook_id}/ping`); state.pinged = webhook.webhook_id; })}>${state.pinged === webhook.webhook_id ? t.settings.pinged : t.settings.ping}</button>
        <button class="button" @click=${() => act(() => deliver(webhook.webhook_id))}>${t.settings.deliveries}</button>
        <button class="button danger" @click=${() => confirm(t.settings.removeAsk) && act(() => remove(`webhooks/${webhook.webhook_id}`))}>${t.settings.remove}</button></div>
        ${state.deliveries[webhook.webhook_id] ? deliveries(webhook.webhook_id) : nothing}</li>`)}</ul>
      <form class="inline" @submit=${hook}><label>${t.settings.url}<input name="url" type="url" required maxlength="2000" placeholder="https://"></label><button class="button primary">${t.settings.add}</button></form>`;
  }

  async function deliver(id) {
    state.deliveries[id] = (await get(`webhooks/${id}/deliveries`)).deliveries;
  }

  function deliveries(id) {
    const found = state.deliveries[id];
    if (!found.length) return html`<p class="dim">${t.settings.none}</p>`;
    return html`<ul class="plain">${found.map((delivery) => html`<li><span>${delivery.event ?? delivery.type}</span> <span class="status ${delivery.status}">${delivery.status}</span> <span class="dim">${dateTime(delivery.created_at)}</span>
      <button class="quiet" @click=${() => act(async () => { await post(`webhooks/${id}/deliveries/${delivery.delivery_id}/replay`); await deliver(id); })}>${t.settings.replay}</button></li>`)}</ul>`;
  }
}
