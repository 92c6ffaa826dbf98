// <talk-timeline>: the talk as a picture. Chapters, waveform in the speakers' colors, the worth of
// each sentence, clips, what else was weighed. Only what is in view is drawn, so that four hours
// scroll as smoothly as four minutes.
//
// Properties: talk { duration, waveform, step, sentences, speakers, clips, candidates, chapters },
// position (s), selection ({ from, to } or null). Events: seek, select, point (what is under the
// pointer), with their data in `detail`.

import { clock } from "../format.js";

const LANES = { chapters: [4, 16], wave: [24, 76], worth: [106, 34], clips: [146, 16], candidates: [166, 10], axis: [180, 18] };
const HEIGHT = 200;
const DRAG_PX = 4; // from which a click is a drag
const EDGE_PX = 6; // around an end of the selection, where it is taken hold of
const MAX_PX_PER_S = 60;
const TICKS_S = [1, 5, 10, 30, 60, 300, 600, 1800, 3600];

class TalkTimeline extends HTMLElement {
  #talk = null;
  #position = 0;
  #selection = null;
  #pxPerS = 0; // 0: all of it fits
  #drawing = 0;
  #held = null;
  #colors = null;

  connectedCallback() {
    if (this.canvas) return;
    this.scroller = document.createElement("div");
    this.scroller.className = "timeline-scroller";
    this.scroller.tabIndex = 0;
    this.spacer = document.createElement("div");
    this.canvas = document.createElement("canvas");
    this.spacer.append(this.canvas);
    this.scroller.append(this.spacer);
    this.append(this.scroller);
    this.scroller.addEventListener("scroll", () => this.#redraw(), { passive: true });
    this.scroller.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.canvas.addEventListener("pointerdown", (event) => this.#down(event));
    this.canvas.addEventListener("pointermove", (event) => this.#move(event));
    this.canvas.addEventListener("pointerup", (event) => this.#up(event));
    this.canvas.addEventListener("pointercancel", () => (this.#held = null));
    this.canvas.addEventListener("pointerleave", () => this.#tell("point", null));
    this.resized = new ResizeObserver(() => this.#layout());
    this.resized.observe(this.scroller);
    this.themed = new MutationObserver(() => { this.#colors = null; this.#redraw(); });
    this.themed.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  }

  disconnectedCallback() {
    this.resized?.disconnect();
    this.themed?.disconnect();
  }

  set talk(talk) {
    if (talk === this.#talk) return;
    this.#talk = talk;
    this.#layout();
  }

  set position(seconds) {
    this.#position = seconds;
    this.#redraw();
  }

  set selection(selection) {
    this.#selection = selection;
    this.#redraw();
  }

  set label(text) {
    if (this.scroller) this.scroller.setAttribute("aria-label", text);
  }

  /** Show more or less of the talk at once, around the middle of what is shown. */
  zoom(factor) {
    const fit = this.#fit();
    const middle = this.#time(this.scroller.clientWidth / 2);
    const wanted = Math.min(MAX_PX_PER_S, (this.#pxPerS || fit) * factor);
    this.#pxPerS = wanted <= fit ? 0 : wanted;
    this.#layout();
    this.scroller.scrollLeft = middle * this.#scale() - this.scroller.clientWidth / 2;
  }

  /** Bring a time into view. */
  show(seconds) {
    const x = seconds * this.#scale() - this.scroller.scrollLeft;
    if (x < 0 || x > this.scroller.clientWidth) this.scroller.scrollLeft += x - this.scroller.clientWidth / 3;
  }

  #fit() {
    return this.scroller.clientWidth / Math.max(1, this.#talk?.duration ?? 1);
  }

  #scale() {
    return this.#pxPerS || this.#fit();
  }

  #time(x) {
    return Math.max(0, Math.min(this.#talk.duration, (x + this.scroller.scrollLeft) / this.#scale()));
  }

  #layout() {
    if (!this.#talk || !this.scroller) return;
    const width = this.scroller.clientWidth;
    const ratio = devicePixelRatio || 1;
    this.spacer.style.width = `${Math.max(width, Math.round(this.#talk.duration * this.#scale()))}px`;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(HEIGHT * ratio);
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${HEIGHT}px`;
    this.#redraw();
  }

  #redraw() {
    this.#drawing ||= requestAnimationFrame(() => {
      this.#drawing = 0;
      if (this.#talk && this.canvas.width) this.#draw();
    });
  }

  #palette() {
    if (!this.#colors) {
      const style = getComputedStyle(this);
      const of = (name) => style.getPropertyValue(name).trim();
      this.#colors = {
        ink: of("--ink"), dim: of("--dim"), line: of("--line"), accent: of("--accent"), accentInk: of("--accent-ink"), select: of("--select"), chip: of("--chip"),
        speakers: [1, 2, 3, 4, 5, 6].map((n) => of(`--speaker-${n}`)),
      };
    }
    return this.#colors;
  }

  #draw() {
    const ratio = devicePixelRatio || 1;
    const g = this.canvas.getContext("2d");
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    const width = this.scroller.clientWidth;
    g.clearRect(0, 0, width, HEIGHT);
    const [from, to] = [this.#time(0), this.#time(width)];
    const x = (seconds) => seconds * this.#scale() - this.scroller.scrollLeft;
    const colors = this.#palette();
    g.font = "12px system-ui, sans-serif";
    g.textBaseline = "middle";
    if (this.#selection) {
      g.fillStyle = colors.select;
      g.fillRect(x(this.#selection.from), 0, x(this.#selection.to) - x(this.#selection.from), HEIGHT);
    }
    this.#drawWave(g, x, from, to, colors);
    this.#drawWorth(g, x, from, to, colors);
    this.#drawChapters(g, x, from, to, colors);
    this.#drawSpans(g, x, from, to, colors);
    this.#drawAxis(g, x, from, to, colors);
    g.fillStyle = colors.ink;
    g.fillRect(x(this.#position) - 0.75, 0, 1.5, LANES.axis[0]);
  }

  #drawWave(g, x, from, to, colors) {
    const { waveform, step, sentences, speakers } = this.#talk;
    const [top, height] = LANES.wave;
    const middle = top + height / 2;
    if (!waveform.length) {
      g.fillStyle = colors.line;
      g.fillRect(Math.max(0, x(from)), middle - 0.5, x(to) - x(from), 1);
    }
    const barS = Math.max(step, 2 / this.#scale()); // two pixels, or one value
    let at = firstAfter(sentences, from);
    for (let time = Math.floor(from / barS) * barS; time < to; time += barS) {
      const [first, end] = [Math.floor(time / step), Math.max(Math.floor(time / step) + 1, Math.floor((time + barS) / step))];
      let peak = 0;
      for (let n = first; n < end && n < waveform.length; n++) peak = Math.max(peak, waveform[n]);
      while (at < sentences.length && sentences[at].end_seconds < time) at++;
      const said = sentences[at] && sentences[at].start_seconds <= time + barS ? sentences[at] : null;
      g.fillStyle = said ? colors.speakers[speakers.indexOf(said.speaker) % colors.speakers.length] ?? colors.accent : colors.dim;
      const tall = Math.max(1, Math.sqrt(peak / 255) * height);
      g.fillRect(x(time), middle - tall / 2, Math.max(1, barS * this.#scale() - 0.75), tall);
    }
  }

  #drawWorth(g, x, from, to, colors) {
    const { sentences } = this.#talk;
    const [top, height] = LANES.worth;
    g.strokeStyle = colors.accent;
    g.lineWidth = 1.5;
    g.beginPath();
    let begun = false;
    for (let n = Math.max(0, firstAfter(sentences, from) - 1); n < sentences.length && sentences[n].start_seconds < to; n++) {
      if (sentences[n].worth === null) continue;
      const y = top + height * (1 - sentences[n].worth);
      const middle = x((sentences[n].start_seconds + sentences[n].end_seconds) / 2);
      begun ? g.lineTo(middle, y) : g.moveTo(middle, y);
      begun = true;
    }
    g.stroke();
  }

  #drawChapters(g, x, from, to, colors) {
    const [top, height] = LANES.chapters;
    g.fillStyle = colors.dim;
    for (const { start_seconds, end_seconds, title } of this.#talk.chapters) {
      if (end_seconds < from || start_seconds > to) continue;
      const left = Math.max(0, x(start_seconds));
      const room = x(end_seconds) - left - 8;
      g.fillRect(x(start_seconds), top, 1, height);
      if (room > 24) g.fillText(shortened(g, title, room), left + 5, top + height / 2);
    }
  }

  #drawSpans(g, x, from, to, colors) {
    for (const [lane, spans, color] of [["clips", this.#talk.clips, colors.accent], ["candidates", this.#talk.candidates, colors.chip]]) {
      const [top, height] = LANES[lane];
      for (const span of spans) {
        if (span.end_seconds < from || span.start_seconds > to) continue;
        const left = x(span.start_seconds);
        const wide = Math.max(2, x(span.end_seconds) - left - 1);
        g.fillStyle = color;
        g.beginPath();
        g.roundRect(left, top, wide, height, 3);
        g.fill();
        if (lane === "clips" && wide > 22) {
          g.fillStyle = colors.accentInk;
          g.fillText(shortened(g, String(span.virality_score), wide - 8), left + 5, top + height / 2 + 0.5);
        }
      }
    }
  }

  #drawAxis(g, x, from, to, colors) {
    const [top, height] = LANES.axis;
    const step = TICKS_S.find((s) => s * this.#scale() >= 70) ?? 3600;
    g.fillStyle = colors.dim;
    for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
      g.fillRect(x(time), top - 2, 1, 4);
      g.fillText(clock(time), x(time) + 4, top + height / 2);
    }
  }

  #wheel(event) {
    if (event.ctrlKey) {
      event.preventDefault();
      this.zoom(event.deltaY < 0 ? 1.25 : 0.8);
    } else if (Math.abs(event.deltaY) > Math.abs(event.deltaX) && this.#pxPerS) {
      event.preventDefault();
      this.scroller.scrollLeft += event.deltaY;
    }
  }

  #down(event) {
    if (event.button !== 0) return;
    const time = this.#time(event.offsetX);
    const near = (seconds) => Math.abs(seconds - time) * this.#scale() <= EDGE_PX;
    const selection = this.#selection;
    const fixed = selection && near(selection.from) ? selection.to : selection && near(selection.to) ? selection.from : null;
    this.#held = { x: event.offsetX, from: fixed ?? time, dragged: fixed !== null };
    this.canvas.setPointerCapture(event.pointerId);
  }

  #move(event) {
    const time = this.#time(event.offsetX);
    if (!this.#held) return this.#tell("point", this.#under(event.offsetX, event.offsetY));
    this.#held.dragged ||= Math.abs(event.offsetX - this.#held.x) > DRAG_PX;
    if (!this.#held.dragged) return;
    this.selection = { from: Math.min(this.#held.from, time), to: Math.max(this.#held.from, time) };
    this.#tell("select", { ...this.#selection, done: false });
  }

  #up(event) {
    const held = this.#held;
    this.#held = null;
    if (!held) return;
    if (held.dragged) return this.#tell("select", { ...this.#selection, done: true });
    const found = this.#under(event.offsetX, event.offsetY);
    this.#tell("seek", { time: found?.start_seconds ?? this.#time(event.offsetX), found });
  }

  /** The clip or candidate at a point. */
  #under(px, py) {
    if (!this.#talk) return null;
    const time = this.#time(px);
    for (const lane of ["clips", "candidates"]) {
      const [top, height] = LANES[lane];
      if (py < top || py > top + height) continue;
      const found = this.#talk[lane].find((span) => span.start_seconds <= time && time < span.end_seconds);
      if (found) return { ...found, lane };
    }
    return null;
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** The first of ascending spans that ends after `time`. */
function firstAfter(spans, time) {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spans[middle].end_seconds <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

function shortened(g, text, room) {
  if (g.measureText(text).width <= room) return text;
  let kept = text.slice(0, Math.max(1, Math.floor(room / 6)));
  while (kept.length > 1 && g.measureText(`${kept}…`).width > room) kept = kept.slice(0, -1);
  return kept.length > 2 ? `${kept}…` : "";
}

customElements.define("talk-timeline", TalkTimeline);
