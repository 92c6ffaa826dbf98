// The words of a clip and around it: one is chosen with the arrows or a click; a word of the clip is
// corrected where it stands, and a clip begins and ends at words.

import { html } from "../../../vendor/lit-html/lit-html.js";
import { clock, fineClock } from "../../format.js";
import { t } from "../../strings.js";
import { endsOf, middle } from "./edits.js";

const AROUND = 40; // words shown before and after the clip, into which it can grow

export function wordsPart({ words, begun, edits, preview, update }) {
  const state = { at: begun.first, edited: -1 };
  const textOf = (n) => edits.now.texts[n] ?? words[n].text;

  function range() {
    const { first, last } = edits.now;
    return [Math.max(0, Math.min(first, begun.first) - AROUND), Math.min(words.length, Math.max(last, begun.last) + AROUND + 1)];
  }

  function select(n, { focus = false } = {}) {
    const [from, to] = range();
    state.at = Math.min(to - 1, Math.max(from, n));
    preview.show(middle(words[state.at]));
    if (focus) focusOn(`[data-word="${state.at}"]`);
  }

  function focusOn(selector, then = () => {}) {
    update();
    // In the same frame as the drawing, and after it: it was asked for first.
    requestAnimationFrame(() => {
      const element = document.querySelector(selector);
      element?.focus();
      if (element) then(element);
    });
  }

  function edit(n) {
    state.edited = n;
    select(n);
    focusOn(".word-input", (input) => input.select());
  }

  function correct(n, text) {
    if (state.edited < 0) return;
    state.edited = -1;
    const value = text.trim();
    if (!value || value === textOf(n)) return update();
    const texts = { ...edits.now.texts, [n]: value };
    if (value === words[n].text) delete texts[n];
    edits.change({ texts });
  }

  /** Move an end by words, or to the word that is chosen. */
  function move(end, n) {
    const { first, last } = edits.now;
    const fits = end === "first" ? n >= 0 && n <= last : n < words.length && n >= first;
    if (!fits || n === edits.now[end]) return;
    edits.change({ [end]: n });
    state.at = n;
    preview.show(middle(words[n]));
  }

  function keyed(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || event.target.matches("input")) return;
    event.preventDefault();
    event.stopPropagation();
    select(state.at + (getComputedStyle(event.currentTarget).direction === "rtl" ? -by : by), { focus: true });
  }

  return {
    keys: [
      { key: "ArrowLeft", does: t.editor.previousWord, run: () => select(state.at - 1, { focus: true }) },
      { key: "ArrowRight", does: t.editor.nextWord, run: () => select(state.at + 1, { focus: true }) },
      { key: "i", does: t.editor.startHere, run: () => move("first", state.at) },
      { key: "o", does: t.editor.endHere, run: () => move("last", state.at) },
      { key: "e", does: t.editor.correct, run: () => isInside(state.at) && edit(state.at) },
    ],
    view() {
      const [from, to] = range();
      return html`<h2 class="small">${t.editor.words} <span class="dim">${t.editor.wordsHint}</span></h2>
        ${ends()}
        <p class="edit-words" dir="auto" @keydown=${keyed}>${words.slice(from, to).map((_word, k) => shown(from + k))}</p>`;
    },
  };

  function isInside(n) {
    return n >= edits.now.first && n <= edits.now.last;
  }

  function shown(n) {
    if (n === state.edited) {
      return html`<input class="word-input" dir="auto" .value=${textOf(n)} size=${Math.max(3, textOf(n).length)} maxlength="100" aria-label=${words[n].text}
        @blur=${(event) => correct(n, event.target.value)} @keydown=${(event) => typed(event, n)}> `;
    }
    const inside = isInside(n);
    const kind = ["word", inside ? "" : "outside", edits.now.texts[n] ? "corrected" : "", n === state.at ? "at" : ""].join(" ");
    return html`<button class=${kind} data-word=${n} tabindex=${n === state.at ? 0 : -1} @click=${() => (inside ? edit(n) : select(n))}>${textOf(n)}</button> `;
  }

  function typed(event, n) {
    if (event.key === "Escape") event.target.value = textOf(n);
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    correct(n, event.target.value);
    focusOn(`[data-word="${n}"]`);
  }

  function ends() {
    const { start, end } = endsOf(words, edits.now);
    const pair = (name, label, time, here) => html`<span class="end"><span>${label} <b>${fineClock(time)}</b></span>
      <button class="icon" aria-label="${label}: ${t.editor.earlier}" title=${t.editor.earlier} @click=${() => move(name, edits.now[name] - 1)}>◂</button>
      <button class="icon" aria-label="${label}: ${t.editor.later}" title=${t.editor.later} @click=${() => move(name, edits.now[name] + 1)}>▸</button>
      <button class="button small" dir="auto" ?disabled=${state.at === edits.now[name]} @click=${() => move(name, state.at)}>${here(textOf(state.at))}</button></span>`;
    return html`<div class="ends">${pair("first", t.editor.start, start, t.editor.startAt)} ${pair("last", t.editor.end, end, t.editor.endAt)} <span class="dim">${clock(end - start)}</span></div>`;
  }
}
