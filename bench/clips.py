"""Measures the loudness of a clip of every available file with FFmpeg's meter, or the error.

The files are the local recordings, unusual and broken ones included, and the project's own sample.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import av
from meter import metered, sound_of

from bench.support.recordings import MEDIA, SAMPLE
from bench.support.report import report
from pipeline.core.control import Control
from pipeline.core.data import Options, Source, Span, Word
from pipeline.core.errors import PipelineError
from pipeline.framing import crop_planning
from pipeline.media.probing import probe
from pipeline.rendering import clip_renderer
from pipeline.rendering.clip_plan import ClipPlan
from pipeline.vision import shot_scan

MAX_CLIP_S = 20.0
LOUDNESS, WITHIN, PEAK = -14.0, 1.0, -1.0  # LUFS, LU, dBTP
SILENT = -60.0  # LUFS: too quiet to amplify
WORD_S = 0.4  # per caption word
ENDS = {
    ".mp4",
    ".mov",
    ".mkv",
    ".webm",
    ".flv",
    ".ts",
    ".mpg",
    ".avi",
    ".3gp",
    ".mp3",
    ".wav",
    ".m4a",
    ".ogg",
    ".flac",
    ".opus",
    ".aac",
}


def files() -> list[Path]:
    """List every file that may be a recording."""
    found = [SAMPLE, *MEDIA.glob("*/*")] if MEDIA.exists() else [SAMPLE]
    return sorted(path for path in found if path.suffix.lower() in ENDS)


def measure(path: Path, folder: Path) -> dict[str, object]:
    """Return the row of a file: the clip's loudness, or the error."""
    row: dict[str, object] = {"file": f"{path.parent.name}/{path.name}"}
    try:
        source = probe(path, min_duration_s=0.5)
    except PipelineError as error:
        return row | {"as it should be": True, "refused": str(error)[:70]}
    start_s = max(0.0, source.duration_s / 2 - MAX_CLIP_S / 2)
    span = Span(start_s=start_s, end_s=min(source.duration_s, start_s + MAX_CLIP_S))
    clip = _clip(source, span, folder / "clip")
    loudness, peak = metered(sound_of(clip))
    with av.open(str(clip)) as container:
        rate = container.streams.video[0].average_rate
    return row | {
        "as it should be": peak <= PEAK
        and (abs(loudness - LOUDNESS) <= WITHIN or loudness <= SILENT),
        "LUFS": loudness,
        "dBTP": peak,
        "pictures/s": f"{float(rate or 0):.4g}",
    }


def _clip(source: Source, span: Span, stem: Path) -> Path:
    """Render a clip with a caption word every WORD_S."""
    control, options = Control(), Options(quality="fast")
    count = int(span.duration_s / WORD_S)
    starts = [span.start_s + n * WORD_S for n in range(count)]
    words = [Word(text="word", start_s=t, end_s=t + WORD_S, probability=1.0) for t in starts]
    shots = shot_scan.look(source, span, control=control)
    path = crop_planning.plan(source, span, shots, options)
    return clip_renderer.render_clip(
        ClipPlan(
            source=source,
            span=span,
            words=words,
            path=path,
            style="white_bold",
            options=options,
            shots=shots,
        ),
        stem=stem,
        control=control,
    ).path


def main() -> int:
    """Measure all files; return 1 if a clip has the wrong loudness."""
    with TemporaryDirectory() as folder:
        rows = [measure(path, Path(folder)) for path in files()]
    report("clips", f"A clip of {len(rows)} files", rows)
    wrong = [row["file"] for row in rows if not row["as it should be"]]
    print(f"not as they should be: {wrong}" if wrong else "all as they should be")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
