// Settings, in tabs: API keys, devices, usage, brands, feeds, webhooks; for the operator, the server.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { signedIn } from "../session.js";
import { t } from "../strings.js";
import { leave } from "./frame.js";
import { openBrands } from "./settings/brands.js";
import { openDevices } from "./settings/devices.js";
import { openFeeds } from "./settings/feeds.js";
import { openKeys } from "./settings/keys.js";
import { openServer } from "./settings/server.js";
import { askUsage, openUsage } from "./settings/usage.js";
import { openWebhooks } from "./settings/webhooks.js";
import { failed, loading, notice, soon } from "./states.js";

const COPIED_MS = 1500;
// Each is opened with a context, and returns (a promise of) { view(), close?() }.
const TABS = { keys: openKeys, devices: openDevices, usage: openUsage, brands: openBrands, feeds: openFeeds, webhooks: openWebhooks, server: openServer };
const operator = { of: null, is: false }; // whether who is signed in operates the server

export async function open([tab = "keys", ...rest], update) {
  const name = TABS[tab] ? tab : "keys";
  const state = { part: null, error: null, problem: "", secret: null, copied: false };

  /** Do something that may fail, then what comes after it; whether it worked. */
  async function act(action, after = async () => {}) {
    state.problem = "";
    let done = false;
    try {
      await action();
      done = true;
      await after();
    } catch (error) {
      state.problem = error.message;
    }
    update();
    return done;
  }

  /** Show what is never shown again. */
  const tell = (text, about) => Object.assign(state, { secret: { text, about }, copied: false });

  async function load() {
    state.error = null;
    update();
    try {
      state.part = await TABS[name]({ act, tell, update, rest });
    } catch (error) {
      state.error = error;
    }
    update();
  }

  async function copy() {
    await navigator.clipboard.writeText(state.secret.text);
    state.copied = true;
    update();
    setTimeout(() => { state.copied = false; update(); }, COPIED_MS);
  }

  async function learn() {
    const of = signedIn();
    if (operator.of === of) return;
    try {
      Object.assign(operator, { of, is: (await askUsage()).operator });
      update();
    } catch {
      // asked again when the settings are opened again
    }
  }

  learn();
  await soon(load());
  // On a phone not all tabs are in view.
  requestAnimationFrame(() => requestAnimationFrame(() => document.querySelector(".tabs [aria-current=page]")?.scrollIntoView({ block: "nearest", inline: "nearest" })));
  return {
    name: "settings",
    title: `${t.settings.tabs[name]} – ${t.settings.title}`,
    close: () => state.part?.close?.(),
    isUnsaved: () => state.part?.isUnsaved?.() ?? false,
    view: () => html`<div class="page-head"><h1>${t.settings.title}</h1><button class="button" @click=${leave}>${t.nav.signOut}</button></div>
      <nav class="tabs" aria-label=${t.settings.title}>
        ${Object.keys(TABS).filter((other) => other !== "server" || name === other || (operator.is && operator.of === signedIn())).map((other) => html`<a href="#/settings/${other}" aria-current=${other === name ? "page" : nothing}>${t.settings.tabs[other]}</a>`)}
      </nav>
      ${notice(state.problem, "error")}${secret()}
      ${state.error ? failed(state.error, load) : state.part ? state.part.view() : loading("cards")}`,
  };

  function secret() {
    if (!state.secret) return nothing;
    return html`<div class="notice secret" role="status"><p>${state.secret.about}</p><code>${state.secret.text}</code>
      <button class="button" @click=${copy}>${state.copied ? t.settings.copied : t.settings.copy}</button></div>`;
  }
}
