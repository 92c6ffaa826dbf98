// Keys of the current screen. Each is { key, does, run }; a key typed into a field stays there.

import { t } from "./strings.js";

const TYPED = "input, textarea, select, [contenteditable]";
const ACTIVATED = "button, a, summary, video, audio"; // to which the space bar belongs
let screenKeys = [];
let helpShown = false;
let update = () => {};

const common = [
  { key: "?", does: t.keys.help, run: () => toggleHelp(true) },
  { key: "n", does: t.keys.add, run: () => (location.hash = "#/new") },
  { key: "u", does: t.keys.back, run: () => (location.hash = "#/") },
  { key: "/", does: t.keys.search, run: () => document.querySelector("input[type=search]")?.focus() },
];

export function start(redraw) {
  update = redraw;
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (event.key === "Escape" && target.matches(TYPED)) target.blur();
    if (target.matches(TYPED)) return;
    if (event.key === " " && target.closest(ACTIVATED)) return;
    const found = all().find((entry) => entry.key === event.key);
    if (!found || (helpShown && found.key !== "?")) return;
    event.preventDefault();
    found.run(event);
  });
}

export function use(keys) {
  screenKeys = keys;
}

export const all = () => [...screenKeys, ...common];
export const isHelpShown = () => helpShown;

export function toggleHelp(shown) {
  helpShown = shown;
  update();
}
