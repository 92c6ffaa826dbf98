"""Plays a clip before it is rendered: the renderer itself, with fewer pixels.

The clip is made in pieces of a second, each a fragment of one fragmented MP4 (ISO/IEC
14496-12, 8.8) that begins with a key frame. A player can append them in any order, so whoever
starts at a word waits for one piece only.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream as AvAudio
from av.container import OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream as AvVideo

from pipeline.core.arrays import F32
from pipeline.core.control import Control
from pipeline.core.data import CropPath, Span, TitleHidden
from pipeline.core.prefetch import prefetch
from pipeline.core.timemap import TimeMap
from pipeline.editing import stretches
from pipeline.editing.composition import Composition, tighten
from pipeline.media.clip_audio import RATE
from pipeline.rendering import encoder
from pipeline.rendering.clip_plan import ClipPlan
from pipeline.rendering.footage import Footage, Pictures, Waves
from pipeline.rendering.muxer import AAC_FRAME_SAMPLES, AAC_OPTIONS, SAMPLE
from pipeline.rendering.soundtrack import fade, finish, prepare_sound
from pipeline.rendering.surface import Surface
from pipeline.rendering.text_layers import set_text

SIDE = 360  # the shorter side is about as long, in pixels
PIECE_S = 1.0
MEDIA_TYPE = 'video/mp4; codecs="avc1.42c01f, mp4a.40.2"'
AAC_BIT_RATE = 128_000
PREFETCHED_PICTURES = 4
MUX_OPTIONS = {
    "movflags": "frag_keyframe+empty_moov+default_base_moof+frag_discont+skip_trailer",
    "avoid_negative_ts": "disabled",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A clip that is ready to be played from anywhere."""

    plan: ClipPlan
    scene: Composition
    sound: F32  # (2, n) at RATE
    rate: Fraction  # pictures a second
    start_s: float  # source time of the first picture
    title_hidden: TitleHidden | None = None  # why the title is not shown although it is wanted

    @property
    def kept(self) -> TimeMap:
        """The parts of the source in it, and the clock that runs through them."""
        return self.scene.cut or TimeMap((self.scene.span,))

    @property
    def pictures(self) -> int:
        """How many pictures it has."""
        return max(1, round(self.scene.span.duration_s * self.rate))

    @property
    def piece(self) -> int:
        """How many pictures a piece has."""
        return max(1, round(PIECE_S * self.rate))

    @property
    def pieces(self) -> int:
        """How many pieces it has."""
        return -(-self.pictures // self.piece)


def prepare(plan: ClipPlan, control: Control, before: Prepared | None = None) -> Prepared:
    """Cut and level a clip of fewer pixels; no more of it is decoded than that takes.

    `before`: the same clip before a change; what sounds the same is not read again. What a brand
    shows before and after the clip is not in it. Raises UnknownStyle and Canceled.
    """
    plan = replace(plan, path=_smaller(plan.path))
    if before is not None and _sounds_like(plan, before.plan):
        cut, begun = before.scene.cut, plan.scene_from(before.start_s)
        scene = begun if cut is None else tighten(begun, cut, plan.options.motion)
        hidden = set_text(plan, scene).title_hidden
        return replace(before, plan=plan, scene=scene, title_hidden=hidden)
    read = stretches.opening(plan.span, plan.left_out, plan.order)
    pictures = _open(plan, read, control)
    begun = plan.scene_from(pictures.start_s)
    scene, sound, masked = prepare_sound(plan, begun, control, 1 / pictures.rate)
    sound = finish(sound, control, masked)
    fade(sound, at_end=True)
    return Prepared(
        plan=plan,
        scene=scene,
        sound=sound,
        rate=pictures.rate,
        start_s=pictures.start_s,
        title_hidden=set_text(plan, scene).title_hidden,
    )


def _sounds_like(plan: ClipPlan, other: ClipPlan) -> bool:
    """Whether two plans of a talk leave the same of the same sound."""
    a, b = (
        (
            *(p.source, p.span, tuple(p.words), tuple(p.left_out), tuple(p.order), p.language),
            *(p.options.remove_silences, p.options.remove_fillers),
        )
        for p in (plan, other)
    )
    return a == b


def play(clip: Prepared, first: int, control: Control) -> Generator[bytes, None, None]:
    """Yield the header, then piece after piece from `first` on.

    Raises UnknownStyle and Canceled.
    """
    out = _Boxes()
    with av.open(out, "w", format="mp4", options=MUX_OPTIONS) as container:
        writer = _Writer(container, clip, first)
        with closing(prefetch(_compose(clip, first, control), PREFETCHED_PICTURES)) as composed:
            for picture in composed:
                control.check()
                writer.add(picture)
                yield from out.complete()
        writer.flush()
    yield from out.complete()


def _compose(clip: Prepared, first: int, control: Control) -> Generator[Surface, None, None]:
    """Yield the pictures from a piece on."""
    scene, skipped = clip.scene, first * clip.piece
    from_s = scene.span.start_s + float(skipped / clip.rate)
    if scene.cut is None:
        read: Sequence[Span] = [Span(start_s=from_s, end_s=scene.span.end_s)]
    else:
        run = scene.cut.runs(from_s)[0]
        read = stretches.rest_of(run, run.to_source(from_s))
    pictures = _open(clip.plan, read, control)
    layers = set_text(clip.plan, scene).layers  # a layer only goes forward: a run has its own
    for t_s, picture in pictures.draw(scene, lambda: clip.sound, first=skipped):
        for layer in layers:
            if (stamp := layer.at(t_s)) is not None:
                picture.blend(stamp)
        yield picture


def _open(plan: ClipPlan, spans: Sequence[Span], control: Control) -> Pictures:
    if plan.source.video is None:
        return Waves(plan.source, spans[0])
    return Footage(plan.source, spans, plan.path, control)


def _smaller(path: CropPath) -> CropPath:
    shrink = max(1, round(min(path.width, path.height) / SIDE))
    width, height = (max(2, side // shrink // 2 * 2) for side in (path.width, path.height))
    return replace(path, width=width, height=height)


class _Writer:
    """Encodes pictures from a piece on, and the sound of each piece before its pictures."""

    def __init__(self, container: OutputContainer, clip: Prepared, first: int) -> None:
        path = clip.plan.path
        self._container, self._clip = container, clip
        self._video: AvVideo = encoder.add_draft(
            container, (path.width, path.height), clip.rate, clip.piece
        )
        self._audio: AvAudio = container.add_stream(
            "aac", rate=RATE, layout="stereo", options=AAC_OPTIONS
        )
        self._audio.bit_rate = AAC_BIT_RATE
        self._shown = first * clip.piece
        # The encoder's first frame only leads in: it is what the piece before ends with.
        self._from = self._samples(self._shown) // AAC_FRAME_SAMPLES * AAC_FRAME_SAMPLES
        self._encoded = max(0, self._from - AAC_FRAME_SAMPLES)

    def add(self, picture: Surface) -> None:
        """Encode the next picture."""
        if self._shown % self._clip.piece == 0:
            self._add_sound(self._shown + self._clip.piece)
        frame = picture.encodable()
        frame.pts, frame.time_base, frame.pict_type = self._shown, 1 / self._clip.rate, 0
        self._mux(self._video.encode(frame))
        self._shown += 1

    def flush(self) -> None:
        """Write what the encoders hold back."""
        self._mux(self._video.encode(None))
        self._mux(self._audio.encode(None))

    def _add_sound(self, until: int) -> None:
        """Encode the sound up to a picture."""
        end = min(self._samples(until), self._clip.sound.shape[1])
        samples = self._clip.sound[:, self._encoded : end]
        if not samples.shape[1]:
            return
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples), "fltp", "stereo")
        frame.sample_rate, frame.time_base, frame.pts = RATE, SAMPLE, self._encoded
        self._mux(p for p in self._audio.encode(frame) if (p.pts or 0) >= self._from)
        self._encoded = end

    def _mux(self, packets: "Iterable[Packet[Any]]") -> None:
        for packet in packets:
            self._container.mux_one(packet)

    def _samples(self, pictures: int) -> int:
        return pictures * self._clip.rate.denominator * RATE // self._clip.rate.numerator


class _Boxes:
    """A file that is handed out as soon as a part of it is whole: its header, or a fragment."""

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, data: bytes) -> int:
        """Take what the muxer writes."""
        self._held += data
        return len(data)

    def complete(self) -> Iterator[bytes]:
        """Yield what is whole: "ftyp" with "moov", "moof" with "mdat"."""
        at = 0
        while at + 8 <= len(self._held):
            size = int.from_bytes(self._held[at : at + 4], "big")
            kind = bytes(self._held[at + 4 : at + 8])
            if size < 8 or at + size > len(self._held):
                return
            at += size
            if kind in (b"moov", b"mdat"):
                yield bytes(self._held[:at])
                del self._held[:at]
                at = 0
