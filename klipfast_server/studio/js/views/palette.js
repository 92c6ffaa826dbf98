// The command palette (Ctrl or ⌘ and K): screens, what the open screen can do, talks by the words of
// their names. And the help with the list of keys (?).

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { get } from "../api.js";
import * as keyboard from "../keyboard.js";
import { t } from "../strings.js";
import { times, titleOf } from "./jobs.js";
import { opened } from "./opened.js";
import { notice } from "./states.js";

const TALKS = 100; // newest, loaded as the palette opens; older ones are asked for by a word
const ASKED = 3; // words of a search that the server is asked for
const SHOWN = 6; // talks at once
const TYPING_MS = 200;

const state = { text: "", chosen: "", talks: new Map(), problem: "", questions: null, unloaded: false };
let timer = 0;

/** The dialog that is open, if any. */
export function dialogs(screen, update, common) {
  if (keyboard.isShown("help")) return help(update);
  if (keyboard.isShown("palette")) return palette(screen, update, common);
  return nothing;
}

function palette(screen, update, common) {
  const groups = found(screen, common);
  const entries = groups.flatMap((group) => group.entries);
  // Talks come in while somebody chooses: what is chosen is known by its name, not by its place.
  const placeIn = (some) => Math.max(0, some.findIndex((entry) => idOf(entry) === state.chosen));
  const at = placeIn(entries);
  const run = (entry) => {
    keyboard.show("");
    entry?.run();
  };
  const type = (event) => {
    Object.assign(state, { text: event.target.value, chosen: "" });
    clearTimeout(timer);
    timer = setTimeout(() => load(state.text, update), TYPING_MS);
    update();
  };
  const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 5, PageUp: -5 };
  const press = (event) => {
    if (event.isComposing) return; // Enter ends the composition
    // Who types fast is ahead of what is drawn.
    const now = found(screen, common).flatMap((group) => group.entries);
    if (event.key === "Enter") run(now[placeIn(now)]);
    else if (event.key in steps) {
      const next = placeIn(now) + steps[event.key];
      const goesAround = Math.abs(steps[event.key]) === 1 && now.length;
      const place = goesAround ? (next + now.length) % now.length : Math.max(0, Math.min(next, now.length - 1));
      state.chosen = now.length ? idOf(now[place]) : "";
      update();
      requestAnimationFrame(() => document.querySelector(".palette [aria-selected=true]")?.scrollIntoView({ block: "nearest" }));
    } else return;
    event.preventDefault();
  };
  return html`<dialog class="dialog palette" aria-label=${t.palette.title} ${opened(() => load("", update))} @close=${closed} @click=${aside}>
    <input type="text" role="combobox" aria-expanded="true" aria-autocomplete="list" aria-controls="palette-list" aria-label=${t.palette.title}
      aria-activedescendant=${entries.length ? `palette-${at}` : nothing} placeholder=${t.palette.hint} maxlength="200" autocomplete="off" spellcheck="false"
      dir="auto" .value=${state.text} @input=${type} @keydown=${press}>
    <div id="palette-list" role="listbox" aria-label=${t.palette.title} class="palette-list">
      ${groups.map((group) => html`<div role="group" aria-label=${group.name}><div class="palette-group dim" aria-hidden="true">${group.name}</div>
        ${group.entries.map((entry) => {
          const n = entries.indexOf(entry);
          return html`<div role="option" id="palette-${n}" class="palette-entry" aria-selected=${n === at}
            @mousemove=${() => { if (at !== n) { state.chosen = idOf(entry); update(); } }} @click=${() => run(entry)}>
            <span dir="auto" class="palette-name">${entry.name}</span>${entry.key ? html`<kbd aria-hidden="true">${entry.key}</kbd>` : html`<span class="dim">${entry.about ?? ""}</span>`}</div>`;
        })}</div>`)}
    </div>
    <p class="palette-none dim" role="status">${entries.length ? state.problem : t.palette.none}</p>
  </dialog>`;
}

