// Signing in: with a key, or by a link whose code becomes one.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { get, post } from "../api.js";
import { KEY_FORM, signIn, signOut } from "../session.js";
import { t } from "../strings.js";
import { notice } from "./states.js";

const CODE = /^[A-Za-z0-9_-]{20,}$/;

export async function open([code = ""], update) {
  let problem = code === "expired" ? t.signIn.expired : "";
  let busy = false;
  if (CODE.test(code)) {
    history.replaceState(null, "", "#/sign-in"); // a code in the history would be a dead one
    try {
      const { key } = await post("sign-in", { code });
      signIn(key);
      location.replace("#/");
      return { title: t.signIn.title, view: () => html`<p class="state">${t.signIn.working}</p>` };
    } catch (error) {
      problem = error.message;
    }
  }

  async function submit(event) {
    event.preventDefault();
    const value = new FormData(event.target).get("key").trim();
    problem = KEY_FORM.test(value) ? "" : t.signIn.form;
    if (problem) return update();
    busy = true;
    update();
    signOut();
    try {
      await get("usage", { headers: { Authorization: `Bearer ${value}` } });
      signIn(value);
      location.hash = "#/";
    } catch (error) {
      problem = error.status === 401 ? t.signIn.wrong : error.message;
    }
    busy = false;
    update();
  }

  return {
    title: t.signIn.title,
    view: () => html`<form class="card sign-in" @submit=${submit}>
      <h1>${t.name}</h1>
      <p>${t.signIn.lead}</p>
      <label for="key">${t.signIn.key}</label>
      <input id="key" name="key" type="password" autocomplete="off" spellcheck="false" required data-focus
        aria-describedby=${problem ? "problem" : nothing} placeholder="kf_live_sk_…">
      <div id="problem">${notice(problem, "error")}</div>
      <button class="button primary" ?disabled=${busy}>${t.signIn.button}</button>
      <p class="dim">${t.signIn.how} <code>${t.signIn.command}</code> ${t.signIn.then}</p>
    </form>`,
  };
}
