// The API keys of the account.

import { html } from "../../../vendor/lit-html/lit-html.js";
import { get, post, remove } from "../../api.js";
import { ago, date } from "../../format.js";
import { t } from "../../strings.js";

export async function openKeys({ act, tell }) {
  let keys = [];

  async function load() {
    ({ keys } = await get("keys"));
  }

  const create = (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    act(async () => {
      const made = await post("keys", { name: form.get("name").trim(), scopes: form.get("scopes").split(" ") });
      tell(made.key, t.settings.shown);
      event.target.reset();
    }, load);
  };

  const revoke = (key) => confirm(t.settings.revokeAsk(nameOf(key))) && act(() => remove(`keys/${key.key_id}`), load);
  const nameOf = (key) => key.name || t.settings.unnamed;

  await load();
  return {
    view: () => html`<section class="card" id="api-key"><h2>${t.settings.tabs.keys}</h2><p class="dim">${t.settings.keysLead}</p>
      <div class="scroll" tabindex="0" role="region" aria-label=${t.settings.tabs.keys}><table>
        <thead><tr><th>${t.settings.name}</th><th class="wide">${t.settings.scopes}</th><th class="wide">${t.settings.created}</th><th>${t.settings.used}</th><th class="wide">${t.settings.expires}</th><td></td></tr></thead>
        <tbody>${keys.map((key) => html`<tr><td class="long"><span dir="auto" class="clamp" title=${nameOf(key)}>${nameOf(key)}</span></td><td class="wide">${key.scopes.includes("write") ? t.settings.write : t.settings.read}</td><td class="wide">${date(key.created_at)}</td>
          <td>${key.last_used_at ? ago(key.last_used_at) : t.settings.never}</td><td class="wide">${key.expires_at ? date(key.expires_at) : t.settings.never}</td>
          <td class="end-cell">${key.current ? html`<span class="dim">${t.settings.current}</span>` : html`<button class="button danger" aria-label="${t.settings.revoke} ${nameOf(key)}" @click=${() => revoke(key)}>${t.settings.revoke}</button>`}</td></tr>`)}
        </tbody></table></div>
      <form class="inline" @submit=${create}>
        <label>${t.settings.name}<input name="name" maxlength="100" required dir="auto"></label>
        <label>${t.settings.scopes}<select name="scopes"><option value="read write">${t.settings.write}</option><option value="read">${t.settings.read}</option></select></label>
        <button class="button primary">${t.settings.create}</button>
      </form></section>`,
  };
}