/** The groups that have something for what is typed. */
function found(screen, common) {
  const talks = [...state.talks.values()].sort((a, b) => b.created_at.localeCompare(a.created_at));
  const time = times(talks);
  const groups = [
    {
      name: t.palette.here,
      entries: [
        ...(screen.actions?.() ?? []),
        ...keyboard.ofScreen().filter((entry) => !/^([jk]|Arrow.*)$/.test(entry.key)).map((entry) => ({ name: entry.does, key: keyName(entry.key), run: entry.run })),
      ],
    },
    {
      name: t.palette.talks,
      most: SHOWN,
      entries: talks.map((job) => ({
        name: titleOf(job),
        words: `${job.title} ${job.file_name} ${job.video_url}`,
        id: job.job_id,
        about: time.get(job),
        run: () => (location.hash = `#/jobs/${job.job_id}`),
      })),
    },
    { name: t.palette.goTo, entries: common },
  ];
  const asked = words(state.text);
  return groups
    .map((group) => ({
      name: group.name,
      entries: group.entries
        .map((entry) => ({ entry, rank: rankOf(asked, words(entry.words ?? entry.name)) }))
        .filter(({ rank }) => rank >= 0)
        .sort((a, b) => b.rank - a.rank)
        .slice(0, group.most ?? Infinity)
        .map(({ entry }) => entry),
    }))
    .filter((group) => group.entries.length);
}

const idOf = (entry) => entry.id ?? entry.name;
const words = (text) => text.toLocaleLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").split(/[^\p{L}\p{N}]+/u).filter(Boolean);

/** How well what is typed names an entry: each word begins one of its words (2), or is inside one (1); -1: not. */
function rankOf(asked, has) {
  let rank = 0;
  for (const word of asked) {
    if (has.some((other) => other.startsWith(word))) rank += 2;
    else if (word.length > 1 && has.some((other) => within(word, other))) rank += 1;
    else return -1;
  }
  return rank;
}

/** Whether the letters of a word come in this order in the other, the first of them first: "sttngs", "settings". */
function within(word, other) {
  if (other.includes(word)) return true;
  if (word.length < 3 || word[0] !== other[0]) return false;
  let at = 0;
  for (const letter of other) if (letter === word[at]) at++;
  return at === word.length;
}

/** Load the newest talks; with a text, those that have all of it in this order, or one of its words. */
async function load(text, update) {
  const typed = text.trim();
  const parts = typed.split(/\s+/).filter((word) => word.length > 1).sort((a, b) => b.length - a.length);
  const asked = typed.length === 1 ? [] : [...new Set([typed, ...parts.slice(0, ASKED)])];
  try {
    const pages = await Promise.all(asked.map((q) => get("jobs", { query: { limit: TALKS, q, source_job_id: "none" } })));
    for (const job of pages.flatMap((page) => page.jobs)) state.talks.set(job.job_id, job);
    state.problem = "";
  } catch (error) {
    state.problem = error.message;
  }
  update();
}

/** Forget what was typed, however the palette was closed. */
function closed(event) {
  clearTimeout(timer);
  Object.assign(state, { text: "", chosen: "", talks: new Map(), problem: "" });
  if (event.target.isConnected && keyboard.isShown("palette")) keyboard.show("");
}

function help(update) {
  const end = () => keyboard.isShown("help") && keyboard.show("");
  const ask = async () => {
    try {
      ({ questions: state.questions } = await import("../help.js"));
    } catch {
      state.unloaded = true;
    }
    update();
  };
  return html`<dialog class="dialog help" aria-labelledby="help" ${opened(ask)} @close=${end} @click=${aside}>
      <form method="dialog" class="help-head"><h2 id="help">${t.help.title}</h2><button class="button">${t.help.close}</button></form>
      ${state.questions?.map(({ question, answer }) => html`<section><h3>${question}</h3>${answer.map((paragraph) => html`<p>${paragraph.split("*").map((part, n) => (n % 2 ? html`<b>${part}</b>` : part))}</p>`)}</section>`) ?? (state.unloaded ? notice(t.help.unloaded, "error") : nothing)}
      <section><h3>${t.keys.title}</h3>
        <dl class="keys">
          <dt><kbd>${keyboard.PALETTE_KEY}</kbd></dt><dd>${t.keys.palette}</dd>
          ${keyboard.all().map((entry) => html`<dt><kbd>${keyName(entry.key)}</kbd></dt><dd>${entry.does}</dd>`)}
        </dl></section>
    </dialog>`;
}

const KEY_NAMES = { " ": t.keys.space, ArrowLeft: "←", ArrowRight: "→" };
const keyName = (key) => KEY_NAMES[key] ?? key;

/** A click beside a dialog closes it. */
const aside = (event) => event.target.localName === "dialog" && event.target.close();
