"""A tiny fake pipeline for tests whose subject is the server.

A source is a text file: `seconds 61.5` is a minute-long talk, `no audio` is rejected. A test can
hold a stage and release it later, make it fail, or make it slow.
"""

import itertools
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import get_args

from klipfast_server.core.engine import PENDING, READY, CardMemory, ModelsState
from pipeline.captions.previews import swatch
from pipeline.core.brand import Brand, FileKind
from pipeline.core.control import Control
from pipeline.core.data import (
    AudioStream,
    Box,
    Breakdown,
    ChapterStart,
    Clip,
    Coverage,
    CropKey,
    CropPath,
    CropSegment,
    Face,
    FaceTrack,
    Highlight,
    Options,
    Sentence,
    Shot,
    Source,
    Span,
    Talk,
    TitleVariant,
    Transcript,
    VideoStream,
    Word,
)
from pipeline.core.errors import NoAudio, NotAVideo, TooLong
from pipeline.core.texts import (
    Block,
    BlockKind,
    Document,
    Statement,
    TextKind,
    TextOptions,
    Texts,
)
from pipeline.framing.views import ClipView
from pipeline.texts import formats

VIDEO = VideoStream(
    index=0,
    codec="h264",
    stored_width=1280,
    stored_height=720,
    width=1280,
    height=720,
    rotation=0,
    sample_aspect=Fraction(1),
    fps=Fraction(30000, 1001),
    hdr=False,
)
FPS, RENDER_S = 30, 0.25  # of each clip
AUDIO = AudioStream(index=1, codec="aac", sample_rate=48_000, channels=2)


