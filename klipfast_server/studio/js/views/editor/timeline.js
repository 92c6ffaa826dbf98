// The clip as a picture under the preview: how loud it is, what is cut, where it begins and ends,
// and where the preview is, which is dragged.

const HEIGHT = 56; // CSS pixels
const MARGIN_S = 3; // how much of the talk is shown before and after the clip
const PEAK_S = 0.1;

/** `ends()`, `cuts()` and `at()` tell what is drawn; `moved(at)` is called while it is dragged. */
export function timelinePart({ waveform, starts, ends, cuts, at, moved }) {
  const canvas = document.createElement("canvas");
  canvas.className = "clip-timeline";
  canvas.setAttribute("aria-hidden", "true"); // the slider below it says the same

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
    const [from, to] = range();
    const { start, end } = ends();
    const x = (second) => ((second - from) / (to - from)) * wide;
    const loudest = Math.max(1, ...waveform);
    const isCut = (second) => cuts().some((cut) => cut.start <= second && second < cut.end);
    for (let left = 0; left < wide; left += 3) {
      const second = from + (left / wide) * (to - from);
      const peak = waveform[Math.floor((second - starts) / PEAK_S)] ?? 0;
      const high = Math.max(2, (peak / loudest) * (HEIGHT - 8));
      pen.fillStyle = second < start || second >= end || isCut(second) ? color("--line") : color("--accent");
      pen.fillRect(left, (HEIGHT - high) / 2, 2, high);
    }
    pen.fillStyle = color("--ink");
    pen.fillRect(Math.round(x(at())) - 1, 0, 2, HEIGHT);
  }

  function drag(event) {
    if (event.buttons !== 1) return;
    canvas.setPointerCapture(event.pointerId);
    const [from, to] = range();
    const { left, width } = canvas.getBoundingClientRect();
    const { start, end } = ends();
    moved(Math.min(end, Math.max(start, from + ((event.clientX - left) / width) * (to - from))));
  }

  canvas.addEventListener("pointerdown", drag);
  canvas.addEventListener("pointermove", drag);
  const sized = new ResizeObserver(draw);
  sized.observe(canvas);
  return { canvas, draw, close: () => sized.disconnect() };
}
