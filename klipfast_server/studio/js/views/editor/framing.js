// Whom the clip shows, shot by shot: a click on a face follows it, a click elsewhere keeps that
// place in the middle, several have a pane each.

import { html, nothing } from "../../../vendor/lit-html/lit-html.js";
import { fineClock, pathOf } from "../../format.js";
import { t } from "../../strings.js";

const MAX_PANES = 4;
const MIN_PART_S = 0.5;
const STEP = 0.02; // distance that an arrow key moves a place, share of the picture
const WIDTH = 640;
const HALVES = [{ x: 0.3, y: 0.5 }, { x: 0.7, y: 0.5 }]; // where nobody is seen
const near = (a, b) => Math.abs(a.x - b.x) < 0.002 && Math.abs(a.y - b.y) < 0.002;
const rounded = (share) => Math.round(Math.min(1, Math.max(0, share)) * 10_000) / 10_000;
const centerOf = (face) => ({ x: rounded(face.x + face.width / 2), y: rounded(face.y + face.height / 2) });
const percent = (share) => `${(100 * share).toFixed(2)}%`;
const placed = ({ x, y, width, height }) => `left: ${percent(x)}; top: ${percent(y)}; width: ${percent(width)}; height: ${percent(height)}`;

/** How each part of a clip is framed: by the choices, elsewhere as it is. */
export function layoutsOf(framing, parts) {
  const named = ({ length }) => (length > 1 ? "split" : length ? "crop" : "fit");
  const chosen = parts.filter((part) => part.points).map(({ start, end, points }) => ({ start, end, layout: named(points) }));
  const found = framing.parts.map((part) => ({ start: part.start_seconds, end: part.end_seconds, layout: part.layout }));
  return [...found.filter((part) => !chosen.some((other) => other.start <= part.start && part.start < other.end)), ...chosen];
}

