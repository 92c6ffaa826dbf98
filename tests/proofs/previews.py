"""`make test-preview`: a preview that plays follows a change within a second, and is the file.

In Chromium, a clip of the sample's talk gets 30 changes while it plays: title and caption style in
turns. Then one change is both streamed and rendered, and the two are compared picture by picture,
scaled, and by their sound. Last, one and three viewers play a whole clip at once.
"""

import io
import json
import shutil
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
from browser_site import Site, show, sign_in
from playwright.sync_api import sync_playwright
from serving import environment, free_port, new_key, serving

CHANGES = 30
MAX_MEDIAN_S = 1.0  # from a change to a moving picture
MIN_MEDIAN_DB = 28.0  # two encodings, and letters up to a pixel and a half of 360 away
MIN_SOUND_DB = 30.0
TALK = {"title": "Previews", "range": {"start": 20, "end": 112}, "clip_count": 1, "language": "en"}
CHANGE = {"caption_style": "karaoke", "title": "As it is seen"}
READY = """() => { const preview = document.querySelector('.preview');
  return preview?.dataset.shown && preview.ariaBusy !== 'true'; }"""
CHANGED = """async (count) => {
  const one = (selector) => document.querySelector(selector);
  const [box, video] = [one(".preview"), one(".preview-picture video")];
  const [select, title] = [one(".editor-side select"), one(".editor-side input")];
  const styles = [...select.options].map((option) => option.value);
  const shown = () => box.dataset.shown.split(" ")[0];
  const until = (moment) => new Promise((done) => setTimeout(done, moment));
  const moving = async (before) => {
    while (shown() === before || video.seeking) await until(5);
    await new Promise((done) => {
      video.requestVideoFrameCallback(() => video.requestVideoFrameCallback(done));
    });
  };
  const took = [];
  for (let n = 0; n < count; n++) {
    if (video.currentTime > video.duration - 6) video.currentTime = 2;
    if (video.paused) video.play().catch(() => {});
    const [began, before] = [performance.now(), shown()];
    if (n % 2) select.value = styles.filter((style) => style !== select.value)[n % 5];
    else title.value = `Title ${n}`;
    (n % 2 ? select : title).dispatchEvent(new Event("change", { bubbles: true }));
    await Promise.race([moving(before), until(10_000)]);
    took.push((performance.now() - began) / 1000);
    await until(600);
  }
  video.currentTime = 0;
  video.play().catch(() => {});
  const [first, began] = [video.getVideoPlaybackQuality(), performance.now()];
  await until(5000);
  const last = video.getVideoPlaybackQuality();
  return {
    took,
    rate: ((last.totalVideoFrames - first.totalVideoFrames) * 1000) / (performance.now() - began),
    dropped: last.droppedVideoFrames,
  };
}"""


