"""Measures the peak memory of recognition over the length of a talk, in a new process per length.

The resident size includes the audio, which is a mapped file that the kernel may drop, so the
process's private memory is sampled separately.
"""

import sys
import wave
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.support.engines import OURS, Running
from bench.support.recordings import talks
from bench.support.report import keep, show
from bench.support.watching import watched
from pipeline.core.control import Control
from pipeline.core.data import SAMPLE_RATE
from pipeline.media.probing import probe
from pipeline.media.speech_audio import load_audio

MINUTES = (10, 20, 40, 80)


def joined(talk: Path, minutes: int, folder: Path) -> Path:
    """Write a WAV of this length by repeating the talk's audio."""
    path = folder / f"{minutes}.wav"
    sound = load_audio(probe(talk), folder, Control()).samples
    left = minutes * 60 * SAMPLE_RATE
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        while left > 0:
            out.writeframes(sound[:left].tobytes())
            left -= len(sound)
    return path


def measure(talk: Path, minutes: int) -> dict[str, object]:
    """Measure one length and return its row."""
    with TemporaryDirectory() as folder:
        path = joined(talk, minutes, Path(folder))
        with Running(OURS, {}) as engine, watched(engine.pid) as peaks:
            answer = engine.ask(path)
    cost = f"{answer.seconds:.1f} s, {answer.peak_mib:.0f} MiB, private {peaks.private_mib:.0f} MiB"
    print(f"{minutes} minutes: {answer.error or cost}", file=sys.stderr)
    return {
        "minutes": minutes,
        "s": answer.seconds,
        "× real time": minutes * 60 / answer.seconds,
        "processor s": answer.processor_s,
        "words": len(answer.words),
        "peak MiB": round(answer.peak_mib),
        "private MiB": round(peaks.private_mib),
    }


def main() -> None:
    """Measure every length and compare the longest with the shortest."""
    talk = talks()[0].path
    rows = [measure(talk, minutes) for minutes in MINUTES]
    show(f"Memory over length, {talk.name} joined with itself", rows)
    ratios = {
        key: float(str(rows[-1][key])) / max(1.0, float(str(rows[0][key])))
        for key in ("peak MiB", "private MiB")
    }
    span = f"{MINUTES[-1]} / {MINUTES[0]} minutes"
    print(f"{span}: " + ", ".join(f"{key} × {value:.2f}" for key, value in ratios.items()))
    keep("memory", rows=rows, ratios=ratios)


if __name__ == "__main__":
    main()