/** `picture`: the address of a picture of the source, without its moment; null without the source. */
export function framingPart({ picture: url, framing, edits, preview, update }) {
  const picture = url && `${pathOf(url)}&width=${WIDTH}`;
  let several = new Set(); // starts of the parts in which several are being chosen

  function facesOf(part) {
    const at = (part.start + part.end) / 2;
    const shot = framing.shots.find((s) => s.start_seconds <= at && at < s.end_seconds);
    return (shot?.people ?? []).filter((person) => person.seen_from_seconds < part.end && person.seen_until_seconds >= part.start);
  }

  /** The moment that stands for a part: the one that is previewed, if it lies in it. */
  function momentOf(part, faces) {
    if (preview.at > part.start && preview.at < part.end) return preview.at;
    const [from, until] = faces.length ? [Math.max(part.start, ...faces.map((f) => f.seen_from_seconds)), Math.min(part.end, ...faces.map((f) => f.seen_until_seconds))] : [part.start, part.end];
    return from < until ? (from + until) / 2 : (part.start + part.end) / 2;
  }

  function choose(k, points) {
    const parts = edits.now.parts.map((part, n) => (n === k ? { ...part, points } : part));
    const part = parts[k];
    edits.change({ parts });
    if (preview.at <= part.start || preview.at >= part.end) preview.show(momentOf(part, facesOf(part)));
  }

  function pick(k, point) {
    const part = edits.now.parts[k];
    const chosen = part.points ?? [];
    if (!several.has(part.start)) return choose(k, [point]);
    if (chosen.some((other) => near(other, point))) return choose(k, chosen.filter((other) => !near(other, point)));
    if (chosen.length < MAX_PANES) choose(k, [...chosen, point]);
  }

  function sideBySide(k, faces) {
    const part = edits.now.parts[k];
    several.add(part.start);
    const chosen = part.points?.length ? part.points : [];
    const added = faces.map(centerOf).filter((face) => !chosen.some((other) => near(other, face)));
    const points = [...chosen, ...added];
    choose(k, points.length ? points.slice(0, Math.max(2, chosen.length)) : HALVES);
  }

  function one(k, points) {
    several.delete(edits.now.parts[k].start);
    choose(k, points);
  }

  /** Let another choice begin at the previewed moment. */
  function split() {
    const { parts } = edits.now;
    const k = parts.findIndex((part) => preview.at > part.start + MIN_PART_S && preview.at < part.end - MIN_PART_S);
    if (k < 0) return;
    const at = Math.round(preview.at * 1000) / 1000;
    edits.change({ parts: parts.toSpliced(k, 1, { ...parts[k], end: at }, { ...parts[k], start: at }) });
  }

  function clicked(event, k) {
    if (event.target.closest("button")) return;
    const box = event.currentTarget.getBoundingClientRect();
    pick(k, { x: rounded((event.clientX - box.left) / box.width), y: rounded((event.clientY - box.top) / box.height) });
  }

  /** Move a place; a key that repeats may come before the screen is drawn again. */
  function moved(event, k, index) {
    const by = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const { points } = edits.now.parts[k];
    choose(k, points.map((point, n) => (n === index ? { x: rounded(point.x + by[0]), y: rounded(point.y + by[1]) } : point)));
  }

  return {
    view({ start, end }) {
      const { parts } = edits.now;
      if (!parts.length) return nothing;
      return html`<section class="framing">
        <div class="framing-head"><h2 class="small">${t.framing.title} <span class="dim">${t.framing.hint}</span></h2>
          <button class="button" @click=${split}>${t.framing.split}</button></div>
        <ol class="framing-parts">${parts.map((part, k) => (part.end > start && part.start < end ? shown(part, k) : nothing))}</ol>
      </section>`;
    },
  };

  function shown(part, k) {
    const faces = facesOf(part);
    const at = momentOf(part, faces);
    const { points } = part;
    const marks = (points ?? []).filter((point) => !faces.some((face) => near(centerOf(face), point)));
    const many = Boolean(points?.length) && (points.length > 1 || several.has(part.start));
    const number = (point) => (many ? 1 + points.findIndex((other) => near(other, point)) : "");
    return html`<li class=${preview.at > part.start && preview.at < part.end ? "at" : ""}>
      <div class="framing-picture" .style=${`aspect-ratio: ${framing.source_width} / ${framing.source_height}`} @click=${(event) => clicked(event, k)}>
        ${picture ? html`<img src="${picture}&at_seconds=${at.toFixed(2)}" alt="" loading="lazy">` : nothing}
        ${points ? nothing : cropsAt(at).map((crop) => html`<span class="crop" .style=${placed(crop)}></span>`)}
        ${faces.map((face, n) => {
          const point = centerOf(face);
          const pressed = Boolean(points?.some((other) => near(other, point)));
          return html`<button class="face" .style=${placed(face)} aria-pressed=${pressed} aria-label=${t.framing.person(n + 1, faces.length)} title=${t.framing.person(n + 1, faces.length)} @click=${() => pick(k, point)}>${pressed ? number(point) : ""}</button>`;
        })}
        ${marks.map((point) => html`<button class="mark" .style=${`left: ${percent(point.x)}; top: ${percent(point.y)}`} aria-label=${t.framing.place} title=${t.framing.place} @keydown=${(event) => moved(event, k, points.indexOf(point))}
          @click=${() => many && choose(k, points.filter((other) => other !== point))}>${number(point)}</button>`)}
      </div>
      <div class="framing-choice"><button class="linklike time" @click=${() => preview.show(at)}>${fineClock(part.start)}–${fineClock(part.end)}</button>
        <div class="segments" role="group" aria-label=${t.framing.of(fineClock(part.start))}>
          <button aria-pressed=${!points} @click=${() => one(k, null)}>${t.framing.automatic}</button>
          <button aria-pressed=${Boolean(points?.length) && !many} @click=${() => one(k, [points?.[0] ?? (faces[0] ? centerOf(faces[0]) : { x: 0.5, y: 0.5 })])}>${t.framing.one}</button>
          <button aria-pressed=${many} @click=${() => sideBySide(k, faces)}>${t.framing.several}</button>
          <button aria-pressed=${points?.length === 0} @click=${() => one(k, [])}>${t.framing.whole}</button>
        </div>
        ${many ? html`<p class="dim">${t.framing.severalHint}</p>` : nothing}
      </div></li>`;
  }

  function cropsAt(at) {
    const now = framing.parts.find((part) => part.start_seconds <= at && at < part.end_seconds);
    return now && now.layout !== "fit" ? now.crops : [];
  }
}
