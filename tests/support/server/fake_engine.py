"""A tiny fake pipeline for tests whose subject is the server.

A source is a text file: `seconds 61.5` is a minute-long talk, `no audio` is rejected. A test can
hold a stage and release it later, make it fail, or make it slow.
"""

import itertools
import threading
import time
from collections.abc import Generator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import get_args

import numpy as np
from fake_talk import AUDIO, VIDEO, FakeTalk

from klipfast_server.core.engine import PENDING, READY, CardMemory, ModelsState, Networks
from pipeline.captions.previews import moving, swatch
from pipeline.core.brand import Brand, FileKind
from pipeline.core.control import Control
from pipeline.core.data import (
    Box,
    Clip,
    CropKey,
    CropPath,
    CropSegment,
    Face,
    FaceTrack,
    Highlight,
    Options,
    Shot,
    Source,
    Span,
    Talk,
    TranscriptChunk,
)
from pipeline.core.errors import NoAudio, NotAVideo, TooLong
from pipeline.core.texts import TextOptions, Texts
from pipeline.core.timemap import TimeMap, pieces_of
from pipeline.framing.views import ClipView
from pipeline.rendering.preview_stream import Prepared
from pipeline.stages import plan_clip

FPS, RENDER_S = 30, 0.25  # each clip's


