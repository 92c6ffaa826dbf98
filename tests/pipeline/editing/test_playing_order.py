"""Clips whose parts play in another order than in the talk."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from films import RATE, Picture, frames_of, plain, write_film
from hypothesis import given
from hypothesis import strategies as st
from meter import sound_of
from project_paths import SAMPLE
from real_models import models
from rendered_clips import FAST, beeps, flashes, highlight_of, rendered, seen_and_heard, whole

import pipeline
from pipeline.captions.layout.grouping import group, shown_text
from pipeline.captions.styles.style import load_style
from pipeline.core.control import Control
from pipeline.core.data import Options, Sentence, Span, Talk, Transcript, Word
from pipeline.core.timemap import (
    TimeMap,
    moved_order,
    omitted,
    order_within,
    pieces_of,
    remap_words,
)
from pipeline.editing import stretches
from pipeline.editing.excerpt import excerpt
from pipeline.export import subtitles
from pipeline.export.cut_list import Edit, cut_list
from pipeline.media.probing import probe
from pipeline.rendering.clip_plan import ClipPlan
from pipeline.rendering.clip_renderer import render_clip

STILL = replace(FAST, motion="none")
AT = [0.4, 1.9, 4.4, 5.2, 7.8, 9.4]
LIKE_DB = 30.0  # dB; two encodings of a picture differ by less


def spans(*times: tuple[float, float]) -> tuple[Span, ...]:
    return tuple(Span(start_s=a, end_s=b) for a, b in times)


FIRST, SECOND = spans((0.0, 3.2), (3.2, 10.0))


@st.composite
def maps(draw: st.DrawFn) -> TimeMap:
    """Disjoint pieces in any order; some touch."""
    steps = draw(st.lists(st.integers(1, 40), min_size=2, max_size=16))
    borders = np.cumsum([draw(st.integers(0, 50)), *steps]) / 25
    pieces = [
        Span(start_s=float(a), end_s=float(b))
        for n, (a, b) in enumerate(pairwise(borders))
        if n == 0 or draw(st.booleans())
    ]
    return TimeMap(tuple(draw(st.permutations(pieces))))


@given(cut=maps(), share=st.floats(0, 1 - 1e-6))  # the end of a piece belongs to the next
def test_the_two_clocks_are_inverse_where_something_plays(cut: TimeMap, share: float) -> None:
    at_s = share * cut.duration_s
    source_s = cut.to_source(at_s)
    assert cut.to_clip(source_s) == pytest.approx(at_s, abs=1e-6) or not cut.holds(source_s)
    for piece, begins_s in cut.pieces():
        t_s = piece.start_s + share * piece.duration_s
        assert cut.to_clip(t_s) == pytest.approx(begins_s + t_s - piece.start_s, abs=1e-9)
        assert cut.to_source(cut.to_clip(t_s) + 1e-9) == pytest.approx(t_s, abs=1e-6)


@given(cut=maps(), from_s=st.floats(0, 10))
def test_runs_are_the_whole_clip_and_ascend(cut: TimeMap, from_s: float) -> None:
    runs = cut.runs()
    assert tuple(piece for run in runs for piece in run.pieces()) == tuple(cut.pieces())
    for run in runs:
        assert all(a.end_s <= b.start_s for a, b in pairwise(run.kept))
        others = set(cut.kept) - set(run.kept)
        assert not any(run.span.start_s < other.start_s < run.span.end_s for other in others)
    left = cut.runs(from_s)
    assert left == runs[-len(left) :]
    assert left[0].begins_s <= from_s + 1e-6 or left == runs or from_s >= cut.duration_s


def test_what_is_in_the_order_of_the_talk_is_one_run() -> None:
    assert len(TimeMap(spans((1, 2), (4, 5), (5, 9))).runs()) == 1
    order = TimeMap(spans((1, 2), (6, 7), (4, 5)))
    assert [run.begins_s for run in order.runs()] == [0, 1, 2]
    assert stretches.joints(order) == [1, 2]


def test_each_part_is_read_as_a_sentence() -> None:
    """A part that begins or ends within a sentence gets its capital and its full stop."""
    texts = ["So", "we", "waited", "and", "then", "it", "worked."]
    words = [
        Word(text=text, start_s=float(n), end_s=n + 0.8, probability=1.0)
        for n, text in enumerate(texts)
    ]
    shown = remap_words(words, TimeMap(spans((2.9, 7), (0, 2.9))))
    assert [word.text for word in shown] == ["And", "then", "it", "worked.", "So", "we", "waited."]
    assert all(a.end_s <= b.start_s + 1e-9 for a, b in pairwise(shown))
    transcript = Transcript(
        language="en",
        duration_s=7.0,
        words=tuple(words),
        sentences=(
            Sentence(text=" ".join(texts), start_s=0, end_s=6.8, first_word=0, last_word=6),
        ),
    )
    spoken = excerpt(transcript, highlight_of(Span(start_s=0, end_s=7)), spans((2.9, 7), (0, 2.9)))
    assert [s.text for s in spoken.sentences] == ["And then it worked.", "So we waited."]
    written = subtitles.write(spoken, "srt")
    assert written.index("And then it worked.") < written.index("So we waited.")
    assert "worked. So" not in written


def test_a_clip_plays_its_parts_without_what_is_left_out() -> None:
    clip = highlight_of(Span(start_s=0, end_s=10), left_out=spans((6, 7)))
    assert pieces_of(clip) == spans((0, 6), (7, 10))
    assert omitted(clip) == clip.left_out
    clip = replace(clip, order=spans((5, 9), (0, 3)))
    assert pieces_of(clip) == spans((5, 6), (7, 9), (0, 3))
    assert omitted(clip) == spans((3, 5), (6, 7), (9, 10))


@pytest.mark.parametrize(
    ("after", "order"),
    [
        ((0, 10), [(5, 10), (0, 4)]),
        ((-2, 12), [(5, 12), (-2, 4)]),  # what it gains goes on with the part beside it
        ((1, 8), [(5, 8), (1, 4)]),
        ((4.5, 12), [(5, 12)]),
        ((20, 30), []),
        ((5, 10), []),  # all of it
    ],
)
def test_new_ends_keep_the_order(
    after: tuple[float, float], order: Sequence[tuple[float, float]]
) -> None:
    before, [new] = Span(start_s=0, end_s=10), spans(after)
    assert moved_order(spans((5, 10), (0, 4)), before, new) == spans(*order)


def test_what_a_clip_gains_beside_what_it_left_out_is_a_part() -> None:
    before, after = spans((0, 10), (-2, 10))
    assert moved_order(spans((5, 10), (1, 4)), before, after) == spans((5, 10), (-2, 0), (1, 4))


def test_parts_that_follow_one_another_are_one() -> None:
    clip = Span(start_s=0, end_s=10)
    assert order_within(spans((0, 4), (4, 10)), clip) == ()
    assert order_within(spans((4, 6), (6, 10), (0, 4)), clip) == spans((4, 10), (0, 4))
    assert order_within(spans((4, 10), (0, 0.1)), clip) == spans((4, 10))


def around(at: Sequence[float]) -> list[Word]:
    return [
        Word(text=f"word{n}", start_s=t - 0.12, end_s=t + 0.2, probability=1.0)
        for n, t in enumerate(at)
    ]


def film_of(folder: Path, fps: int = 25) -> Path:
    return write_film(folder / "f.mp4", flashes(10, AT, fps=fps), fps=fps, sound=beeps(10, AT))


@pytest.mark.parametrize(("fps", "start_s"), [(25, 0.0), (24, 0.0), (30, 0.013), (60, 0.17)])
@pytest.mark.parametrize("options", [STILL, replace(STILL, remove_silences="fast")])
def test_picture_and_sound_are_in_step(
    fps: int, start_s: float, options: Options, tmp_path: Path
) -> None:
    order = (SECOND, replace(FIRST, start_s=start_s))
    made = rendered(
        film_of(tmp_path, fps),
        tmp_path / "c",
        start_s=start_s,
        words=around(AT),
        options=options,
        order=order,
    )
    seen, heard = seen_and_heard(made)
    cut = TimeMap(made.kept)
    assert len(cut.runs()) == 2
    expected = [cut.to_clip(t) for t in [*AT[2:], *AT[:2]]]
    assert expected == sorted(expected)
    assert seen == pytest.approx(expected, abs=0.5 / fps + 0.003)
    assert heard == pytest.approx(expected, abs=0.003)
    assert made.duration_s == pytest.approx(cut.duration_s, abs=0.03)
    assert np.diff([t for t, _ in frames_of(made.path)]) == pytest.approx(1 / fps, abs=1e-3)


def test_sound_alone_and_pictures_of_a_card_play_in_order(tmp_path: Path) -> None:
    """The card is the processor, as in tests of its arithmetic."""
    source = probe(film_of(tmp_path))
    span = Span(start_s=0.0, end_s=10.0)
    made = []
    for number, kind in enumerate((source, replace(source, video=None))):
        plan = ClipPlan(
            source=kind,
            span=span,
            words=around(AT),
            path=whole(source, span, shrunk=4),
            style="none",
            options=STILL,
            order=(SECOND, FIRST),
        )
        stem = tmp_path / f"{number}"
        card = torch.device("cpu")
        made.append(render_clip(plan, stem=stem, control=Control(), card=card))
    for clip in made:
        seen, heard = seen_and_heard(clip)
        expected = [TimeMap(clip.kept).to_clip(t) for t in [*AT[2:], *AT[:2]]]
        assert heard == pytest.approx(expected, abs=0.003)
        if clip is made[0]:
            assert seen == pytest.approx(expected, abs=0.023)


@pytest.mark.parametrize(("start_s", "end_s"), [(0.0, 10.0), (0.6, 9.2)])
def test_no_joint_clicks(start_s: float, end_s: float, tmp_path: Path) -> None:
    """A hum goes through everything; no step at a joint is larger than its own."""
    times = np.arange(10 * RATE) / RATE
    sound = (0.02 * np.sin(2 * np.pi * 97 * times)).astype(np.float32)[None] + beeps(10, AT)
    film = write_film(tmp_path / "f.mp4", [plain((60,) * 3)] * 250, sound=sound)
    order = spans((7.0, end_s), (3.2, 7.0), (start_s, 3.2))
    made = rendered(
        film, tmp_path / "c", start_s=start_s, end_s=end_s, words=around(AT), order=order
    )
    heard = sound_of(made.path)[0]
    steps = np.abs(np.diff(heard))
    hum = float(steps[round(0.1 * RATE) : round(0.5 * RATE)].max())
    joints = [begins_s for _, begins_s in TimeMap(made.kept).pieces()][1:]
    assert len(joints) == 2
    for begins_s in joints:
        at = round(begins_s * RATE)
        assert steps[at - 1000 : at + 1000].max() < 1.6 * hum


def test_it_is_looked_at_and_cut_like_any_clip(tmp_path: Path) -> None:
    """What a job renders: the order goes from the highlight to the file and to the cut list."""
    words = tuple(around(AT))
    sentences = (Sentence(text="", start_s=0.2, end_s=9.6, first_word=0, last_word=5),)
    transcript = Transcript(language="en", duration_s=10.0, words=words, sentences=sentences)
    highlight = replace(
        highlight_of(Span(start_s=0.0, end_s=10.0), left_out=spans((4.9, 5.6))),
        order=spans((3.2, 10.0), (0.0, 1.0)),
    )
    source = probe(film_of(tmp_path))
    talk = Talk(source=source, transcript=transcript, highlights=(highlight,))
    made = pipeline.make_clip(
        talk,
        highlight,
        models=models(),
        options=STILL,
        stem=tmp_path / "c",
        control=Control(),
    )
    bounds = [t for piece in made.kept for t in (piece.start_s, piece.end_s)]
    assert bounds == pytest.approx([3.2, 4.9, 5.6, 10.0, 0.0, 1.0], abs=0.09)
    seen, heard = seen_and_heard(made)
    expected = [TimeMap(made.kept).to_clip(t) for t in (AT[2], AT[4], AT[5], AT[0])]
    assert seen == pytest.approx(expected, abs=0.023)
    assert heard == pytest.approx(expected, abs=0.003)
    listed = cut_list(source, [Edit(highlight=highlight, kept=made.kept)], media="talk.mp4")
    frames = [round(t * 25) for t in bounds]
    assert [n for piece in listed.pieces for n in (piece.start, piece.end)] == frames


def psnr(one: Picture, other: Picture) -> float:
    error = float(((one.astype(float) - other) ** 2).mean())
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


def test_the_sample_talk_swapped_is_what_it_was(tmp_path: Path) -> None:
    """Each picture with its caption, and the sound, is that of the same moment before."""
    source = probe(SAMPLE)
    words = [
        Word(text=f"Word{n}.", start_s=4 + 0.8 * n, end_s=4.6 + 0.8 * n, probability=1.0)
        for n in range(12)
    ]
    plainly, swapped = (
        rendered(
            source,
            tmp_path / f"{len(order)}",
            start_s=4.0,
            end_s=13.5,
            words=words,
            options=STILL,
            style="white_bold",
            order=order,
        )
        for order in ((), spans((8.7, 13.5), (4.0, 8.7)))
    )
    cut = TimeMap(swapped.kept)
    assert [piece.start_s for piece in cut.kept] == pytest.approx([8.7, 4.0], abs=0.05)
    before, after = frames_of(plainly.path), frames_of(swapped.path)
    assert len(after) == pytest.approx(len(before), abs=3)
    rate = float(source.video.fps) if source.video else 0.0
    joint_s = cut.kept[0].duration_s
    for t_s, picture in after:
        if min(t_s, abs(t_s - joint_s)) < 0.4:  # a caption goes later if another follows it
            continue
        moment_s = cut.to_source(t_s + 0.001) - 4.0
        near = round(moment_s * rate)
        others = before[max(0, near - 1) : near + 2]
        assert max(psnr(picture, other) for _, other in others) > LIKE_DB, t_s
    one, other = sound_of(plainly.path), sound_of(swapped.path)
    for piece, begins_s in cut.pieces():
        long = round((piece.duration_s - 0.2) * RATE)
        at, was = (round((t + 0.1) * RATE) for t in (begins_s, piece.start_s - 4.0))
        a, b = one[0, was : was + long], other[0, at : at + long]
        assert np.corrcoef(a, b)[0, 1] > 0.98


def test_no_caption_is_on_both_sides_of_a_joint() -> None:
    words = [
        Word(text=text, start_s=0.3 * n, end_s=0.3 * n + 0.28, probability=1.0)
        for n, text in enumerate(["so", "we", "go", "on"])
    ]
    look = load_style("white_bold")
    words = [replace(word, text=shown_text(word.text, look.text)) for word in words]
    for number in (1, 2, 3):
        joint_s = words[number].start_s - 0.01
        groups = group(
            words, look, width=2000, measure=lambda text: 20.0 * len(text), joints_s=[joint_s]
        )
        assert words[number] in [shown.words[0] for shown in groups]
