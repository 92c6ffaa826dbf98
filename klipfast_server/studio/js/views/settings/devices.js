// The browsers that are signed in to the account.

import { html } from "../../../vendor/lit-html/lit-html.js";
import { get, remove } from "../../api.js";
import { ago, date } from "../../format.js";
import { t } from "../../strings.js";
import { leave } from "../frame.js";

export async function openDevices({ act }) {
  let sessions = [];

  async function load() {
    ({ sessions } = await get("sessions"));
  }

  const end = (session) => confirm(t.settings.signOutAsk(session.device)) && act(() => remove(`sessions/${session.session_id}`), load);

  await load();
  return {
    view: () => html`<section class="card"><h2>${t.settings.tabs.devices}</h2><p class="dim">${sessions.length ? t.settings.devicesLead : t.settings.noDevices}</p>
      <div class="scroll" tabindex="0" role="region" aria-label=${t.settings.tabs.devices}><table>
        <thead><tr><th>${t.settings.device}</th><th class="wide">${t.settings.created}</th><th>${t.settings.used}</th><th class="wide">${t.settings.expires}</th><td></td></tr></thead>
        <tbody>${sessions.map((session) => html`<tr><td class="long">${session.device} ${session.current ? html`<span class="dim">${t.settings.here}</span>` : ""}</td><td class="wide">${date(session.created_at)}</td>
          <td>${session.last_used_at ? ago(session.last_used_at) : t.settings.never}</td><td class="wide">${date(session.expires_at)}</td>
          <td class="end-cell"><button class="button danger" aria-label="${t.nav.signOut}: ${session.device}" @click=${() => (session.current ? leave() : end(session))}>${t.nav.signOut}</button></td></tr>`)}
        </tbody></table></div></section>`,
  };
}
