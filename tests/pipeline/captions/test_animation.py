"""Captions in motion: inside the safe area, the same at any frame rate, at rest in time."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from caption_words import DRAWN
from hypothesis import given, settings
from hypothesis import strategies as st
from upright_clips import free

from pipeline.captions.caption_layer import Captions, Speech
from pipeline.captions.drawing.animation import Animation
from pipeline.captions.drawing.animation_timing import Moment, entrance, moment
from pipeline.captions.drawing.blending import Stamp
from pipeline.captions.drawing.typesetting import Typesetter
from pipeline.captions.layout.grouping import Group
from pipeline.captions.layout.safe_areas import SafeArea
from pipeline.captions.styles.style import Motion, Style, load_style
from pipeline.core.data import Span, Word

SIZE = (360, 640)
SAID = "So Wisconsin lost 40 percent, then nobody told me why it was cheap"


def said(text: str, word_s: float = 0.3) -> tuple[Word, ...]:
    """The words of a text, one after another without pauses."""
    return tuple(
        Word(text=t, start_s=n * word_s, end_s=(n + 0.9) * word_s, probability=1)
        for n, t in enumerate(text.split())
    )


def one_group(text: str, *, key: int | None = None, word_s: float = 0.3) -> Group:
    """A group in one line that is on screen until shortly after its last word."""
    words = said(text, word_s)
    return Group(
        words=words,
        lines=(len(words),),
        start_s=0.0,
        end_s=words[-1].end_s + 0.3,
        key=frozenset() if key is None else frozenset({key}),
    )


def moving(
    motion: Motion, text: str = "one two", key: int | None = None, style: str = "white_bold"
) -> Animation:
    look = replace(load_style(style), motion=motion)
    return Animation(Typesetter(look, *SIZE), one_group(text, key=key), 460.0)


def ink(stamp: Stamp) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what a stamp draws."""
    rows, columns = np.nonzero(stamp.kept[0] < 254)
    return (
        stamp.x + int(columns.min()),
        stamp.y + int(rows.min()),
        stamp.x + int(columns.max()) + 1,
        stamp.y + int(rows.max()) + 1,
    )


def captions(style: str, words: Sequence[Word] = said(SAID)) -> Captions:
    span = Span(start_s=0.0, end_s=30.0)
    return Captions(
        Speech(words, span, "en"), size=SIZE, style=style, places=free(SIZE), emphasis=True
    )


@pytest.mark.parametrize("style", DRAWN)
def test_words_that_overlap_are_lit_without_going_back(style: str) -> None:
    times = [(0.0, 3.0), (1.0, 2.0), (0.5, 2.5), (2.0, 2.0)]
    words = [
        replace(word, start_s=start_s, end_s=end_s)
        for word, (start_s, end_s) in zip(said("one two three four"), times, strict=True)
    ]
    shown = captions(style, words)
    assert all(shown.at(n / 30) is not None for n in range(69))
    whole = replace(one_group("one two three four"), words=tuple(words))
    assert [whole.spoken(t) for t in (0.0, 0.4, 0.5, 1.0, 1.9, 2.0)] == [0, 0, 2, 2, 2, 3]


@pytest.mark.parametrize("center", [0.0, 400.0, 640.0])
@pytest.mark.parametrize("style", DRAWN)
def test_text_stays_inside_the_safe_area_in_every_picture(style: str, center: float) -> None:
    safe = SafeArea.of(*SIZE)
    group = one_group("Pennsylvania 40 extraordinarily me", key=1)
    group = replace(group, lines=(2, 2))
    drawn = Animation(Typesetter(load_style(style), *SIZE), group, center)
    for n in range(45):
        left, top, right, bottom = ink(drawn.at(n / 30))
        assert safe.left <= left
        assert safe.top <= top
        assert right <= safe.right
        assert bottom <= safe.bottom


@pytest.mark.parametrize("style", DRAWN)
def test_a_moment_looks_the_same_at_any_frame_rate(style: str) -> None:
    """Pictures at the same time are equal, whatever pictures were drawn in between."""
    slow, fast = captions(style), captions(style)
    for n in range(120):
        now = fast.at(n / 60)
        if n % 5:  # at 12 pictures a second
            continue
        then = slow.at(n / 60)
        assert (now is None) == (then is None)
        if now is not None and then is not None:
            assert (now.x, now.y) == (then.x, then.y)
            for a, b in zip((*now.added, *now.kept), (*then.added, *then.kept), strict=True):
                assert int(np.abs(a.astype(int) - b).max(initial=0)) <= 256  # one level


