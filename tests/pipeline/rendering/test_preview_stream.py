"""A preview that plays is the clip, smaller: each picture at its time, and the same sound."""

import io
import wave
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from films import RATE, Picture, frames_of, speech_like, textured, write_film
from meter import sound_of
from rendered_clips import FAST, whole
from shots import cropped

from pipeline.core.control import Control
from pipeline.core.data import Box, CropPath, Options, Source, Span, Word
from pipeline.core.errors import Canceled
from pipeline.media.probing import probe
from pipeline.rendering import preview_stream
from pipeline.rendering.clip_plan import ClipPlan
from pipeline.rendering.clip_renderer import render_clip

WORDS = tuple(
    Word(text=text, start_s=1.0 + 0.5 * n, end_s=1.4 + 0.5 * n, probability=1.0)
    for n, text in enumerate(["Here", "are", "um,", "some", "words", "to", "read", "now."])
)
SPAN = Span(start_s=0.8, end_s=7.3)
LIKE_DB = 31.0  # two encodings, and text whose edges are on other pixels
ORDER = (
    Span(start_s=2.96, end_s=5.3),
    Span(start_s=0.8, end_s=2.95),
    Span(start_s=5.3, end_s=7.3),
)
CUTS = (Span(start_s=1.5, end_s=2.0), Span(start_s=3.42, end_s=4.1))


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight seconds, with another scene each second."""
    folder = tmp_path_factory.mktemp("stream")
    pictures = [textured(second, (640, 360)) for second in range(8) for _ in range(25)]
    return write_film(folder / "talk.mp4", pictures, sound=speech_like(8))


def plan_of(
    source: Source,
    options: Options = FAST,
    left_out: Sequence[Span] = (),
    order: Sequence[Span] = (),
) -> ClipPlan:
    return ClipPlan(
        source=source,
        span=SPAN,
        words=WORDS,
        path=whole(source, SPAN, options, shrunk=1) if source.video else upright(),
        style="karaoke",
        options=options,
        title="A title of it",
        language="en",
        left_out=left_out,
        order=order,
    )


def upright() -> CropPath:
    """The path of a source without a picture."""
    nothing = Box(x=0.0, y=0.0, w=1080.0, h=1920.0)
    return cropped("fit", nothing, size=(1080, 1920), start_s=SPAN.start_s, end_s=SPAN.end_s)


def pieces_of(plan: ClipPlan, first: int = 0) -> list[bytes]:
    """The header and the pieces."""
    clip = preview_stream.prepare(plan, Control())
    return list(preview_stream.play(clip, first, Control()))


def pictures_of(content: bytes) -> list[tuple[float, Picture]]:
    """(time, RGB) of an MP4 in memory."""
    with av.open(io.BytesIO(content), "r") as file:
        return [
            (float(frame.time or 0), np.asarray(frame.to_ndarray(format="rgb24"), np.uint8))
            for frame in file.decode(video=0)
        ]


def likeness(one: Picture, other: Picture) -> float:
    """PSNR in dB at a tenth of a preview's size: a letter may stand on the next pixel."""
    error = float(((smaller(one).astype(float) - smaller(other)) ** 2).mean())
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


def smaller(picture: Picture) -> Picture:
    frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
    small = frame.reformat(width=36, height=64, interpolation="AREA")
    return np.asarray(small.to_ndarray(format="rgb24"), np.uint8)


