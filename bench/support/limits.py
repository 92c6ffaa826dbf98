"""Computes the least time that each stage of a job could take, from its work and measured rates."""

import resource
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import av

from bench.support.encoder_alone import encode_alone, frames_of
from bench.support.rates import Rates
from bench.support.work import Work
from pipeline.core import thread_policy
from pipeline.core.data import Clip, Quality, Source, Span
from pipeline.vision import face_detector

ENCODED_FRAMES = 120  # of each clip: 360 MB of pictures in memory
FACE_SEARCHES = 20  # timed for each size of picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """The lower bound of a stage."""

    s: float  # with all cores
    basis: str  # how it is computed


def cpu_s() -> float:
    """Return the CPU time of all threads of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def cpu_of(work: Callable[[], object]) -> float:
    """Return the CPU seconds of a call."""
    began = cpu_s()
    work()
    return cpu_s() - began


def speech(work: Work, rates: Rates) -> Limit:
    """Bound the detection of speech by its products in float32."""
    return Limit(
        s=work.speech_flop / rates.float32_flop,
        basis=f"{work.speech_flop / 1e9:.1f} GFLOP in float32",
    )


def transcribe(work: Work, rates: Rates) -> Limit:
    """Bound recognition by the encoder's products, and the decoder's products or bytes."""
    encoder_s = work.encoder_flop / rates.flop
    if work.encoder_int8_flop:
        encoder_s += work.encoder_int8_flop / rates.int8_flop
    decoder_s = max(work.decoder_flop / rates.flop, work.decoder_bytes / rates.bytes)
    whole = (work.encoder_flop + work.encoder_int8_flop) / 1e9
    return Limit(
        s=encoder_s + decoder_s,
        basis=f"encoder {whole:.0f} GFLOP, {work.encoder_int8_flop / 1e9:.0f} of them int8: "
        f"{encoder_s:.2f} s; decoder {work.decoder_bytes / 1e9:.0f} GB in {work.steps} steps: "
        f"{decoder_s:.2f} s",
    )


def audio(path: Path) -> Limit:
    """Bound the decoding of the sound by demuxing and decoding it to nowhere."""
    used_s = cpu_of(partial(_decode, path, "audio"))
    return Limit(s=used_s, basis=f"decode alone {used_s:.2f} CPU s, one after the other")


def look(work: Work, source: Source, spans: Iterable[Span]) -> Limit:
    """Bound the look at the pictures by decoding them and the same searches for faces."""
    decode_s, faces = _decode_spans(source.path, spans), _faces(work, "look")
    return Limit(
        s=(decode_s + faces.s) / thread_policy.cores(),
        basis=f"decode alone {decode_s:.1f} CPU s, {faces.basis}",
    )


def _faces(work: Work, stage: str) -> Limit:
    """Return the CPU seconds of a stage's searches for faces, each size timed by itself."""
    searched_s, count = 0.0, 0
    for (of, _), searches in work.searches.items():
        if of == stage:
            search = partial(face_detector.detect_with_landmarks, searches.picture)
            once_s = sum(cpu_of(search) for _ in range(FACE_SEARCHES)) / FACE_SEARCHES
            searched_s += once_s * searches.count
            count += searches.count
    return Limit(s=searched_s, basis=f"{count} searches for faces {searched_s:.1f} CPU s")


def render(
    work: Work, source: Source, clips: Iterable[tuple[Clip, Span]], quality: Quality
) -> Limit:
    """Bound rendering by decoding, x264 alone on the clips' pictures, and searches for faces.

    x264's time per picture is measured on the first pictures of each clip, from memory.
    """
    clips, faces = list(clips), _faces(work, "render")
    decode_s = _decode_spans(source.path, (span for _, span in clips))
    rate = Fraction(source.video.fps if source.video else 30)
    x264_s, pictures = 0.0, 0
    with TemporaryDirectory() as name:
        for number, (clip, _) in enumerate(clips):
            frames = frames_of(clip.path, ENCODED_FRAMES)
            to = Path(name) / f"{number}.mp4"
            used_s = cpu_of(partial(encode_alone, frames, to, quality, rate))
            x264_s += used_s / len(frames) * clip.frames
            pictures += clip.frames
    return Limit(
        s=(decode_s + x264_s + faces.s) / thread_policy.cores(),
        basis=f"x264 alone {x264_s:.1f} CPU s for {pictures} pictures, decode alone "
        f"{decode_s:.1f} CPU s, {faces.basis}",
    )


def _decode_spans(path: Path, spans: Iterable[Span]) -> float:
    """Return the CPU seconds of decoding the pictures of spans to nowhere."""
    return sum(cpu_of(partial(_decode, path, "video", span)) for span in spans)


def _decode(path: Path, kind: str, span: Span | None = None) -> None:
    """Decode a stream, or its part from the key frame before a span to the span's end."""
    with av.open(path) as container:
        (stream, *_) = getattr(container.streams, kind)
        stream.thread_type = "AUTO"
        if span is not None:
            container.seek(int(span.start_s * av.time_base))
        for frame in container.decode(stream):
            if span is not None and frame.time is not None and frame.time >= span.end_s:
                break
