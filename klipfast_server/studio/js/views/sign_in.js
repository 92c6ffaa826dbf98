// Signing in: with a key, by a link with a code, or again after a key or session has expired.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { get, post } from "../api.js";
import * as connection from "../connection.js";
import { KEY_FORM, key, signInBrowser, signInTab } from "../session.js";
import { t } from "../strings.js";
import { opened } from "./opened.js";
import { notice } from "./states.js";

const CODE = /^[A-Za-z0-9_-]{20,}$/;

/** `isAsked`: the address is that of another screen, which opens once somebody has signed in. */
export async function open([code = ""], update, { isAsked = false } = {}) {
  const form = keyForm(update, () => {
    if (isAsked) dispatchEvent(new HashChangeEvent("hashchange"));
    else location.hash = "#/";
  });
  let isTried = CODE.test(code); // whether a code is left that may sign in

  async function exchange() {
    form.problem = "";
    try {
      await signIn({ code });
      location.replace("#/");
    } catch (error) {
      form.problem = error.message;
      isTried = error.status !== 401; // the server may have been away: the code works later
    }
    update();
  }

  if (isTried) {
    history.replaceState(null, "", "#/sign-in"); // a code in the history would be a dead one
    await exchange();
  }
  return {
    title: t.signIn.title,
    view: () => html`<form class="card sign-in" @submit=${form.submit}>
      <h1>${t.name}</h1>
      <p>${t.signIn.lead}</p>
      ${form.fields()}
      <div class="actions"><button class="button primary" ?disabled=${form.busy}>${t.signIn.button}</button>
        ${isTried && form.problem ? html`<button type="button" class="button" @click=${exchange}>${t.signIn.again}</button>` : nothing}</div>
      ${how()}
    </form>`,
  };
}

const how = () => html`<p class="dim">${t.signIn.how} <code>${t.signIn.command}</code> ${t.signIn.then}</p>`;

/** Sign this browser in, with a key or a code. */
async function signIn(given) {
  signInBrowser((await post("sessions", given, { isSignIn: true })).session_id);
}

/** The dialog over a screen whose key or session has expired; the screen stays as it is. */
export function signInAgain(update, leave) {
  again ??= keyForm(update, () => {
    again = null;
    connection.endExpired();
  });
  const go = () => {
    again = null;
    leave();
  };
  return html`<dialog class="dialog" aria-labelledby="again" ${opened(() => document.getElementById("key")?.focus())} @cancel=${(event) => event.preventDefault()} @close=${(event) => event.target.isConnected && event.target.showModal()}>
    <form @submit=${again.submit}>
      <h2 id="again">${t.signIn.title}</h2>
      ${again.problem ? nothing : notice(t.signIn.expired, "error")}
      <p class="dim">${t.signIn.kept}</p>
      ${again.fields()}
      <div class="actions"><button class="button primary" ?disabled=${again.busy}>${t.signIn.button}</button><button type="button" class="quiet" @click=${go}>${t.signIn.leave}</button></div>
      ${how()}
    </form></dialog>`;
}

let again = null;

/** The field of a key, and what is done with it. */
function keyForm(update, signedIn) {
  const form = { problem: "", busy: false, submit, fields };
  const isTab = key() !== null; // as it was before

  async function submit(event) {
    event.preventDefault();
    const given = new FormData(event.target);
    const value = given.get("key").trim();
    form.problem = KEY_FORM.test(value) ? "" : t.signIn.form;
    if (form.problem) return update();
    form.busy = true;
    update();
    try {
      if (given.has("tab")) {
        await get("usage", { headers: { Authorization: `Bearer ${value}` }, isSignIn: true });
        signInTab(value);
      } else await signIn({ key: value });
      signedIn();
    } catch (error) {
      form.problem = error.status === 401 ? t.signIn.wrong : error.message;
    }
    form.busy = false;
    update();
  }

  function fields() {
    return html`<label for="key">${t.signIn.key}</label>
      <input id="key" name="key" type="password" autocomplete="off" spellcheck="false" required data-focus
        aria-describedby=${form.problem ? "problem" : nothing} placeholder="kf_live_sk_…">
      <label class="check"><input type="checkbox" name="tab" ?checked=${isTab}> ${t.signIn.tab}</label>
      <div id="problem">${notice(form.problem, "error")}</div>`;
  }

  return form;
}
