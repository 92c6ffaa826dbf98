// The words of a clip and around it: some are selected with the arrows or the pointer, to be cut,
// restored or corrected, and a clip begins and ends at words. The one that is spoken lights up.

import { html, nothing } from "../../../vendor/lit-html/lit-html.js";
import { clock, fineClock } from "../../format.js";
import { t } from "../../strings.js";
import { cut, endsOf, isStruck, middle, restore } from "./edits.js";

const AROUND = 40; // words shown before and after the clip, into which it can grow
const PAUSE_S = 0.5; // a longer one is offered to be cut
const BREATH_S = 0.15; // that stays beside a word where a pause is cut

/** `suggested`: fillers and repetitions of the talk. */
export function wordsPart({ words, begun, suggested, edits, preview, update }) {
  const state = { at: begun.first, from: begun.first, edited: -1 };
  const textOf = (n) => edits.now.texts[n] ?? words[n].text;
  const isInside = (n) => n >= edits.now.first && n <= edits.now.last;
  const isSelected = (n) => n >= Math.min(state.at, state.from) && n <= Math.max(state.at, state.from);
  let spoken = -1;

  function range() {
    const { first, last } = edits.now;
    return [Math.max(0, Math.min(first, begun.first) - AROUND), Math.min(words.length, Math.max(last, begun.last) + AROUND + 1)];
  }

  /** Select a word, or with `more` all from the first one selected to it. */
  function select(n, { focus = false, more = false } = {}) {
    const [from, to] = range();
    state.at = Math.min(to - 1, Math.max(from, n));
    if (!more) state.from = state.at;
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
    select(n);
  }

  const selected = () => [Math.min(state.at, state.from), Math.max(state.at, state.from)];

  /** Cut the words that are selected, or restore them where all are cut. */
  function strike() {
    const [from, to] = selected().map((n) => Math.min(edits.now.last, Math.max(edits.now.first, n)));
    const some = words.slice(from, to + 1);
    if (some.every((word) => isStruck(edits.now, word))) {
      const [start, end] = [words[from - 1]?.end_seconds ?? 0, words[to + 1]?.start_seconds ?? words[to].end_seconds];
      edits.change({ cuts: restore(edits.now.cuts, Math.min(start, words[from].start_seconds), Math.max(end, words[to].end_seconds)) });
    } else {
      edits.change({ cuts: cut(edits.now.cuts, words[from].start_seconds, words[to].end_seconds) });
      preview.show(words[Math.max(edits.now.first, from - 2)].start_seconds); // to hear the joint
    }
  }

  /** What is offered to be cut at once, by kind: parts within the clip that are not cut yet. */
  function offers() {
    const { first, last, cuts } = edits.now;
    const inside = words.slice(first, last + 1);
    const pauses = inside.slice(1).map((word, n) => ({ start: inside[n].end_seconds + BREATH_S, end: word.start_seconds - BREATH_S }));
    const named = (reason) => suggested.filter((part) => part.reason === reason).map((part) => ({ start: part.start_seconds, end: part.end_seconds }));
    const isOpen = ({ start, end }) => start >= inside[0].start_seconds && end <= inside.at(-1).end_seconds && !cuts.some((other) => other.start < end && start < other.end);
    const found = { filler: named("filler"), repetition: named("repetition"), pause: pauses.filter(({ start, end }) => end - start > PAUSE_S - 2 * BREATH_S) };
    return Object.entries(found).map(([kind, parts]) => [kind, parts.filter(isOpen)]).filter(([, parts]) => parts.length);
  }

  const cutAll = (parts) => edits.change({ cuts: parts.reduce((cuts, { start, end }) => cut(cuts, start, end), edits.now.cuts) });

  function keyed(event) {
    if (event.target.matches("input")) return;
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by) {
      const turned = getComputedStyle(event.currentTarget).direction === "rtl" ? -by : by;
      select(state.at + turned, { focus: true, more: event.shiftKey });
    } else if (event.key === "Enter" && isInside(state.at)) edit(state.at);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  const wordUnder = (event) => {
    const element = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-word]");
    return element ? Number(element.dataset.word) : -1;
  };

  /** Select by drawing the pointer over words; a finger scrolls instead, and selects by "through here". */
  function drawn(event) {
    const n = event.buttons === 1 && event.pointerType !== "touch" ? wordUnder(event) : -1;
    if (n < 0 || n === state.at) return;
    event.preventDefault();
    select(n, { more: true });
  }

  return {
    keys: [
      { key: "ArrowLeft", does: t.editor.previousWord, run: () => select(state.at - 1, { focus: true }) },
      { key: "ArrowRight", does: t.editor.nextWord, run: () => select(state.at + 1, { focus: true }) },
      { key: "i", does: t.editor.startHere, run: () => move("first", state.at) },
      { key: "o", does: t.editor.endHere, run: () => move("last", state.at) },
      { key: "e", does: t.editor.correct, run: () => isInside(state.at) && edit(state.at) },
      { key: "Delete", does: t.editor.strike, run: strike },
      { key: "Backspace", does: t.editor.strike, run: strike },
    ],
    /** Select the words from one to another. */
    take(from, to) {
      [state.from, state.at] = [from, to];
      update();
    },
    /** Let the clip begin ("start") or end at the word nearest to a moment. */
    pull(end, at) {
      const nearest = words.reduce((best, word, n) => (Math.abs(middle(word) - at) < Math.abs(middle(words[best]) - at) ? n : best), 0);
      move(end === "start" ? "first" : "last", nearest);
    },
    /** Light up the word that is spoken at a moment. */
    follow(at) {
      const now = words.findIndex((word, n) => word.start_seconds <= at && at < (words[n + 1]?.start_seconds ?? word.end_seconds));
      if (now === spoken) return;
      spoken = now;
      document.querySelector(".word.spoken")?.classList.remove("spoken");
      const element = document.querySelector(`[data-word="${now}"]`);
      element?.classList.add("spoken");
    },
    view() {
      const [from, to] = range();
      const [first, last] = selected();
      const some = words.slice(first, last + 1);
      const label = some.every((word) => isStruck(edits.now, word)) ? t.editor.restore : t.editor.cut;
      const isOut = last < edits.now.first || first > edits.now.last;
      return html`<h2 class="small">${t.editor.words} <span class="dim">${t.editor.wordsHint}</span></h2>
        ${ends()}
        <p class="edit-words" dir="auto" @keydown=${keyed} @pointermove=${drawn}>${words.slice(from, to).map((_word, k) => shown(from + k))}</p>
        <div class="actions word-actions">
          <button class="button small" ?disabled=${isOut} @click=${strike}>${label(some.length)}</button>
          <button class="button small" ?disabled=${isOut} @click=${() => edit(state.at)}>${t.editor.correctWord}</button>
          ${offers().map(([kind, parts]) => html`<button class="button small" @click=${() => cutAll(parts)}>${t.editor.cutAll[kind](parts.length)}</button>`)}
          ${edits.now.cuts.length ? html`<button class="button small" @click=${() => edits.change({ cuts: [] })}>${t.editor.restoreAll}</button>` : nothing}
        </div>`;
    },
  };

  function shown(n) {
    if (n === state.edited) {
      return html`<input class="word-input" dir="auto" .value=${textOf(n)} size=${Math.max(3, textOf(n).length)} maxlength="100" aria-label=${words[n].text}
        @blur=${(event) => correct(n, event.target.value)} @keydown=${(event) => typed(event, n)}> `;
    }
    const isCut = isInside(n) && isStruck(edits.now, words[n]);
    const marks = { outside: !isInside(n), struck: isCut, corrected: edits.now.texts[n], at: isSelected(n), spoken: n === spoken };
    const kind = ["word", ...Object.keys(marks).filter((name) => marks[name])].join(" ");
    return html`<button class=${kind} data-word=${n} tabindex=${n === state.at ? 0 : -1} aria-pressed=${isSelected(n)} aria-description=${isCut ? t.editor.isCut : nothing}
      @click=${(event) => select(n, { more: event.shiftKey })} @dblclick=${() => isInside(n) && edit(n)}>${textOf(n)}</button> `;
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
    return html`<div class="ends">${pair("first", t.editor.start, start, t.editor.startAt)} ${pair("last", t.editor.end, end, t.editor.endAt)} <span class="dim">${clock(preview.duration ?? end - start)}</span></div>`;
  }
}
