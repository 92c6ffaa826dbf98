// What is around every screen: header, offline notice, dialogs.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { remove } from "../api.js";
import * as connection from "../connection.js";
import * as keyboard from "../keyboard.js";
import { key, signedIn, signOut } from "../session.js";
import { t } from "../strings.js";
import * as theme from "../theme.js";
import { dialogs } from "./palette.js";
import { signInAgain } from "./sign_in.js";

export function frame(screen, { update }) {
  const here = (name) => (screen.name === name ? "page" : nothing);
  return html`
    ${signedIn() || connection.isExpired()
      ? html`<header class="bar">
          <a class="brand" href="#/" aria-label=${t.name}>${mark} <span>${t.name}</span></a>
          <nav aria-label=${t.name}>
            <a href="#/" aria-current=${here("")}>${t.nav.jobs}</a>
            <a href="#/new" aria-current=${here("new")}>${t.nav.add}</a>
            <a href="#/settings" aria-current=${here("settings")}>${t.nav.settings}</a>
            <a href="/docs" class="wide">${t.nav.docs}</a>
          </nav>
          <button class="icon" title="${t.palette.title} (${keyboard.PALETTE_KEY})" aria-label=${t.palette.title} @click=${() => keyboard.show("palette")}>${glass}</button>
          <button class="icon" title="${t.help.title} (?)" aria-label=${t.help.title} @click=${() => keyboard.show("help")}>?</button>
          <button class="icon wide" title=${themeName()} aria-label=${themeName()} @click=${() => { theme.turn(); update(); }}>${halfMoon}</button>
          <button class="quiet wide" @click=${leave}>${t.nav.signOut}</button>
        </header>`
      : nothing}
    <div role="status">${state()}</div>
    <main id="main" tabindex="-1">${screen.view()}</main>
    ${connection.isExpired() ? signInAgain(update, leave) : signedIn() ? dialogs(screen, update, places(update)) : nothing}
  `;
}

const mark = html`<svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true"><rect width="32" height="32" rx="8" fill="#6d28d9"/><rect x="11" y="5" width="10" height="18" rx="2.5" fill="#fff"/><path d="M14.4 10.2v7.6l5-3.8z" fill="#6d28d9"/><rect x="7" y="25.5" width="18" height="2.5" rx="1.25" fill="#fff" opacity=".75"/></svg>`;

const halfMoon = html`<svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true"><circle cx="10" cy="10" r="7.5" fill="none" stroke="currentColor" stroke-width="2"/><path d="M10 2.5a7.5 7.5 0 0 1 0 15z" fill="currentColor"/></svg>`;
const glass = html`<svg viewBox="0 0 20 20" width="18" height="18" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" aria-hidden="true"><circle cx="8.5" cy="8.5" r="5.5"/><path d="m13 13 4.5 4.5"/></svg>`;

function state() {
  if (!connection.isOnline()) return html`<p class="offline">${t.nav.offline}</p>`;
  const seconds = connection.busySeconds(); // shown, and not read out every second
  return seconds ? html`<p class="offline">${t.errors.busy}<span aria-hidden="true">${t.errors.busyFor(seconds)}</span>.</p>` : nothing;
}

/** What the palette offers on every screen. */
function places(update) {
  const to = (hash) => () => (location.hash = hash);
  return [
    { name: t.nav.jobs, key: "u", run: to("#/") },
    { name: t.nav.add, key: "n", run: to("#/new") },
    ...Object.entries(t.settings.tabs).map(([name, label]) => ({ name: `${t.nav.settings}: ${label}`, run: to(`#/settings/${name}`) })),
    { name: t.nav.docs, run: () => location.assign("/docs") },
    { name: t.help.title, words: `${t.help.title} ${t.keys.title}`, key: "?", run: () => keyboard.show("help") },
    { name: themeName(), run: () => { theme.turn(); update(); } },
    { name: t.nav.signOut, run: leave },
  ];
}

/** Sign out: end the browser's session, or forget the key of this tab. */
export async function leave() {
  try {
    if (signedIn() && !key()) await remove("sessions/current", { isSignIn: true });
  } catch (error) {
    if (error.status !== 401) return alert(error.message); // the cookie would still sign in
  }
  signOut();
  location.hash = "#/sign-in";
  connection.endExpired();
}

const themeName = () => (theme.isDark() ? t.nav.light : t.nav.dark);
