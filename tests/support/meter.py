"""Measures loudness and true peak with FFmpeg's meter, which is independent of ours."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.filter.graph import Graph

from pipeline.core.arrays import F32

RATE = 48_000  # Hz


def sound_of(path: Path) -> F32:
    """Decode stereo samples of a file at RATE, shape (2, n), from its time 0 on."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("fltp", "stereo", RATE)
        parts: list[F32] = []
        for frame in container.decode(audio=0):
            if not parts and frame.pts:
                parts.append(np.zeros((2, round(float(frame.time or 0) * RATE)), np.float32))
            frame.pts = None
            parts += [np.asarray(f.to_ndarray(), np.float32) for f in resampler.resample(frame)]
        parts += [np.asarray(f.to_ndarray(), np.float32) for f in resampler.resample(None)]
    return np.concatenate(parts, axis=1)


def metered(sound: F32) -> tuple[float, float]:
    """Return (integrated LUFS, true peak in dBTP) of samples (2, n), by FFmpeg's ebur128."""
    graph = Graph()
    source = graph.add_abuffer(
        sample_rate=RATE, format="flt", layout="stereo", time_base=Fraction(1, RATE)
    )
    meter = graph.add("ebur128", "peak=true:metadata=1:framelog=quiet")
    graph.link_nodes(source, meter, graph.add("abuffersink")).configure()
    readings: dict[str, str] = {}
    for first in range(0, sound.shape[1], 4800):
        packed = np.ascontiguousarray(sound[:, first : first + 4800].T).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format="flt", layout="stereo")
        frame.sample_rate, frame.pts = RATE, first
        graph.push(frame)
        while True:
            try:
                readings = dict(graph.pull().metadata) or readings
            except (av.BlockingIOError, av.EOFError):
                break
    peak = float(readings["lavfi.r128.true_peak"])
    return float(readings["lavfi.r128.I"]), float(20 * np.log10(max(peak, 1e-10)))