class FakeEngine(FakeTalk):
    """Finds one highlight every ten seconds; a clip is a text file that names its bounds."""

    caption_styles = ("white_bold", "karaoke", "none")

    def __init__(self) -> None:
        super().__init__()
        self.models_state = PENDING
        self.memory: CardMemory | None = None
        self.warm_errors: list[Exception] = []
        self.calls: list[str] = []  # except looks at highlights
        self.looks: list[str] = []
        self.holds: dict[str, threading.Event] = {}
        self.deaf: set[str] = set()  # names of calls that check nothing
        self.reached: dict[str, threading.Event] = {}
        self.errors: dict[str, Exception] = {}
        self.branded: list[Brand | None] = []  # the brand of each clip
        self.brand_files: dict[FileKind, bytes] = {}  # that were there for the last clip
        self.lead_in_s = 0.0  # intro before each clip
        self.known: list[tuple[Shot, ...]] = []  # to each call that looks
        self.played_before: list[bool] = []  # whether each was played before a change
        self.views: list[ClipView | None] = []  # that each clip was made by
        self.pictures = 1  # thumbnails of each clip
        self.written: list[Talk] = []  # what texts were written from
        self.rendered: list[Talk] = []  # what clips were made of
        self.wishes: list[TextOptions] = []  # how
        self.tells_chunks = False  # whether it tells words before the last is heard
        self.listen_ratio = 0.0  # seconds of work per second of source
        self.encode_ratio = 0.0  # seconds of work per second of clip

    def networks(self) -> Networks:
        """One network, as far as all are."""
        states = {"speech recognizer": self.models_state}
        return Networks(device="cpu", precision="float32", states=states)

    @property
    def made(self) -> list[str]:
        """The calls but writing, which runs beside the clips."""
        return [call for call in self.calls if call != "write"]

    def hold(self, name: str) -> None:
        """Block every call of this name until `let_go`; the call stays cancelable."""
        self.holds[name] = threading.Event()

    def hang(self, name: str) -> None:
        """Block every call of this name until `let_go`; the call hears nothing meanwhile."""
        self.hold(name)
        self.deaf.add(name)

    def let_go(self, name: str) -> None:
        """Release the calls that `hold` or `hang` blocks."""
        self.deaf.discard(name)
        self.holds.pop(name).set()

    def _enter(self, name: str, control: Control) -> None:
        (self.looks if name.startswith("look ") else self.calls).append(name)
        self.reached.setdefault(name, threading.Event()).set()
        hold = self.holds.get(name)
        while hold is not None and not hold.wait(0.01):
            if name not in self.deaf:
                control.check()
        if name in self.errors:
            raise self.errors[name]

    def _work(self, stage: str, seconds: float, control: Control) -> None:
        """Spend the time, report progress and stay cancelable."""
        if not seconds:
            control.report(stage, 0.5)
        began = time.monotonic()
        while (spent := time.monotonic() - began) < seconds:
            control.report(stage, spent / seconds)
            time.sleep(min(0.01, seconds - spent))

    def card_memory(self) -> CardMemory | None:
        """As the test has set it."""
        return self.memory

    def caption_preview(self, name: str, *, ground: bool) -> bytes:
        """Draw a real preview, which needs no models."""
        self.calls.append(f"preview {name}")
        return swatch(name, ground=ground)

    def caption_motion(self, name: str) -> bytes:
        """Draw a real preview, which needs no models."""
        self.calls.append(f"motion {name}")
        return moving(name)

    def warm(self) -> None:
        """Load nothing: there are no models. Each of `warm_errors` is raised once."""
        if self.warm_errors:
            error = self.warm_errors.pop(0)
            self.models_state = ModelsState(status="failed", reason=str(error))
            raise error
        self.models_state = READY

    def probe(self, path: Path, *, max_duration_s: float | None) -> Source:
        """Read the text file. Raises NoAudio, NotAVideo or TooLong."""
        word, _, rest = path.read_text(encoding="utf-8", errors="replace").partition(" ")
        if word == "no":
            raise NoAudio("There is no sound in this video.")
        if word != "seconds":
            raise NotAVideo("This is not a video.")
        duration_s = float(rest.split()[0])
        if max_duration_s is not None and duration_s > max_duration_s:
            raise TooLong("The video is too long.")
        return Source(
            path=path,
            container="fake",
            duration_s=duration_s,
            origin_s=0.0,
            video=VIDEO,
            audio=AUDIO,
        )

    def listen(
        self,
        source: Source,
        *,
        options: Options,
        work_dir: Path,
        control: Control,
    ) -> Talk:
        """Return a one-word sentence every ten seconds, each of which is a highlight."""
        talk = self.heard(source, options.language or "en")
        said = talk.transcript
        for number, word in enumerate(said.words if self.tells_chunks else ()):
            control.on_chunk(
                TranscriptChunk(
                    key="fake", first=number, windows=1, language=said.language, words=(word,)
                )
            )
        self._enter("listen", control)
        self._work("transcribe", self.listen_ratio * source.duration_s, control)
        return talk

    def describe(
        self,
        talk: Talk,
        span: Highlight,
        *,
        options: Options,
        control: Control,
    ) -> Highlight:
        """Title and score a span."""
        self._enter("describe", control)
        return replace(
            span,
            title=span.title or "A span of one's own",
            virality_score=50,
            reason="Somebody chose it.",
            confidence=0.5,
        )

    def join_moments(
        self, talk: Talk, moments: Sequence[Highlight], *, options: Options, control: Control
    ) -> Highlight:
        """Join as many whole moments as fit, in their order."""
        self._enter("join", control)
        kept: list[Highlight] = []
        for moment in moments:
            if sum(m.end_s - m.start_s for m in [*kept, moment]) <= options.max_duration_s:
                kept.append(moment)
        if not kept:
            raise TooLong("No whole sentence of these moments fits.")
        first, last = kept[0], kept[-1]
        return replace(
            first,
            end_s=last.end_s,
            last_sentence=last.last_sentence,
            left_out=tuple(
                Span(start_s=a.end_s, end_s=b.start_s) for a, b in itertools.pairwise(kept)
            ),
            title="The best of it",
            virality_score=60,
            reason=f"Joins {len(kept)} moments.",
        )

    def make_clip(
        self,
        talk: Talk,
        highlight: Highlight,
        *,
        options: Options,
        stem: Path,
        control: Control,
        known: Sequence[Shot] = (),
        view: ClipView | None = None,
    ) -> Clip:
        """Write two small files."""
        del known  # it looks at nothing
        self.views.append(view)
        self._enter(f"clip {highlight.first_sentence}", control)
        kept = pieces_of(highlight)
        clip_s = sum(part.duration_s for part in kept)
        self.branded.append(options.brand)
        self.rendered.append(talk)
        brand = options.brand or Brand()
        for kind in get_args(FileKind):
            if (path := brand.path(kind)) is not None:
                self.brand_files[kind] = path.read_bytes()
        self._work("render", self.encode_ratio * clip_s, control)
        video, picture = stem.with_suffix(".mp4"), stem.with_suffix(".jpg")
        video.write_text(f"clip of {highlight.start_s:.1f} to {highlight.end_s:.1f} s")
        pictures = (picture, *(stem.with_suffix(f".{n}.jpg") for n in range(2, self.pictures + 1)))
        for n, path in enumerate(pictures, 1):
            path.write_bytes(b"\xff\xd8 picture" + b" of others" * (n - 1))
        return Clip(
            path=video,
            thumbnails=pictures,
            width=1080,
            height=1920,
            duration_s=clip_s,
            encoder="fake",
            lead_in_s=self.lead_in_s,
            kept=kept if highlight.left_out or highlight.order else (),
            shots=(_shot(highlight),),
            frames=round(clip_s * FPS),
            render_s=RENDER_S,
        )

    def look_at(
        self,
        talk: Talk,
        highlight: Highlight,
        *,
        options: Options,
        control: Control,
        known: Sequence[Shot] = (),
    ) -> ClipView:
        """See one face in one shot, and show the picture whole."""
        self.known.append(tuple(known))
        self._enter(f"look {highlight.start_s:g}", control)
        whole = Box(x=0.0, y=0.0, w=VIDEO.width, h=VIDEO.height)
        segment = CropSegment(
            start_s=highlight.start_s,
            end_s=highlight.end_s,
            layout="fit",
            keys=(CropKey(t_s=highlight.start_s, box=whole),),
        )
        first, last = highlight.first_sentence, highlight.last_sentence
        spoken = talk.transcript.sentences[first : last + 1]
        return ClipView(
            span=Span(start_s=highlight.start_s, end_s=highlight.end_s),
            words=talk.transcript.words[spoken[0].first_word : spoken[-1].last_word + 1],
            shots=(_shot(highlight),),
            path=CropPath(width=1080, height=1920, segments=(segment,)),
            left_out=(),
            speakers=(),
            looked=(_shot(highlight),),
        )

    def prepare_preview(
        self,
        talk: Talk,
        highlight: Highlight,
        view: ClipView,
        *,
        options: Options,
        control: Control,
        before: Prepared | None = None,
    ) -> Prepared:
        """Plan it for real; it is silent, and has no picture."""
        self._enter("prepare", control)
        talk.source.path.read_bytes()
        self.branded.append(options.brand)
        self.played_before.append(before is not None)
        plan = plan_clip(talk, highlight, view, options)
        kept = TimeMap(pieces_of(highlight))
        scene = plan.scene(Span(start_s=0.0, end_s=kept.duration_s))
        return Prepared(
            plan=plan,
            scene=replace(scene, cut=kept),
            sound=np.zeros((2, 1), np.float32),
            rate=Fraction(FPS),
            start_s=highlight.start_s,
        )

    def play(self, clip: Prepared, first: int, control: Control) -> Generator[bytes, None, None]:
        """Say which pieces of what are played."""
        self.calls.append(f"play from {first}")
        yield b"header; "
        for number in range(first, clip.pieces):
            self._enter("piece", control)
            yield f"piece {number} of {clip.plan.options.caption_style}; ".encode()

    def preview(
        self,
        talk: Talk,
        highlight: Highlight,
        view: ClipView,
        *,
        options: Options,
        at_s: float,
        width: int,
        control: Control,
    ) -> bytes:
        """Say what is shown; and read the source and the brand, as a real preview does."""
        self._enter("preview", control)
        talk.source.path.read_bytes()
        self.branded.append(options.brand)
        for kind in get_args(FileKind):
            if options.brand is not None and (path := options.brand.path(kind)) is not None:
                self.brand_files[kind] = path.read_bytes()
        said = " ".join(word.text for word in view.words)
        drawn = f"{options.caption_style} {highlight.title} at {at_s:g}, {width} wide: {said}"
        return b"\xff\xd8 " + drawn.encode()

    def still(self, source: Source, at_s: float, *, side: int, control: Control) -> bytes | None:
        """Say which moment of a source that is there; none after its end."""
        self._enter("still", control)
        source.path.read_bytes()
        if at_s >= source.duration_s:
            return None
        return b"\xff\xd8 " + f"source at {at_s:g}, {side} wide".encode()

    def write_texts(self, talk: Talk, *, options: Options, control: Control) -> Texts:
        """Return short texts for the requested outputs; long ones have every sentence."""
        self._enter("write", control)
        self.written.append(talk)
        self.wishes.append(options.text_options)
        return Texts(tuple(self.document(kind, talk, options) for kind in options.text_outputs))


def _shot(highlight: Highlight) -> Shot:
    """Return a shot of a highlight with a face in its middle."""
    face = Face(box=Box(x=600.0, y=300.0, w=80.0, h=100.0), confidence=1.0)
    track = FaceTrack(times_s=(highlight.start_s, highlight.end_s), faces=(face, face))
    return Shot(start_s=highlight.start_s, end_s=highlight.end_s, tracks=(track,))
