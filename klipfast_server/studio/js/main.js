// Starts the page: which screen is shown, and when it is drawn again.

import { render } from "../vendor/lit-html/lit-html.js";
import { onExpired } from "./api.js";
import * as keyboard from "./keyboard.js";
import { key, signOut } from "./session.js";
import { t } from "./strings.js";
import { frame } from "./views/frame.js";
import { failed } from "./views/states.js";

// Where each screen is, by the first part of the address after #/; the rest is its parameters.
const SCREENS = {
  "": () => import("./views/jobs.js"),
  new: () => import("./views/new_job.js"),
  jobs: () => import("./views/job.js"),
  clips: () => import("./views/clip_editor.js"),
  settings: () => import("./views/settings.js"),
  "sign-in": () => import("./views/sign_in.js"),
};

const app = document.getElementById("app");
let screen = null; // { title, view(), close?(), keys? }
let turn = 0; // of screens: one that took long to load must not replace a later one
let drawing = 0;

/** Draw the screen again before the next frame. */
function update() {
  drawing ||= requestAnimationFrame(() => {
    drawing = 0;
    if (!screen) return;
    document.title = screen.title ? `${screen.title} – ${t.name}` : t.name;
    render(frame(screen, { update }), app);
  });
}

function address() {
  const path = location.hash.replace(/^#\/?/, "");
  return path.split("/").map(decodeURIComponent);
}

async function open() {
  const mine = ++turn;
  keyboard.show("");
  let [name, ...parameters] = address();
  if (name === "main") return; // the link that skips the header
  if (!key() && name !== "sign-in") [name, parameters] = ["sign-in", []];
  const load = SCREENS[name] ?? SCREENS[""];
  let next;
  try {
    const module = await load();
    next = await module.open(parameters, update);
  } catch (error) {
    next = { title: t.name, name, view: () => failed(error, open) };
  }
  if (mine !== turn) {
    next.close?.();
    return;
  }
  screen?.close?.();
  screen = next;
  screen.name ??= name;
  keyboard.use(screen.keys ?? []);
  update();
  requestAnimationFrame(() => {
    document.querySelector("[data-focus]")?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  });
}

onExpired(() => {
  signOut();
  location.hash = "#/sign-in/expired";
});
addEventListener("hashchange", open);
addEventListener("online", update);
addEventListener("offline", update);
keyboard.start(update, () => Boolean(key()));
app.replaceChildren();
open();
