// The pieces of a clip as a row under its timeline, in the order in which they play: a clip is
// divided where the preview is, a piece is cut or plays elsewhere, the moment beside it is joined.

import { html, nothing } from "../../../vendor/lit-html/lit-html.js";
import { clock } from "../../format.js";
import { t } from "../../strings.js";
import { cut, endsOf, isStruck, middle } from "./edits.js";
import { goesOn, join, move, split, within } from "./pieces.js";

const MAX_CLIP_S = 180;

/** `moments`: those of the talk near the clip; `select(from, to)` selects words. */
export function partsPart({ words, moments, edits, preview, select }) {
  let chosen = 0; // which piece, as they play
  let dragged = -1;

  const ends = () => endsOf(words, edits.now);
  const shown = () => within(edits.now.pieces, ends());
  const wordsOf = ({ start, end }) => [words.findIndex((word) => middle(word) >= start), words.findLastIndex((word) => middle(word) < end)];
  const between = (n) => (words[n].end_seconds + words[n + 1].start_seconds) / 2;

  function choose(n) {
    chosen = n;
    const piece = shown()[n];
    const [from, to] = wordsOf(piece);
    if (from <= to) select(from, to);
    preview.show(piece.start);
  }

  /** Divide the clip before the word that the preview has reached. */
  function splitHere() {
    const { first, last, pieces } = edits.now;
    if (first === last) return;
    let before = first;
    while (before < last - 1 && words[before + 1].end_seconds <= preview.at) before++;
    const divided = split(pieces, between(before));
    if (divided !== pieces) edits.change({ pieces: divided });
  }

  function moveTo(n, to) {
    const all = shown();
    if (n === to || !all[n] || !all[to]) return;
    edits.change({ pieces: move(edits.now.pieces, all[n].at, all[to].at) });
    choose(to);
  }

  const after = () => moments.filter((moment) => moment.start_seconds >= ends().end - 0.2).sort((a, b) => a.start_seconds - b.start_seconds)[0];
  const before = () => moments.filter((moment) => moment.end_seconds <= ends().start + 0.2).sort((a, b) => b.end_seconds - a.end_seconds)[0];
  const fits = (moment) => moment && (preview.duration ?? 0) + moment.end_seconds - moment.start_seconds <= MAX_CLIP_S;

  /** Let the clip reach to a moment, without what lies between. */
  function reach(moment) {
    const { first, last, cuts, pieces } = edits.now;
    const [from, to] = wordsOf({ start: moment.start_seconds, end: moment.end_seconds });
    const [left, right] = from > last ? [last, from] : [to, first];
    const open = right - left > 1 ? cut(cuts, words[left + 1].start_seconds, words[right - 1].end_seconds) : cuts;
    edits.change({ first: Math.min(first, from), last: Math.max(last, to), cuts: open, pieces: split(pieces, between(left)) });
    preview.show(words[Math.max(0, left - 2)].start_seconds);
  }

  function piece(part, n, all) {
    const said = words.filter((word) => middle(word) >= part.start && middle(word) < part.end && !isStruck(edits.now, word));
    return html`<li .style=${`flex-grow: ${part.end - part.start}`}><button class="piece" draggable="true" dir="auto" aria-pressed=${n === chosen} aria-label=${t.editor.part(n + 1, all.length, said[0]?.text ?? "")}
      @click=${() => choose(n)} @dragstart=${() => (dragged = n)} @dragover=${(event) => event.preventDefault()} @drop=${(event) => (event.preventDefault(), moveTo(dragged, n))}>${said.slice(0, 6).map((word) => word.text).join(" ")}</button></li>`;
  }

  const button = (text, run, title = nothing) => html`<button class="button small" title=${title} @click=${run}>${text}</button>`;

  return {
    keys: [{ key: "s", does: t.editor.split, run: splitHere }],
    view() {
      const all = shown();
      const many = all.length > 1;
      chosen = Math.min(chosen, all.length - 1);
      const beside = [["joinBefore", before()], ["joinAfter", after()]].filter(([, moment]) => fits(moment));
      return html`${many ? html`<ol class="pieces" aria-label=${t.editor.parts}>${all.map(piece)}</ol>` : nothing}
        <div class="actions word-actions">${button(t.editor.split, splitHere)}
          ${many && chosen > 0 ? button(t.editor.partEarlier, () => moveTo(chosen, chosen - 1)) : nothing}
          ${many && chosen < all.length - 1 ? button(t.editor.partLater, () => moveTo(chosen, chosen + 1)) : nothing}
          ${chosen < all.length - 1 && goesOn(edits.now.pieces, all[chosen].at) ? button(t.editor.unsplit, () => edits.change({ pieces: join(edits.now.pieces, all[chosen].at) })) : nothing}
          ${beside.map(([name, moment]) => button(t.editor[name], () => reach(moment), moment.title))}</div>`;
    },
  };
}
