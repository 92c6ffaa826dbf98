// What a screen shows when there is nothing to show, not yet, or not any more.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { t } from "../strings.js";

const SOON_MS = 200;

/** Resolves with a promise, or soon: what is there at once needs no sign that it is awaited. */
export const soon = (promise) => Promise.race([promise, new Promise((resolve) => setTimeout(resolve, SOON_MS))]);

/** What stands where something comes: as large as that, so that nothing moves when it is there. */
export function loading(kind = "rows") {
  const count = kind === "rows" ? 6 : 2;
  return html`<div role="status" class="skeleton ${kind}"><span class="unseen">${t.loading}</span>${Array.from({ length: count }, () => html`<span aria-hidden="true"></span>`)}</div>`;
}

export function failed(error, again) {
  const gone = error.status === 404;
  return html`<div class="state" role="alert">
    <h1>${gone ? t.errors.gone : t.errors.title}</h1>
    <p>${error.message}</p>
    ${again && !gone ? html`<button class="button" @click=${again}>${t.errors.again}</button>` : html`<a class="button" href="#/">${t.keys.back}</a>`}
  </div>`;
}

export function notice(text, kind = "info") {
  return text ? html`<p class="notice ${kind}" role=${kind === "error" ? "alert" : "status"}>${text}</p>` : nothing;
}
