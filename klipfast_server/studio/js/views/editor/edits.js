// What is changed in a clip: its words, ends, cuts, look and framing; with undo. Nothing here draws.

import { read, written } from "./pieces.js";

const SLACK_S = 0.08; // from a word to the cut beside it
const KEPT = ["aspect_ratio", "layout", "motion", "safe_area", "hook_title", "emphasis", "emoji", "clean_video", "remove_fillers"]; // as they are called in a job
const LOOK = ["title", "caption_style", "brand_id", "remove_silences", ...KEPT];

export const middle = (word) => (word.start_seconds + word.end_seconds) / 2;
const rounded = (seconds) => Math.round(seconds * 1000) / 1000;

/** The clip as it is: `now`, which is replaced by each change and never changed itself. */
export function begin({ clip, options, words, own_words: own, cuts, parts = [], framing }) {
  const corrected = own.flatMap((word) => {
    const n = words.findIndex((heard) => Math.abs(heard.start_seconds - word.start_seconds) < 0.002);
    return n >= 0 && words[n].text !== word.text ? [[n, word.text]] : [];
  });
  const { pieces, gaps } = read(parts);
  const begun = {
    first: words.findIndex((word) => middle(word) >= clip.start_seconds),
    last: words.findLastIndex((word) => middle(word) <= clip.end_seconds),
    texts: Object.fromEntries(corrected),
    title: clip.title,
    caption_style: clip.caption_style,
    brand_id: options.brand_id ?? "none",
    remove_silences: options.remove_silences ?? "keep",
    parts: partsOf(framing),
    pieces,
    cuts: gaps.reduce((all, gap) => cut(all, gap.start, gap.end), cuts.map((part) => ({ start: part.start_seconds, end: part.end_seconds }))),
    ...Object.fromEntries(KEPT.map((name) => [name, options[name]])),
  };
  return { words, begun };
}

/** The parts of a clip with a framing of their own: its shots, and the ranges the user chose. */
function partsOf({ shots, chosen }) {
  if (!shots.length) return [];
  const ends = chosen.flatMap((choice) => [choice.start_seconds, choice.end_seconds]);
  const [from, to] = [shots[0].start_seconds, shots.at(-1).end_seconds];
  const borders = [...new Set([...shots.map((shot) => shot.start_seconds), ...ends.filter((time) => time > from && time < to), to])];
  borders.sort((a, b) => a - b);
  return borders.slice(0, -1).map((start, k) => {
    const at = (start + borders[k + 1]) / 2;
    const holding = chosen.filter((choice) => choice.start_seconds <= at && at < choice.end_seconds);
    return { start, end: borders[k + 1], points: holding.at(-1)?.points ?? null };
  });
}

/** Where the clip begins and ends: between two words, close to the one that stays. */
export function endsOf(words, { first, last }) {
  return {
    start: rounded(Math.max(words[first - 1]?.end_seconds ?? 0, words[first].start_seconds - SLACK_S)),
    end: rounded(Math.min(words[last + 1]?.start_seconds ?? Infinity, words[last].end_seconds + SLACK_S)),
  };
}

/** Whether a word is struck: its middle is in a cut. */
export const isStruck = ({ cuts }, word) => cuts.some((cut) => cut.start <= middle(word) && middle(word) < cut.end);

/** The cuts with a further part. */
export function cut(cuts, start, end) {
  const apart = cuts.filter((other) => other.end < start || end < other.start);
  const touched = cuts.filter((other) => !apart.includes(other));
  const all = { start: Math.min(start, ...touched.map((c) => c.start)), end: Math.max(end, ...touched.map((c) => c.end)) };
  return [...apart, all].sort((a, b) => a.start - b.start);
}

/** The cuts without a part, which is restored. */
export const restore = (cuts, start, end) =>
  cuts.flatMap((other) => [
    { start: other.start, end: Math.min(other.end, start) },
    { start: Math.max(other.start, end), end: other.end },
  ]).filter((part) => part.end - part.start > 0.001);

/** The body of a render: only what differs. */
export function changesOf({ words, begun }, now) {
  const body = {};
  for (const name of LOOK) if (now[name] !== begun[name]) body[name] = now[name];
  const ends = endsOf(words, now);
  if (now.first !== begun.first) body.start_seconds = ends.start;
  if (now.last !== begun.last) body.end_seconds = ends.end;
  if (now.texts !== begun.texts) {
    body.words = words.slice(now.first, now.last + 1).map((word, k) => ({
      text: now.texts[now.first + k] ?? word.text,
      start_seconds: word.start_seconds,
      end_seconds: word.end_seconds,
    }));
  }
  if (now.cuts !== begun.cuts) body.cuts = now.cuts.map(({ start, end }) => ({ start_seconds: rounded(start), end_seconds: rounded(end) }));
  const order = written(now.pieces, ends);
  if (JSON.stringify(order) !== JSON.stringify(written(begun.pieces, ends))) body.parts = order.map(({ start, end }) => ({ start_seconds: rounded(start), end_seconds: rounded(end) }));
  if (now.parts !== begun.parts) {
    const chosen = now.parts.filter((part) => part.points);
    body.framing = chosen.map(({ start, end, points }) => ({ start_seconds: start, end_seconds: end, points }));
  }
  return body;
}

/** The changes so far, each of which can be taken back. */
export function history(begun, changed) {
  let [past, future] = [[], []];
  const edits = {
    now: begun,
    get canUndo() {
      return past.length > 0;
    },
    get canRedo() {
      return future.length > 0;
    },
    change(difference) {
      past.push(edits.now);
      future = [];
      edits.now = { ...edits.now, ...difference };
      changed();
    },
    undo: () => step(past, future),
    redo: () => step(future, past),
  };
  function step(from, to) {
    if (!from.length) return;
    to.push(edits.now);
    edits.now = from.pop();
    changed();
  }
  return edits;
}
