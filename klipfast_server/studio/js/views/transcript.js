// The transcript: search, speakers, the spoken word lit; a click on a word goes there, and what is
// selected or double-clicked can be corrected.
//
// The words are made once, as plain elements: hours of talk have a hundred thousand of them, and the
// browser leaves out what is not in view (content-visibility). One of them can be reached with Tab, and
// the arrows go on from there.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { clock } from "../format.js";
import { t } from "../strings.js";
import { MOST_WORDS } from "./corrections.js";

const SETTLED_MS = 150; // after which a selection is one

export function transcriptPart({ seek, rename, correct, update }) {
  let words = []; // { text, heard, start, end, sentence, element }
  let language = "";
  let list = null;
  let lit = -1;
  let reached = 0; // the word that Tab leads to
  let text = "";
  let found = [];
  let correcting = false; // a click corrects, for fingers
  let picked = null; // { first, last, style } of the words that are selected
  let settling = 0;

  function load(spoken, speakers) {
    list = document.createElement("div");
    list.className = "transcript";
    list.classList.toggle("correcting", correcting);
    words = [];
    [language, lit, found, picked] = [spoken.language, -1, [], null];
    let paragraph = null;
    let speaker;
    let n = 0;
    spoken.sentences.forEach((sentence, index) => {
      if (sentence.speaker !== speaker || !paragraph) {
        speaker = sentence.speaker;
        paragraph = row(sentence, speakers.indexOf(speaker));
        list.append(paragraph);
      }
      const line = paragraph.querySelector("p");
      for (; n < spoken.words.length && middle(spoken.words[n]) < sentence.end_seconds + 0.01; n++) {
        const { text, heard, start_seconds, end_seconds } = spoken.words[n];
        const element = document.createElement("span");
        element.textContent = text;
        element.dataset.n = words.length;
        if (heard) {
          element.className = "fixed";
          element.title = t.corrections.wasHeard(heard);
        }
        line.append(element, " ");
        words.push({ text, heard, start: start_seconds, end: end_seconds, sentence: index, element });
      }
    });
    reach(Math.min(reached, words.length - 1));
    list.addEventListener("click", (event) => {
      const n = numberOf(event.target);
      if (n === null || String(getSelection()).length) return;
      if (correcting) ask({ first: n, last: n });
      else seek(words[n].start);
    });
    list.addEventListener("dblclick", (event) => {
      const n = numberOf(event.target);
      if (n !== null) ask({ first: n, last: n });
    });
    list.addEventListener("focusin", (event) => {
      const n = numberOf(event.target);
      if (n !== null) reach(n);
    });
    list.addEventListener("keydown", press);
  }

  const middle = (word) => (word.start_seconds + word.end_seconds) / 2;
  const numberOf = (node) => (node.dataset?.n === undefined ? null : Number(node.dataset.n));

  function ask(range) {
    getSelection().removeAllRanges();
    picked = null;
    correct(words, range, language);
  }

  /** Make a word the one that Tab leads to. */
  function reach(n) {
    const [before, next] = [words[reached]?.element, words[Math.max(0, n)]?.element];
    reached = Math.max(0, n);
    if (next?.role === "button") return; // without its tabindex it would lose the focus
    before?.removeAttribute("tabindex");
    before?.removeAttribute("role");
    if (next) [next.tabIndex, next.role] = [0, "button"];
  }

  function press(event) {
    const n = numberOf(event.target);
    if (n === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key !== "Enter" && !step) return;
    event.preventDefault();
    event.stopPropagation(); // else the arrows seek
    if (event.key === "Enter") return ask(selected() ?? { first: n, last: n });
    const rightToLeft = getComputedStyle(event.target.parentElement).direction === "rtl";
    const next = words[n + (rightToLeft ? -step : step)]?.element;
    if (!next) return;
    const selection = getSelection();
    if (event.shiftKey) {
      const from = selection.isCollapsed || !list.contains(selection.anchorNode) ? event.target : selection.anchorNode.parentElement;
      const forward = numberOf(from) <= numberOf(next);
      selection.setBaseAndExtent(from.firstChild, forward ? 0 : from.textContent.length, next.firstChild, forward ? next.textContent.length : 0);
    } else selection.removeAllRanges();
    reach(numberOf(next));
    next.focus();
  }

  /** The words that are selected, of one sentence; null without any. */
  function selected() {
    const selection = getSelection();
    if (!list?.isConnected || selection.isCollapsed || !selection.rangeCount) return null;
    const range = selection.getRangeAt(0);
    if (!list.contains(range.commonAncestorContainer)) return null;
    const from = wordAt(range.startContainer, range.startOffset, "nextElementSibling");
    const to = wordAt(range.endContainer, range.endOffset, "previousElementSibling");
    if (from === null || to === null || to < from) return null;
    let last = from;
    while (last < to && words[last + 1].sentence === words[from].sentence && last - from + 1 < MOST_WORDS) last++;
    return { first: from, last };
  }

  /** The number of the word that a selection starts or ends in, or of the next one inside it. */
  function wordAt(node, offset, further) {
    const isStart = further === "nextElementSibling";
    let element = node.nodeType === Node.TEXT_NODE ? node.parentElement : (node.childNodes[isStart ? offset : offset - 1] ?? node);
    if (numberOf(element) === null) element = node.nodeType === Node.TEXT_NODE ? node[further] : element[further];
    else if (node.nodeType === Node.TEXT_NODE && offset === (isStart ? node.length : 0)) element = element[further];
    return element ? numberOf(element) : null;
  }

  /** Offer to correct what is selected, beside its end. */
  function pick() {
    clearTimeout(settling);
    settling = setTimeout(() => {
      const range = selected();
      if (!range && !picked) return;
      picked = range && { ...range, style: besides(words[range.last].element) };
      update();
    }, SETTLED_MS);
  }

  function besides(element) {
    const [at, box] = [element.getBoundingClientRect(), list.getBoundingClientRect()];
    return `top: ${at.bottom - box.top + 4}px; left: ${Math.max(0, Math.min(at.left - box.left, box.width - 130))}px`;
  }

  document.addEventListener("selectionchange", pick);

  function row(sentence, color) {
    const section = document.createElement("section");
    const who = document.createElement("div");
    who.className = "who";
    const name = document.createElement("b");
    name.dir = "auto";
    name.textContent = sentence.speaker ?? t.talk.unknownSpeaker;
    name.className = `speaker-${(Math.max(0, color) % 6) + 1}`;
    const time = document.createElement("span");
    time.className = "dim";
    time.textContent = clock(sentence.start_seconds);
    who.append(name, time);
    const line = document.createElement("p");
    line.dir = "auto";
    section.append(who, line);
    return section;
  }

  /** The last word that starts at `time` or before; -1 before the first. */
  function numberAt(time) {
    let [low, high] = [0, words.length];
    while (low < high) {
      const half = (low + high) >> 1;
      if (words[half].end <= time) low = half + 1;
      else high = half;
    }
    return words[low] && words[low].start <= time ? low : -1;
  }

  /** Light the word that is spoken at `time`. */
  function show(time) {
    const next = numberAt(time);
    if (next === lit) return;
    words[lit]?.element.classList.remove("now");
    words[next]?.element.classList.add("now");
    lit = next;
    if (next >= 0 && !list.contains(document.activeElement)) reach(next);
  }

  function search(event) {
    for (const n of found) words[n].element.classList.remove("found");
    text = event.target.value.trim().toLocaleLowerCase();
    const parts = text.split(/\s+/).filter(Boolean);
    found = [];
    for (let n = 0; parts.length && n + parts.length <= words.length; n++) {
      if (parts.every((part, k) => words[n + k].element.textContent.toLocaleLowerCase().includes(part))) {
        for (let k = 0; k < parts.length; k++) found.push(n + k);
      }
    }
    for (const n of found) words[n].element.classList.add("found");
    words[found[0]]?.element.scrollIntoView({ block: "center" });
    update();
  }

  const places = () => found.length / Math.max(1, text.split(/\s+/).filter(Boolean).length);

  function submit(event, speaker) {
    event.preventDefault();
    rename(speaker.label, new FormData(event.target).get("name").trim());
    event.target.closest("details").open = false;
  }

  function toggle() {
    correcting = !correcting;
    list.classList.toggle("correcting", correcting);
    update();
  }

  return {
    load,
    show,
    close: () => {
      clearTimeout(settling);
      document.removeEventListener("selectionchange", pick);
    },
    /** Where the first visible word stands, to be scrolled back to. */
    place() {
      const word = words.find(({ element }) => element.getBoundingClientRect().top > 80) ?? words[0];
      return word && { time: word.start, top: word.element.getBoundingClientRect().top };
    },
    /** Scroll to where it stood, and focus the word that starts at `start`. */
    restore(place, start) {
      if (start !== null) {
        const n = words.findIndex((word) => word.start >= start - 0.002);
        if (n >= 0) {
          reach(n);
          words[n].element.focus({ preventScroll: true });
        }
      }
      const word = words.find(({ start: begins }) => begins >= place.time - 0.002);
      if (word) scrollBy({ top: word.element.getBoundingClientRect().top - place.top, behavior: "instant" });
    },
    view: (speakers, corrections) => html`
      <div class="tools">
        <input type="search" placeholder=${t.talk.search} aria-label=${t.talk.search} @input=${search}>
        <span class="dim" role="status">${text ? t.talk.found(places()) : nothing}</span>
        <button class="button" aria-pressed=${correcting} @click=${toggle}>${t.corrections.mode}</button>
        ${speakers.map(
          (speaker) => html`<details class="speaker"><summary><span dir="auto">${speaker.name ?? speaker.label}</span> ✎</summary>
            <form @submit=${(event) => submit(event, speaker)}><label>${t.talk.nameOf(speaker.label)}<input name="name" maxlength="80" dir="auto" .value=${speaker.name ?? speaker.suggested_name ?? ""}></label><button class="button">${t.talk.save}</button></form></details>`,
        )}
      </div>
      <p class="dim hint">${correcting ? t.corrections.hintMode : t.corrections.hint}</p>
      ${corrections}
      <div class="transcript-box">${list}
        ${picked ? html`<button class="button primary pick" .style=${picked.style} @pointerdown=${(event) => { event.preventDefault(); ask(picked); }} @click=${() => picked && ask(picked)}>${t.corrections.pick}</button>` : nothing}</div>`,
  };
}