@given(
    word_s=st.floats(0.02, 1.0),
    kind=st.sampled_from(["none", "pop", "rise", "fade", "type"]),
    word=st.sampled_from(["colour", "sweep", "box", "marker", "pop"]),
)
def test_motions_end_with_their_word_and_their_group(word_s: float, kind: str, word: str) -> None:
    motion = Motion(entrance=kind, word=word, shake=True)  # type: ignore[arg-type]  # names of kinds
    group = one_group("one two three", key=1, word_s=word_s)
    for n, over_s in enumerate((word_s, 2 * word_s, group.end_s)):
        last = moment(group, motion, over_s - 0.05 * word_s)
        assert last == Moment(spoken=n, entrance=last.entrance)
    half = moment(group, motion, (group.start_s + group.end_s) / 2)
    assert half.entrance == 1.0


@pytest.mark.parametrize("kind", ["pop", "rise", "fade"])
def test_a_group_is_seen_in_its_first_picture_and_rests_soon(kind: str) -> None:
    motion = Motion(entrance=kind)  # type: ignore[arg-type]  # a name of a kind
    drawn, rest = moving(motion), moving(Motion())
    first = drawn.at(0.0)
    assert int(first.kept[0].min()) < 160  # visible at once
    assert (first.kept[0].shape, first.y) != (rest.at(0.0).kept[0].shape, rest.at(0.0).y) or (
        int(first.kept[0].min()) > int(rest.at(0.0).kept[0].min())
    )
    settled, still = drawn.at(0.25), rest.at(0.25)
    assert drawn.at(0.28) is settled
    assert ink(settled)[2] - ink(settled)[0] == pytest.approx(ink(still)[2] - ink(still)[0], abs=2)


def test_a_group_that_pops_goes_beyond_its_size_and_back() -> None:
    drawn = moving(Motion(entrance="pop"))
    widths = [ink(drawn.at(n / 30))[2] - ink(drawn.at(n / 30))[0] for n in range(9)]
    rest = widths[-1]
    assert widths[0] < 0.97 * rest
    assert 1.015 * rest < max(widths) < 1.06 * rest
    assert widths[5:8] == [rest] * 3
    scales = [entrance(Motion(entrance="pop"), n / 100).scale for n in range(101)]
    assert scales[0] == pytest.approx(0.8)
    assert max(scales) == pytest.approx(1.04, abs=0.002)


def test_a_group_that_rises_comes_from_below() -> None:
    drawn = moving(Motion(entrance="rise"))
    tops = [ink(drawn.at(n / 30))[1] for n in range(8)]
    assert tops == sorted(tops, reverse=True)
    assert tops[0] > tops[-1]


def lit_columns(stamp: Stamp, before: Stamp) -> tuple[int, int] | None:
    """Where two stamps of the same place differ: first and last column of the clip."""
    assert (stamp.x, stamp.y) == (before.x, before.y)
    changed = np.flatnonzero((stamp.added[2] != before.added[2]).any(axis=0))
    return (stamp.x + 2 * int(changed[0]), stamp.x + 2 * int(changed[-1])) if len(changed) else None


def test_a_spoken_word_grows_and_stays_a_little_larger_and_is_not_cut() -> None:
    drawn, still = moving(Motion(word="pop"), "me WE"), moving(Motion(), "me WE")
    rest = ink(still.at(0.9))
    width = rest[2] - (rest[0] + rest[2]) / 2  # about that of the second word
    inks = [ink(drawn.at(0.3 + n / 60)) for n in range(12)]
    overhangs = [right - rest[2] for _, _, right, _ in inks]
    assert overhangs[-1] == pytest.approx(0.04 * width, abs=2)
    assert max(overhangs) > overhangs[-1]
    assert max(overhangs) == pytest.approx(0.06 * width, abs=2)


@pytest.mark.parametrize(("text", "to_right"), [("eins zwei", True), ("مرحبا بكم", False)])
def test_a_sweep_follows_the_reading_direction_of_the_word(text: str, *, to_right: bool) -> None:
    motion = Motion(word="sweep")
    drawn, unlit = moving(motion, text), moving(motion, text).at(0.0)
    fronts = []
    for n in range(1, 8):
        swept = lit_columns(drawn.at(n / 30), unlit)
        assert swept is not None
        fronts.append(swept[1] if to_right else swept[0])
    assert fronts == sorted(fronts, reverse=not to_right)
    assert abs(fronts[-1] - fronts[0]) > 30


def test_the_plate_slides_to_the_next_word_and_jumps_to_the_next_line() -> None:
    look = load_style("boxed")
    one_line = one_group("alpha bravo")
    for group, slides in ((one_line, True), (replace(one_line, lines=(1, 1)), False)):
        drawn = Animation(Typesetter(look, *SIZE), group, 400.0)
        before, after = drawn.at(0.29), drawn.at(0.55)
        states = [drawn.at(0.3 + n / 30) for n in range(3)]
        between = [
            s
            for s in states
            if not np.array_equal(s.added[2], before.added[2])
            and not np.array_equal(s.added[2], after.added[2])
        ]
        assert bool(between) == slides


