// What is around every screen: header, offline notice, list of keys.

import { Directive, directive } from "../../vendor/lit-html/directive.js";
import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import * as keyboard from "../keyboard.js";
import { key, signOut } from "../session.js";
import { t } from "../strings.js";

export function frame(screen, { update }) {
  const here = (name) => (screen.name === name ? "page" : nothing);
  return html`
    ${key()
      ? html`<header class="bar">
          <a class="brand" href="#/" aria-label=${t.name}>${mark} <span>${t.name}</span></a>
          <nav aria-label=${t.name}>
            <a href="#/" aria-current=${here("")}>${t.nav.jobs}</a>
            <a href="#/new" aria-current=${here("new")}>${t.nav.add}</a>
            <a href="#/settings" aria-current=${here("settings")}>${t.nav.settings}</a>
            <a href="/docs" class="wide">${t.nav.docs}</a>
          </nav>
          <button class="icon wide" title=${t.nav.keys} aria-label=${t.nav.keys} @click=${() => keyboard.toggleHelp(true)}>?</button>
          <button class="icon" title=${themeName()} aria-label=${themeName()} @click=${() => { turnTheme(); update(); }}>◐</button>
          <button class="quiet wide" @click=${leave}>${t.nav.signOut}</button>
        </header>`
      : nothing}
    ${navigator.onLine ? nothing : html`<p class="offline" role="status">${t.nav.offline}</p>`}
    <main id="main" tabindex="-1">${screen.view()}</main>
    ${keyboard.isHelpShown() ? help() : nothing}
  `;
}

const mark = html`<svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true"><rect width="32" height="32" rx="8" fill="#6d28d9"/><rect x="11" y="5" width="10" height="18" rx="2.5" fill="#fff"/><path d="M14.4 10.2v7.6l5-3.8z" fill="#6d28d9"/><rect x="7" y="25.5" width="18" height="2.5" rx="1.25" fill="#fff" opacity=".75"/></svg>`;

function help() {
  const close = () => keyboard.toggleHelp(false);
  return html`<dialog class="dialog" aria-labelledby="keys" ${opened} @close=${close} @click=${(event) => event.target.localName === "dialog" && event.target.close()}>
      <h2 id="keys">${t.keys.title}</h2>
      <dl class="keys">
        ${keyboard.all().map((entry) => html`<dt><kbd>${entry.key === " " ? "space" : entry.key}</kbd></dt><dd>${entry.does}</dd>`)}
      </dl>
      <form method="dialog"><button class="button">${t.keys.close}</button></form>
    </dialog>`;
}

/** Opens a dialog as it is drawn, so that the rest of the page cannot be reached meanwhile. */
const opened = directive(
  class extends Directive {
    update(part) {
      queueMicrotask(() => part.element.isConnected && !part.element.open && part.element.showModal());
    }
    render() {}
  },
)();

/** Forget the key. */
export function leave() {
  signOut();
  location.hash = "#/sign-in";
}

const isDark = () =>
  (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
const themeName = () => (isDark() ? t.nav.light : t.nav.dark);

function turnTheme() {
  const theme = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  localStorage.setItem("klipfast.theme", theme);
}

const stored = localStorage.getItem("klipfast.theme");
if (stored === "light" || stored === "dark") document.documentElement.dataset.theme = stored;