def changes(site: Site, clip_id: str) -> dict[str, Any]:
    """Change a clip that plays; how long each change takes to be seen, in seconds."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        sign_in(page, site)
        show(page, site, f"/clips/{clip_id}")
        page.wait_for_function(READY)
        found: dict[str, Any] = page.evaluate(CHANGED, CHANGES)
        browser.close()
    return found


def streamed(site: Site, clip_id: str, change: dict[str, Any]) -> bytes:
    """The whole preview of a change."""
    made = site.call("POST", f"/clips/{clip_id}/preview/stream", change)
    with urllib.request.urlopen(made["stream_url"], timeout=120) as answer:
        content: bytes = answer.read()
    return content


def pictures(content: bytes) -> Iterator[av.VideoFrame]:
    with av.open(io.BytesIO(content), "r") as file:
        yield from file.decode(video=0)


def sound(content: bytes) -> Any:
    """Samples, (2, samples) float32 at 48 kHz."""
    with av.open(io.BytesIO(content), "r") as file:
        resampler = av.AudioResampler("fltp", "stereo", 48_000)
        blocks = [b.to_ndarray() for f in file.decode(audio=0) for b in resampler.resample(f)]
    return np.concatenate(blocks, axis=1)


def ratio_db(like: Any, unlike: Any) -> float:
    return float(10 * np.log10(like / max(unlike, 1e-12)))


def compare(seen: bytes, made: bytes) -> dict[str, Any]:
    """How like the file a preview is: dB of its pictures, scaled, and of its sound."""
    values: list[float] = []
    counts = (sum(1 for _ in pictures(seen)), sum(1 for _ in pictures(made)))
    for a, b in zip(pictures(seen), pictures(made), strict=False):
        small = b.reformat(width=a.width, height=a.height, format="gray", interpolation="AREA")
        first, second = (p.to_ndarray().astype(float) for p in (a.reformat(format="gray"), small))
        values.append(ratio_db(255.0**2, ((first - second) ** 2).mean()))
    a, b = sound(seen), sound(made)
    length = min(a.shape[1], b.shape[1])
    a, b = a[:, :length], b[:, :length]
    return {
        "pictures": counts,
        "median_db": float(np.median(values)),
        "p5_db": float(np.percentile(values, 5)),
        "least_db": min(values),
        "sound_db": ratio_db((b**2).sum(), ((a - b) ** 2).sum()),
    }


def viewers(site: Site, clip_id: str, count: int) -> dict[str, Any]:
    """Play a whole clip to several viewers, each with a change of his own."""
    status, stat = (Path(f"/proc/{site.process.pid}/{name}") for name in ("statm", "stat"))

    def memory_mib() -> float:
        return int(status.read_text().split()[1]) * 4096 / 2**20

    def cpu_s() -> float:
        fields = stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100

    threads = [
        threading.Thread(target=streamed, args=(site, clip_id, {"title": f"{count} {n}"}))
        for n in range(count)
    ]
    before, peak, spent, began = memory_mib(), 0.0, cpu_s(), time.monotonic()
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        peak = max(peak, memory_mib())
        time.sleep(0.05)
    wall_s = time.monotonic() - began
    return {"viewers": count, "more_mib": peak - before, "cpu_s": cpu_s() - spent, "wall_s": wall_s}


def prove(folder: str) -> dict[str, Any]:
    """All figures."""
    environ = environment(
        folder,
        KLIPFAST_PORT=str(free_port()),
        KLIPFAST__PLANS__BUSINESS__REQUESTS_PER_MINUTE="6000",
        OMP_NUM_THREADS="2",
    )
    with serving(environ) as (address, process):
        site = Site(address=address, key=new_key(environ), environ=environ, process=process)
        made = site.call("POST", "/process", {"video_url": site.upload(), **TALK})
        [clip] = site.done(made["job_id"])["clips"]
        clip_id, duration_s = clip["clip_id"], clip["duration"]
        seen = changes(site, clip_id)
        took = sorted(seen["took"])
        preview = streamed(site, clip_id, CHANGE)
        render = site.call("POST", f"/clips/{clip_id}/renders", CHANGE)
        [version] = site.done(render["job_id"])["clips"]
        with urllib.request.urlopen(version["download_url"], timeout=60) as answer:
            likeness = compare(preview, answer.read())
        played = [viewers(site, clip_id, count) for count in (1, 3)]
    return {
        "clip_s": duration_s,
        "change": {"median_s": took[len(took) // 2], "worst_s": took[-1], "times": len(took)},
        "playing": {"pictures_per_s": seen["rate"], "dropped": seen["dropped"]},
        "likeness": likeness,
        "viewers": played,
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = prove(folder)
    print(json.dumps(found, indent=1, default=float))
    likeness = found["likeness"]
    faults = [
        name
        for name, holds in {
            "a change is seen too late": found["change"]["median_s"] <= MAX_MEDIAN_S,
            "pictures differ": likeness["median_db"] >= MIN_MEDIAN_DB,
            "there are not as many pictures": len(set(likeness["pictures"])) == 1,
            "the sound differs": likeness["sound_db"] >= MIN_SOUND_DB,
        }.items()
        if not holds
    ]
    raise SystemExit("\n".join(faults) or 0)


if __name__ == "__main__":
    main()
