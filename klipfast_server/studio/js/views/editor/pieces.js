// The pieces that a clip is divided into, in the order in which they play. They hold all of it: the
// first in the talk begins with the clip, and the last ends with it. Nothing here draws.

export const WHOLE = [{ start: -Infinity, end: Infinity }];
const APART_S = 0.001;

const asSpoken = (pieces) => pieces.toSorted((a, b) => a.start - b.start);

/** The pieces of `parts` as a render has them, and what lies between these. */
export function read(parts) {
  if (parts.length < 2) return { pieces: WHOLE, gaps: [] };
  const pieces = parts.map((part) => ({ start: part.start_seconds, end: part.end_seconds }));
  const spoken = asSpoken(pieces);
  const gaps = spoken.slice(1).map((piece, n) => ({ start: spoken[n].end, end: piece.start }));
  for (const [n, piece] of spoken.entries()) if (n) spoken[n - 1].end = piece.start;
  spoken[0].start = -Infinity;
  spoken.at(-1).end = Infinity;
  return { pieces, gaps: gaps.filter((gap) => gap.end - gap.start > APART_S) };
}

/** Divide the piece that holds a moment there. */
export function split(pieces, at) {
  const n = pieces.findIndex((piece) => piece.start < at && at < piece.end);
  return n < 0 ? pieces : pieces.toSpliced(n, 1, { ...pieces[n], end: at }, { ...pieces[n], start: at });
}

/** Let a piece play elsewhere: at place `to`. */
export const move = (pieces, n, to) => pieces.toSpliced(n, 1).toSpliced(to, 0, pieces[n]);

/** Whether a piece goes on in the one that plays after it. */
export const goesOn = (pieces, n) => n + 1 < pieces.length && pieces[n].end === pieces[n + 1].start;

/** Make one piece of a piece and the one that plays after it. */
export const join = (pieces, n) => pieces.toSpliced(n, 2, { start: pieces[n].start, end: pieces[n + 1].end });

/** The pieces within a clip's ends, each with its place `at` among all. */
export const within = (pieces, { start, end }) =>
  pieces.map((piece, at) => ({ start: Math.max(start, piece.start), end: Math.min(end, piece.end), at })).filter((piece) => piece.end - piece.start > APART_S);

/** `parts` of a render: none where the pieces play as they were said. */
export function written(pieces, ends) {
  const spoken = asSpoken(pieces);
  if (pieces.every((piece, n) => piece === spoken[n])) return [];
  return within(pieces, ends);
}
