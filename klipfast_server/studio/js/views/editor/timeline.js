// The clip as a picture under the preview: its words, how loud it is, where it pauses, what is cut
// and how it is framed. The preview and the ends are dragged in it.

import { t } from "../../strings.js";

const WORDS = 14; // height of the words, CSS pixels
const WAVE = 48;
const LANE = 14; // height of the layouts
const HEIGHT = WORDS + WAVE + LANE;
const MARGIN_S = 3; // how much of the talk is shown before and after the clip
const PEAK_S = 0.1;
const PAUSE_S = 0.5;
const GRIP = 8; // how near to an end a pointer takes it
const LETTERS = "11px system-ui, sans-serif";

/** `ends()`, `cuts()`, `layouts()` and `at()` tell what is drawn; `moved(at)` and `pulled(end, at)` are called. */
export function timelinePart({ words, waveform, starts, ends, cuts, layouts, at, moved, pulled }) {
  const canvas = document.createElement("canvas");
  canvas.className = "clip-timeline";
  canvas.setAttribute("aria-hidden", "true"); // the slider, the words and the framing say the same
  const loudest = Math.max(1, ...waveform);
  let pull = null; // the end that is pulled, and where to
  let isHeld = false;

  const now = () => (pull ? { ...ends(), [pull.end]: pull.at } : ends());

  function range() {
    const { start, end } = ends();
    return [Math.max(starts, start - MARGIN_S), Math.min(starts + waveform.length * PEAK_S, end + MARGIN_S)];
  }

  function draw() {
    const wide = canvas.clientWidth;
    if (!wide) return;
    const scale = window.devicePixelRatio;
    if (canvas.width !== Math.round(wide * scale)) [canvas.width, canvas.height] = [Math.round(wide * scale), HEIGHT * scale];
    const style = getComputedStyle(canvas);
    const color = (name) => style.getPropertyValue(name);
    const pen = canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, wide, HEIGHT);
    pen.font = LETTERS;
    const [from, to] = range();
    const x = (second) => ((second - from) / (to - from)) * wide;
    const { start, end } = now();
    const isOut = (second) => second < start || second >= end || cuts().some((cut) => cut.start <= second && second < cut.end);

    let free = 0; // where the next word has room
    for (const { text, start_seconds: begins } of words) {
      if (begins < from || begins > to || x(begins) < free || x(begins) + pen.measureText(text).width > wide) continue;
      pen.fillStyle = color(isOut(begins + 0.01) ? "--line" : "--dim");
      pen.fillText(text, x(begins), WORDS - 3);
      free = x(begins) + pen.measureText(text).width + 8;
    }
    for (let left = 0; left < wide; left += 3) {
      const second = from + (left / wide) * (to - from);
      const peak = waveform[Math.floor((second - starts) / PEAK_S)] ?? 0;
      const high = Math.max(2, (peak / loudest) * (WAVE - 6));
      pen.fillStyle = color(isOut(second) ? "--line" : "--accent");
      pen.fillRect(left, WORDS + (WAVE - high) / 2, 2, high);
    }
    pen.fillStyle = color("--select");
    for (const [n, word] of words.entries()) {
      const until = words[n + 1]?.start_seconds ?? word.end_seconds;
      if (until - word.end_seconds > PAUSE_S && until > start && word.end_seconds < end) pen.fillRect(x(word.end_seconds), WORDS, x(until) - x(word.end_seconds), WAVE);
    }
    for (const part of layouts()) {
      const [left, right] = [Math.max(x(part.start), x(start)), Math.min(x(part.end), x(end))];
      if (right <= left) continue;
      pen.fillStyle = color("--select");
      pen.fillRect(left, WORDS + WAVE + 1, right - left - 1, LANE - 1);
      pen.fillStyle = color("--ink");
      const name = t.editor.layouts[part.layout] ?? t.editor.framed[part.layout];
      if (pen.measureText(name).width < right - left - 8) pen.fillText(name, left + 4, HEIGHT - 3);
    }
    pen.fillStyle = color("--accent");
    for (const edge of [start, end]) pen.fillRect(x(edge) - 1.5, WORDS, 3, WAVE);
    pen.fillStyle = color("--ink");
    pen.fillRect(Math.round(x(at())) - 1, 0, 2, HEIGHT);
  }

  function drag(event) {
    if (event.buttons !== 1) return;
    canvas.setPointerCapture(event.pointerId);
    const [from, to] = range();
    const { left, width } = canvas.getBoundingClientRect();
    const pixel = (second) => left + ((second - from) / (to - from)) * width;
    const second = from + ((event.clientX - left) / width) * (to - from);
    const { start, end } = ends();
    if (event.type === "pointerdown") {
      const near = ["start", "end"].find((name) => Math.abs(pixel(ends()[name]) - event.clientX) < GRIP);
      pull = near ? { end: near, at: second } : null;
      isHeld = true;
    }
    if (!isHeld) return;
    if (pull) {
      pull.at = Math.min(to, Math.max(from, second));
      draw();
    } else moved(Math.min(end, Math.max(start, second)));
  }

  function release() {
    const { end, at: where } = pull ?? {};
    [pull, isHeld] = [null, false];
    if (end) pulled(end, where);
    draw();
  }

  canvas.addEventListener("pointerdown", drag);
  canvas.addEventListener("pointermove", drag);
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", () => ([pull, isHeld] = [null, false]));
  const sized = new ResizeObserver(draw);
  sized.observe(canvas);
  return { canvas, draw, close: () => sized.disconnect() };
}