@pytest.mark.parametrize(
    ("options", "left_out", "order"),
    [
        (FAST, (), ()),
        (replace(FAST, hook_title=True), (), ()),
        (FAST, CUTS, ()),
        (replace(FAST, remove_fillers=True, remove_silences="fast", motion="none"), CUTS, ()),
        (FAST, (), ORDER),
        (replace(FAST, remove_fillers=True, remove_silences="fast"), CUTS, ORDER),
    ],
    ids=["plain", "title", "cut", "tightened", "order", "tightened in order"],
)
def test_each_picture_is_that_of_the_file(
    talk: Path, tmp_path: Path, options: Options, left_out: Sequence[Span], order: Sequence[Span]
) -> None:
    plan = plan_of(probe(talk), options, left_out, order)
    clip = render_clip(plan, stem=tmp_path / "clip", control=Control())
    played = b"".join(pieces_of(plan))
    shown, rendered = pictures_of(played), frames_of(clip.path)
    assert len(shown) == len(rendered)
    for (at_s, small), (time_s, picture) in zip(shown, rendered, strict=True):
        assert at_s == pytest.approx(time_s, abs=0.002)
        assert likeness(small, picture) > LIKE_DB, at_s
    (tmp_path / "played.mp4").write_bytes(played)
    one, other = sound_of(tmp_path / "played.mp4"), sound_of(clip.path)
    both = min(one.shape[1], other.shape[1])
    noise = one[:, :both] - other[:, :both]
    assert float((noise**2).mean()) < 0.02 * float((other[:, :both] ** 2).mean())


def test_without_its_text_a_picture_is_unlike_it(talk: Path) -> None:
    plan = plan_of(probe(talk), replace(FAST, hook_title=True))
    bare = replace(plan, style="none", options=FAST)
    with_it, without = (pictures_of(b"".join(pieces_of(p)))[40][1] for p in (plan, bare))
    assert likeness(with_it, without) < LIKE_DB - 3


@pytest.mark.parametrize("order", [(), ORDER])
def test_a_piece_is_the_same_wherever_the_start_was(talk: Path, order: Sequence[Span]) -> None:
    plan = plan_of(probe(talk), left_out=CUTS, order=order)
    header, *pieces = pieces_of(plan)
    later_header, *later = pieces_of(plan, first=1)
    assert header == later_header
    assert len(pieces) == 1 + len(later) == 6
    both = [pictures_of(header + piece) for piece in (pieces[1], later[0])]
    assert [t for t, _ in both[0]] == [t for t, _ in both[1]]
    assert both[0][0][0] == pytest.approx(1.0)  # its own time, not the first
    for (_, one), (_, other) in zip(*both, strict=True):
        assert likeness(one, other) > 40


def test_what_sounds_the_same_is_not_read_again(
    talk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(probe(talk), left_out=CUTS)
    before = preview_stream.prepare(plan, Control())
    monkeypatch.setattr(preview_stream, "prepare_sound", None)
    after = preview_stream.prepare(replace(plan, style="white_bold"), Control(), before)
    assert after.sound is before.sound
    assert (after.scene, after.plan.style) == (before.scene, "white_bold")


def test_sound_alone_has_its_bars(tmp_path: Path) -> None:
    path = tmp_path / "talk.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((speech_like(8)[0] * 32767).astype("<i2").tobytes())
    plan = plan_of(probe(path))
    clip = render_clip(plan, stem=tmp_path / "clip", control=Control())
    shown, rendered = pictures_of(b"".join(pieces_of(plan))), frames_of(clip.path)
    assert len(shown) == len(rendered)
    _, small = shown[100]
    assert likeness(small, rendered[100][1]) > 20


def test_it_says_why_a_title_is_not_shown(talk: Path) -> None:
    plan = plan_of(probe(talk), replace(FAST, hook_title=True))
    repeated = replace(plan, title="Here are um, some words")
    bare = replace(plan, options=FAST)
    told = [preview_stream.prepare(p, Control()).title_hidden for p in (plan, repeated, bare)]
    assert told == [None, "said", None]


def test_a_canceled_one_ends(talk: Path) -> None:
    clip = preview_stream.prepare(plan_of(probe(talk)), Control())
    control = Control()
    playing = preview_stream.play(clip, 0, control)
    next(playing)
    control.cancel.set()
    with pytest.raises(Canceled):
        list(playing)
