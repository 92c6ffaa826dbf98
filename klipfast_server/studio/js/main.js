// Starts the page: which screen is shown, and when it is drawn again.

import { html, render } from "../vendor/lit-html/lit-html.js";
import * as connection from "./connection.js";
import * as keyboard from "./keyboard.js";
import { onOtherTab, signedIn } from "./session.js";
import { t } from "./strings.js";
import { frame } from "./views/frame.js";
import { failed, loading } from "./views/states.js";

// Where each screen is, by the first part of the address after #/; the rest is its parameters.
const SCREENS = {
  "": () => import("./views/jobs.js"),
  new: () => import("./views/new_job.js"),
  jobs: () => import("./views/job.js"),
  clips: () => import("./views/clip_editor.js"),
  settings: () => import("./views/settings.js"),
  "sign-in": () => import("./views/sign_in.js"),
};

const SLOW_MS = 250; // after which a screen that is still loading is shown to be so
const AGAIN_MS = 4000; // until a screen that the server did not answer for is opened again

const app = document.getElementById("app");
let screen = null; // { title, view(), close?(), keys?, actions?(), isUnsaved?() }
let turn = 0; // number of the latest screen; a slow screen must not replace a later one
let drawing = 0;

/** Draw the screen again before the next frame. */
function update() {
  drawing ||= requestAnimationFrame(draw);
}

/** Draw the screen now. */
function draw() {
  cancelAnimationFrame(drawing);
  drawing = 0;
  if (!screen) return;
  document.title = screen.title ? `${screen.title} – ${t.name}` : t.name;
  render(frame(screen, { update }), app);
}

function address() {
  const path = location.hash.replace(/^#\/?/, "");
  try {
    return path.split("/").map(decodeURIComponent);
  } catch {
    return [""]; // no address of this page
  }
}

async function open(event) {
  let [name, ...parameters] = address();
  if (name === "main") return; // the link that skips the header
  if (event?.oldURL && screen?.isUnsaved?.() && !confirm(t.nav.leaveAsk)) {
    history.replaceState(null, "", event.oldURL);
    return;
  }
  const mine = ++turn;
  keyboard.show("");
  const isAsked = !signedIn() && name !== "sign-in";
  if (isAsked) [name, parameters] = ["sign-in", []];
  const load = SCREENS[name] ?? SCREENS[""];
  const slow = setTimeout(() => mine === turn && name !== "sign-in" && show({ name, title: t.loading, view: () => html`<h1 class="unseen">${t.loading}</h1>${loading()}` }), SLOW_MS);
  let next;
  try {
    const module = await load();
    next = await module.open(parameters, update, { isAsked });
  } catch (error) {
    next = unopened(error);
  }
  clearTimeout(slow);
  if (mine !== turn) {
    next.close?.();
    return;
  }
  next.name ??= name;
  show(next);
  keyboard.use(screen.keys ?? []);
  requestAnimationFrame(() => {
    document.querySelector("main [data-focus]")?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  });
}

function show(next) {
  screen?.close?.();
  screen = next;
  keyboard.use([]);
  update();
}

/** A screen that could not be opened; where the server did not answer, it is tried again. */
function unopened(error) {
  const timer = error.offline ? setTimeout(open, AGAIN_MS) : 0;
  return { title: t.name, close: () => clearTimeout(timer), view: () => failed(error, open) };
}

connection.start(update);
addEventListener("hashchange", open);
addEventListener("beforeunload", (event) => screen?.isUnsaved?.() && event.preventDefault());
keyboard.start(draw, () => Boolean(signedIn()));
onOtherTab((session) => {
  if (screen?.name === "sign-in") open();
  else if (session) connection.endExpired();
  else connection.signedInAgain();
});
app.replaceChildren();
open();