class FakeEngine:
    """Finds one highlight every ten seconds; a clip is a text file that names its bounds."""

    caption_styles = ("white_bold", "karaoke", "none")

    def __init__(self) -> None:
        self.models_state = PENDING
        self.memory: CardMemory | None = None
        self.warm_errors: list[Exception] = []
        self.calls: list[str] = []  # except looks at highlights
        self.looks: list[str] = []
        self.holds: dict[str, threading.Event] = {}
        self.deaf: set[str] = set()  # names of calls that check nothing
        self.reached: dict[str, threading.Event] = {}
        self.errors: dict[str, Exception] = {}
        self.heard_s: float | None = None  # where the sound breaks off; None: nowhere
        self.damaged_s = 0.0  # of the sound before that
        self.unintelligible_s = 0.0  # of the 10 s of speech, from 1 s on
        self.doubtful_s = 0.0  # of the same
        self.speakers: tuple[str, ...] = ()  # of the sentences, in turns
        self.said: dict[int, str] = {}  # what sentences say instead of their word
        self.spoken: dict[int, str] = {}  # the same, word by word
        self.titles: dict[int, str] = {}  # of highlights and chapters
        self.branded: list[Brand | None] = []  # of each clip
        self.brand_files: dict[FileKind, bytes] = {}  # that were there for the last clip
        self.lead_in_s = 0.0  # of clips
        self.known: list[tuple[Shot, ...]] = []  # to each call that looks
        self.pictures = 1  # thumbnails of each clip
        self.written: list[Talk] = []  # what texts were written from
        self.rendered: list[Talk] = []  # what clips were made of
        self.wishes: list[TextOptions] = []  # how
        self.withheld: dict[TextKind, str] = {}  # reasons for kinds that are not written
        self.listen_ratio = 0.0  # seconds of work per second of source
        self.encode_ratio = 0.0  # seconds of work per second of clip

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

    def caption_preview(self, name: str) -> bytes:
        """Draw a real preview, which needs no models."""
        self.calls.append(f"preview {name}")
        return swatch(name)

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
        path: Path,
        *,
        options: Options,
        work_dir: Path,
        control: Control,
    ) -> Talk:
        """Return a one-word sentence every ten seconds, each of which is a highlight."""
        self._enter("listen", control)
        source = self.probe(path, max_duration_s=None)
        self._work("transcribe", self.listen_ratio * source.duration_s, control)
        bounds = [(start, start + 9.5) for start in range(0, int(source.duration_s) - 9, 10)]
        words: list[Word] = []
        sentences: list[Sentence] = []
        for i, (start, end) in enumerate(bounds):
            said = self.said.get(i, f"Word{i}.")
            texts = self.spoken[i].split() if i in self.spoken else [said]
            step_s = (end - start) / len(texts)
            sentences.append(
                Sentence(
                    text=self.spoken.get(i, said),
                    start_s=start,
                    end_s=end,
                    first_word=len(words),
                    last_word=len(words) + len(texts) - 1,
                    speaker=self.speakers[i % len(self.speakers)] if self.speakers else None,
                )
            )
            words += [
                Word(
                    text=text,
                    start_s=start + n * step_s,
                    end_s=end if n + 1 == len(texts) else start + (n + 1) * step_s,
                    probability=0.9,
                )
                for n, text in enumerate(texts)
            ]
        highlights = tuple(
            Highlight(
                start_s=start,
                end_s=end,
                first_sentence=i,
                last_sentence=i,
                score=0.5,
                virality_score=80 - i,
                breakdown=Breakdown(hook=0.1, flow=0.2, value=0.3, energy=0.4),
                reason="It begins with a question.",
                title=self.titles.get(i, f"The best moment {i}"),
                description="It is about a word.",
                hashtags=("#word",),
                title_variants=(
                    TitleVariant(kind="claim", title=self.titles.get(i, f"The best moment {i}")),
                ),
                confidence=0.75,
                kind="story",
            )
            for i, (start, end) in enumerate(bounds)
        )
        transcript = Transcript(
            language=options.language or "en",
            duration_s=source.duration_s if self.heard_s is None else self.heard_s,
            words=tuple(words),
            sentences=tuple(sentences),
            damaged_s=self.damaged_s,
            coverage=Coverage(
                speech_s=10.0,
                unintelligible=(Span(start_s=1.0, end_s=1.0 + self.unintelligible_s),)
                if self.unintelligible_s
                else (),
                unintelligible_s=self.unintelligible_s,
                doubtful_s=self.doubtful_s,
            ),
        )
        chapters = tuple(
            ChapterStart(
                start_s=s.start_s,
                title=self.titles.get(i, f"Topic {i}"),
                sources=(i,),
                strength=2.0 - 0.5 * i,
                usual=i < 3,
            )
            for i, s in enumerate(sentences)
        )
        return Talk(
            source=source,
            transcript=transcript,
            highlights=highlights,
            chapters=chapters,
            waveform=bytes(n % 256 for n in range(int(source.duration_s * 10))),
            worth=tuple(0.1 * (n % 10) for n in range(len(transcript.sentences))),
        )

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
    ) -> Clip:
        """Write two small files."""
        del known  # what a look has returned: its crop would be planned by it
        self._enter(f"clip {highlight.first_sentence}", control)
        kept = stretches(highlight)
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
            kept=kept if highlight.left_out else (),
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
        return Texts(tuple(self._document(kind, talk, options) for kind in options.text_outputs))

    def _document(self, kind: TextKind, talk: Talk, options: Options) -> Document:
        said, language = talk.transcript.sentences, talk.transcript.language
        if kind in self.withheld:
            return Document(kind=kind, language=language, text="", reason=self.withheld[kind])
        texts: dict[TextKind, str] = {
            "twitter_thread": "1/ Word0.",
            "linkedin_post": "Word0.",
            "blog_post": "# Word0",
        }
        opening: dict[TextKind, BlockKind] = {"twitter_thread": "message", "blog_post": "title"}
        first = Statement(text=texts.get(kind, kind).lstrip("1/ #"), sources=(0,))
        blocks = [Block(kind=opening.get(kind, "paragraph"), statements=(first,))]
        if kind == "quote_cards" or options.text_options.length == "long":
            blocks = [] if kind == "quote_cards" else blocks
            blocks += [
                Block(
                    kind="message" if kind == "twitter_thread" else "quotation",
                    statements=(Statement(text=sentence.text, sources=(n,)),),
                    speaker=sentence.speaker,
                    start_s=sentence.start_s,
                )
                for n, sentence in enumerate(said)
            ]
            return formats.compose(kind, language, blocks, link=options.text_options.link)
        return Document(
            kind=kind, language=language, text=texts.get(kind, kind), blocks=tuple(blocks)
        )


def _shot(highlight: Highlight) -> Shot:
    """Return a shot of a highlight with a face in its middle."""
    face = Face(box=Box(x=600.0, y=300.0, w=80.0, h=100.0), confidence=1.0)
    track = FaceTrack(times_s=(highlight.start_s, highlight.end_s), faces=(face, face))
    return Shot(start_s=highlight.start_s, end_s=highlight.end_s, tracks=(track,))


def stretches(highlight: Highlight) -> tuple[Span, ...]:
    """Return what a highlight keeps."""
    gaps = (t for gap in highlight.left_out for t in (gap.start_s, gap.end_s))
    borders = [highlight.start_s, *gaps, highlight.end_s]
    return tuple(Span(start_s=a, end_s=b) for a, b in zip(borders[::2], borders[1::2], strict=True))