def test_words_are_typed_letter_by_letter_and_the_next_ones_are_not_there_yet() -> None:
    drawn = moving(Motion(entrance="type"), "typed words")
    rights = [ink(drawn.at(n / 30))[2] for n in range(20)]
    assert rights == sorted(rights)
    assert len(set(rights[:9])) >= 4  # letters of the first word
    assert rights[8] < rights[-1] - 20  # the second word comes later


def test_a_key_word_shakes_and_comes_to_rest() -> None:
    """Its ink sways to both sides while it is spoken, by a small part of its size."""
    drawn = moving(Motion(shake=True), "so Wisconsin", key=1)
    lefts, weights = [], []
    for n in range(12):
        stamp = drawn.at(0.3 + n / 60)
        half = slice(stamp.kept[0].shape[1] // 2, None)
        shares = 256.0 - stamp.kept[0][:, half].sum(axis=0) / stamp.kept[0].shape[0]
        lefts.append(float((shares * np.arange(len(shares))).sum() / shares.sum()))
        weights.append(float(shares.sum()))
    rest = lefts[-1]
    assert max(lefts) > rest + 0.2
    assert min(lefts) < rest - 0.1
    assert max(abs(x - rest) for x in lefts) < 0.05 * 0.075 * 360 * 2
    assert drawn.at(0.3 + 0.27) is drawn.at(0.3 + 0.28)


def test_a_still_picture_is_the_same_object_so_that_a_card_keeps_it() -> None:
    shown = captions("white_bold", said("one two three four", word_s=1.0))
    stamps = [shown.at(0.5 + n / 30) for n in range(10)]
    assert len({id(stamp) for stamp in stamps}) == 1


def test_no_caption_stays_when_another_moment_begins() -> None:
    words = [*said("one two."), replace(said("three.")[0], start_s=5.0, end_s=5.3)]
    last_s = words[1].end_s
    for joints_s in ([], [last_s + 0.1]):
        shown = Captions(
            Speech(words, Span(start_s=0.0, end_s=9.0), joints_s=joints_s),
            size=SIZE,
            style="white_bold",
            places=free(SIZE),
        )
        assert shown.at(last_s + 0.05) is not None
        assert (shown.at(last_s + 0.15) is None) == bool(joints_s)
        assert shown.at(5.2) is not None


def test_a_speaker_has_a_color_in_a_style_that_gives_one() -> None:
    words = said("do you agree I do not")
    turns = [(Span(start_s=0.0, end_s=0.9), "A"), (Span(start_s=0.9, end_s=9.0), "B")]
    reds = []
    for style in ("podcast", "boxed"):
        for speakers in ((), turns):
            shown = Captions(
                Speech(words, Span(start_s=0.0, end_s=9.0), speakers=speakers),
                size=SIZE,
                style=style,
                places=free(SIZE),
            )
            for t_s in (0.5, 1.6):
                stamp = shown.at(t_s)
                assert stamp is not None
                neutral = 128.0 * (256 - stamp.kept[2].astype(int))
                reds.append(float((stamp.added[2] - neutral).min()) / 256)
    plain, turned = reds[:2], reds[2:4]
    assert turned[0] == pytest.approx(plain[0], abs=2)
    assert turned[1] < plain[1] - 15  # the second speaker's blue has less red
    assert reds[4:6] == pytest.approx(reds[6:8], abs=4)


def test_few_pictures_are_drawn_for_a_second_of_speech() -> None:
    """At 120 pictures a second no more states than ticks, and at rest none."""
    shown = captions("white_bold")
    states = {id(stamp): stamp for n in range(240) if (stamp := shown.at(n / 120)) is not None}
    assert 10 < len(states) <= 61


@settings(max_examples=25, deadline=None)
@given(name=st.sampled_from(DRAWN), word_s=st.floats(0.03, 0.4), key=st.sampled_from([None, 0, 1]))
def test_any_rhythm_can_be_drawn(name: str, word_s: float, key: int | None) -> None:
    look: Style = load_style(name)
    group = one_group("a 🔥 word", key=key, word_s=word_s)
    drawn = Animation(Typesetter(look, *SIZE), group, 400.0)
    for n in range(6):
        stamp = drawn.at(group.start_s + n * (group.end_s - group.start_s) / 6)
        assert stamp.x % 2 == stamp.y % 2 == 0
        assert stamp.added[1].shape == tuple(s // 2 for s in stamp.added[0].shape)
        ground = 235 * stamp.kept[0].astype(np.int64) + stamp.added[0] + 128
        assert int(ground.max()) < 65_536
