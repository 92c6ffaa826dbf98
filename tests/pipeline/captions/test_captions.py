"""Captions: grouped where a speaker would pause, inside the safe area, lit with the word."""

import random
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from av.video.frame import VideoFrame
from hypothesis import given
from hypothesis import strategies as st
from measured_text import INVISIBLE, Bounded

from pipeline.captions.blending import blend, prepare
from pipeline.captions.grouping import HOLD_S, Group, emphasize, group, shown_text
from pipeline.captions.placement import Places
from pipeline.captions.safe_areas import SafeArea
from pipeline.captions.style import Style, UnknownStyle, load_style, style_names
from pipeline.captions.text_shaping import visual_order
from pipeline.captions.typesetting import Tile, Typesetter
from pipeline.core.data import (
    Box,
    CropKey,
    CropPath,
    CropSegment,
    Face,
    FaceTrack,
    Shot,
    VideoStream,
    Word,
)
from pipeline.core.layout import zoom_in
from pipeline.language.writing_systems import (
    is_visible,
    join_words,
    to_upper_case,
    word_equivalents,
)
from pipeline.media.planes import pixels

SCRIPTS = {
    "english": "So, what we are really talking about is freedom, and why it matters today.",
    "german": "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen sagte er: „Na und?“",
    "arabic": "مرحبا بكم في هذا البرنامج الجديد، اليوم نتحدث عن iPhone Pro الجديد!",
    "hebrew": "שלום לכולם, היום נדבר על הדבר החשוב ביותר.",
    "hindi": "नमस्ते दोस्तों, आज हम बात करेंगे नई तकनीक के बारे में।",
    "thai": "สวัสดี ทุกคน วันนี้ เรา จะ คุย กัน เรื่อง ใหม่",
    "japanese": "今日 は とても 良い 天気 です ね、 散歩 に 行き ましょう 。",
    "korean": "안녕하세요 여러분, 오늘은 새로운 기술에 대해 이야기하겠습니다.",
    "russian": "Здравствуйте, сегодня мы поговорим о самом важном вопросе.",
    "emoji": "That is 🔥 amazing 👍🏽 folks! 😂 👨‍👩‍👧",
}
DRAWN = [name for name in style_names() if load_style(name).draw]


def said(text: str, *, start_s: float = 0.0, word_s: float = 0.3) -> list[Word]:
    """The words of a text, one after another without pauses."""
    return [
        Word(text=t, start_s=start_s + n * word_s, end_s=start_s + (n + 1) * word_s, probability=1)
        for n, t in enumerate(text.split())
    ]


def grouped(words: list[Word], style: str = "boxed", width: float = 840.0) -> tuple[Group, ...]:
    """With 30 pixels a letter."""
    return group(words, load_style(style), width=width, measure=lambda text: 30.0 * len(text))


def test_the_promised_styles_are_there() -> None:
    assert set(style_names()) >= {"white_bold", "karaoke", "boxed", "neon", "minimal", "none"}


def test_an_unknown_style_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownStyle, match="white_bold"):
        load_style("comic")


def test_the_style_none_shows_nothing() -> None:
    assert grouped(said(SCRIPTS["english"]), "none") == ()


def test_no_word_is_lost_or_shown_twice() -> None:
    words = said(SCRIPTS["english"])
    shown = [word for g in grouped(words) for word in g.words]
    assert [w.start_s for w in shown] == [w.start_s for w in words]
    assert [w.text for w in shown] == SCRIPTS["english"].split()


def test_lines_break_at_pauses_and_sentence_ends() -> None:
    words = said("This is one. And this") + said("goes on here", start_s=3.0)
    assert [join_words([w.text for w in g.words]) for g in grouped(words)] == [
        "This is one.",
        "And this",
        "goes on here",
    ]


def test_a_comma_is_a_better_break_than_the_middle_of_a_phrase() -> None:
    groups = grouped(said("When it rains, we stay inside"))
    assert join_words([w.text for w in groups[0].words]) == "When it rains,"


@pytest.mark.parametrize("seed", range(20))
def test_groups_hold_for_any_rhythm_of_speech(seed: int) -> None:
    """Few words, in order, never two at once, never longer than their words and a moment."""
    chance = random.Random(seed)
    words, t_s = [], 0.0
    for _ in range(60):
        length = chance.uniform(0.05, 0.7)
        text = "x" * chance.randint(1, 14) + chance.choice(["", "", "", ",", "."])
        words.append(Word(text=text, start_s=t_s, end_s=t_s + length, probability=1))
        t_s += length + chance.choice([0, 0, 0.02, 0.2, 0.5, 2.0])
    style = load_style("boxed")
    groups = grouped(words)
    assert sum(len(g.words) for g in groups) == len(words)
    for g, following in zip(groups, [*groups[1:], None], strict=True):
        assert 1 <= len(g.words) <= style.text.max_words
        assert sum(g.lines) == len(g.words)
        assert len(g.lines) <= 2
        assert g.start_s == g.words[0].start_s
        assert g.end_s >= g.words[-1].end_s - 1e-9
        bridged = following is not None and g.end_s == following.start_s
        assert g.end_s <= g.words[-1].end_s + HOLD_S + (0.05 if bridged else 0.0) + 1e-9
        if following is not None:
            assert g.end_s <= following.start_s + 1e-9
            gap = following.start_s - g.end_s
            assert gap < 1e-9 or gap > 0.05 - 1e-9  # no flicker


def test_marks_that_a_style_leaves_out_are_left_out_but_not_those_of_abbreviations() -> None:
    look = load_style("white_bold").text
    shown = [shown_text(t, look) for t in ("well,", "U.S.", "p.m.,", "why?", "3.5", "...", "$1.5.")]
    assert shown == ["WELL", "U.S.", "P.M.", "WHY?", "3.5", "", "$1.5"]


@given(texts=st.lists(st.text(min_size=1, max_size=12), max_size=40), width=st.floats(1.0, 2e3))
def test_grouping_ends_by_whatever_words_measure(texts: list[str], width: float) -> None:
    measure = Bounded(lambda text: 30.0 * sum(c.isalpha() for c in text), 100_000)
    groups = group(said(" ".join(texts)), load_style("boxed"), width=width, measure=measure)
    shown = [word.text for g in groups for word in g.words]
    assert all(map(is_visible, shown))


@pytest.mark.parametrize("text", INVISIBLE, ids=ascii)
def test_words_without_anything_to_see_are_not_shown(text: str) -> None:
    words = [replace(word, text=text) for word in said("a " * 2000)]
    assert grouped(words) == ()


def test_the_word_that_is_lit_is_the_last_one_begun() -> None:
    (g,) = grouped(said("one two three"))
    assert [g.spoken(t) for t in (0.0, 0.29, 0.3, 0.59, 0.61, 5.0)] == [0, 0, 1, 1, 2, 2]


def test_words_of_scripts_without_spaces_are_joined() -> None:
    assert join_words(["今日", "は", "iPhone", "です"]) == "今日は iPhone です"
    assert join_words(["안녕", "여러분"]) == "안녕 여러분"


def pieces(texts: Iterable[str], style: str, gap_after: int = -1) -> list[list[str]]:
    """Lines of each group of words that follow one another, with one pause if asked."""
    words, t_s = [], 0.0
    for n, text in enumerate(texts):
        words.append(Word(text=text, start_s=t_s, end_s=t_s + 0.15, probability=1))
        t_s += 0.15 + (0.7 if n == gap_after else 0.0)
    typesetter = Typesetter(load_style(style), 1080, 1920)
    return [
        [
            join_words([w.text for w in part])
            for part in (g.words[: g.lines[0]], g.words[g.lines[0] :])
        ]
        for g in group(
            words, typesetter.style, width=typesetter.text_width, measure=typesetter.measure
        )
    ]


JAPANESE = (
    "今日はとても良い天気ですね、みんなで公園まで散歩に行きましょう。それから東京タワーの"
    "レストランでコーヒーを飲みながらこれからのことをゆっくり話したいと思います。"
)


@pytest.mark.parametrize("style", DRAWN)
def test_letters_that_come_one_by_one_are_shown_by_the_phrase(style: str) -> None:
    groups = pieces(JAPANESE, style)
    phrases = ["".join(lines) for lines in groups]
    look = load_style(style).text
    drop = look.drop
    assert "".join(phrases) == "".join(c for c in JAPANESE if c not in drop)
    lengths = [len(phrase) for phrase in phrases]
    assert max(lengths) <= 16
    assert sum(lengths) / len(lengths) >= min(6, 2 * look.max_words)
    assert min(lengths) >= 4
    six_letters_fit = look.max_words >= 3
    assert not six_letters_fit or any(p.rstrip("。").endswith("行きましょう") for p in phrases)
    for line in (line for lines in groups for line in lines if line):
        assert line[0] not in "、。ーょっ"


def test_letters_that_come_one_by_one_are_parted_at_a_pause() -> None:
    assert pieces("私は昨日東京へ", "boxed", gap_after=2)[0] == ["私は昨", ""]


def test_thai_syllables_are_shown_by_the_phrase() -> None:
    text = "สวัส ดี ทุก คน วัน นี้ เรา จะ คุย กัน เรื่อง ใหม่ ที่ น่า สน ใจ มาก สำ หรับ ทุก คน ใน ประ เทศ"
    phrases = ["".join(lines) for lines in pieces(text.split(), "boxed")]
    assert "".join(phrases) == text.replace(" ", "")
    assert len(phrases) <= 4


def test_scripts_with_spaces_are_counted_by_the_word() -> None:
    assert [
        word_equivalents(text) for text in ("a", "Donaudampfschiff", "안녕하세요", "مرحبا", "42")
    ] == [1] * 5
    assert word_equivalents("日本語") == pytest.approx(3 * word_equivalents("日"))
    assert word_equivalents("นี้") == pytest.approx(
        word_equivalents("น")
    )  # marks above a letter take no room


def test_right_to_left_lines_are_read_from_the_right() -> None:
    assert visual_order(["one", "two", "three"]) == [0, 1, 2]
    assert visual_order(["مرحبا", "بكم", "هنا"]) == [2, 1, 0]
    # a foreign name inside keeps its own order
    assert visual_order(["عن", "iPhone", "Pro", "الجديد"]) == [3, 1, 2, 0]
    assert visual_order(["we", "say", "مرحبا", "بكم", "here"]) == [0, 1, 3, 2, 4]


@pytest.mark.parametrize("size", [(1080, 1920), (1920, 1080)])
@pytest.mark.parametrize("style", DRAWN)
def test_text_in_any_script_lies_inside_the_safe_area(style: str, size: tuple[int, int]) -> None:
    typesetter = Typesetter(load_style(style), *size)
    safe = SafeArea.of(*size)
    for text in SCRIPTS.values():
        groups = group(
            said(text), typesetter.style, width=typesetter.text_width, measure=typesetter.measure
        )
        longest = max(
            groups, key=lambda g: typesetter.measure(join_words([w.text for w in g.words]))
        )
        for centre in (0.0, 0.7 * size[1], float(size[1])):
            for tile in typesetter.draw(longest, centre):
                rows, columns = np.nonzero(tile.rgba[..., 3])
                assert len(rows) > 100, text
                assert tile.x + columns.min() >= safe.left, text
                assert tile.x + columns.max() < safe.right, text
                assert tile.y + rows.min() >= safe.top, text
                assert tile.y + rows.max() < safe.bottom, text


def test_upright_video_leaves_room_for_the_apps_buttons() -> None:
    safe = SafeArea.of(1080, 1920)
    assert safe.right <= 1080 * 0.89 + 1
    assert safe.top >= 1920 * 0.08 - 1
    assert safe.bottom <= 1920 * 0.80 + 1


@pytest.mark.parametrize("style", DRAWN)
def test_the_spoken_word_looks_different_and_only_it(style: str) -> None:
    typesetter = Typesetter(load_style(style), 1080, 1920)
    (g,) = group(said("alpha bravo"), typesetter.style, width=2000, measure=typesetter.measure)
    first, second = map(on_canvas, typesetter.draw(g, 1344.0))
    changed = np.abs(first.astype(int) - second.astype(int)).sum(axis=(0, 2)) > 400
    half = first.shape[1] // 2
    assert changed[half:].any()  # the second word lights up
    if not typesetter.style.colour.stays:
        assert changed[:half].any()  # the first goes out


def on_canvas(tile: Tile) -> np.ndarray:
    canvas = np.zeros((1920, 1080, 4), np.uint8)
    h, w = tile.rgba.shape[:2]
    canvas[tile.y : tile.y + h, tile.x : tile.x + w] = tile.rgba
    return canvas


@pytest.mark.parametrize("style", DRAWN)
def test_letters_contrast_with_their_edge_or_plate(style: str) -> None:
    look = load_style(style)
    assert isinstance(look, Style)
    if look.outline is not None:
        assert contrast(look.colour.text, look.outline.colour) >= 4.5
        assert contrast(look.colour.spoken, look.outline.colour) >= 4.5
        assert contrast(look.colour.key, look.outline.colour) >= 4.5
    else:
        assert look.box is not None
        assert contrast(look.colour.text, look.box.colour) >= 4.5
        plate = look.word_box or look.box
        assert contrast(look.colour.spoken, plate.colour) >= 4.5
        assert contrast(look.colour.key, look.box.colour) >= 4.5
        assert contrast(look.colour.key, plate.colour) >= 4.5


def contrast(a: str, b: str) -> float:
    """Ratio of WCAG 2, colours taken as opaque."""

    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    bright, dark = sorted((light(a), light(b)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("style", DRAWN)
def test_a_key_word_stands_out_before_and_after_it_is_said(style: str) -> None:
    look = load_style(style)
    look = replace(look, text=replace(look.text, max_words=4))  # the four words in one group
    typesetter = Typesetter(look, 1080, 1920)
    words = said("we saw Wisconsin now")
    (g,) = group(words, look, width=2000, measure=typesetter.measure)
    (marked,) = emphasize((g,), words, look, "en")
    assert not g.key
    assert marked.key == {2}
    key = np.array([int(look.colour.key[i : i + 2], 16) for i in (1, 3, 5)])
    shown = [
        int((np.abs(t.rgba[..., :3].astype(int) - key).max(axis=2) < 3).sum())
        for t in (*typesetter.draw(marked, 1344.0), *typesetter.draw(g, 1344.0))
    ]
    assert min(shown[0], shown[1], shown[3]) > 500
    assert max(shown[4:]) < 50  # nothing else has the colour
    other = look.colour.spoken if look.colour.spoken != look.colour.text else look.colour.text
    apart = np.abs(key - [int(other[i : i + 2], 16) for i in (1, 3, 5)]).max()
    assert apart > 60


def test_a_masked_word_does_not_stand_out() -> None:
    words = [replace(w, masked=w.text == "f*****g") for w in said("it is f*****g Wisconsin now")]
    look = load_style("boxed")
    groups = group(words, look, width=2000, measure=lambda text: 1.0)
    assert [g.key for g in emphasize(groups, words, look, "en")] == [{3}]


def test_larger_words_stay_inside_the_safe_area() -> None:
    look = load_style("white_bold")
    typesetter = Typesetter(look, 1080, 1920)
    words = said("Wisconsinwisconsinwisconsin Pennsylvaniapennsylvania x 2,000,000,000,000,000,000")
    for g in group(words, look, width=typesetter.text_width, measure=typesetter.measure):
        all_key = replace(g, key=frozenset(range(len(g.words))))
        for tile in typesetter.draw(all_key, 1344.0):
            assert tile.x >= typesetter.safe.left
            assert tile.x + tile.rgba.shape[1] <= typesetter.safe.right + 2


def test_emoji_keep_their_colours() -> None:
    typesetter = Typesetter(load_style("white_bold"), 1080, 1920)
    (g,) = group(said("🔥"), typesetter.style, width=2000, measure=typesetter.measure)
    (tile,) = typesetter.draw(g, 1344.0)
    rgba = tile.rgba.astype(int)
    opaque = rgba[rgba[..., 3] > 250]
    reddish = (opaque[:, 0] > 200) & (opaque[:, 1] < 140) & (opaque[:, 2] < 120)
    assert reddish.sum() > 200


def test_a_stamp_changes_its_own_rectangle_only_and_white_stays_white() -> None:
    frame = VideoFrame(64, 48, "yuv420p")
    for plane, value in zip(frame.planes, (60, 90, 200), strict=True):
        pixels(plane)[...] = value
    rgba = np.zeros((8, 12, 4), np.uint8)
    rgba[:4] = 255  # opaque white above, nothing below
    rgba[4:6] = (128, 0, 0, 128)  # half red, premultiplied
    blend(frame, prepare(Tile(10, 6, rgba)))
    luma, cb, cr = (pixels(plane) for plane in frame.planes)
    assert (luma[6:10, 10:22] == 235).all()
    assert (cb[3:5, 5:11] == 128).all()
    assert (cr[3:5, 5:11] == 128).all()
    assert abs(int(luma[10, 10]) - (60 + 63) / 2) <= 1
    assert (luma[12:14, 10:22] == 60).all()
    luma[6:14, 10:22], cb[3:7, 5:11], cr[3:7, 5:11] = 60, 90, 200
    assert (luma == 60).all()
    assert (cb == 90).all()
    assert (cr == 200).all()


def one_face(box: Box) -> tuple[CropPath, tuple[Shot, ...], VideoStream]:
    """A clip that shows the whole of a 1080 x 1920 source with a face."""
    whole = Box(x=0, y=0, w=1080, h=1920)
    path = CropPath(
        width=1080,
        height=1920,
        segments=(
            CropSegment(start_s=0, end_s=10, layout="crop", keys=(CropKey(t_s=0, box=whole),)),
        ),
    )
    times = tuple(i / 5 for i in range(50))
    track = FaceTrack(times_s=times, faces=tuple(Face(box=box, confidence=0.9) for _ in times))
    video = VideoStream(
        index=0,
        codec="h264",
        stored_width=1080,
        stored_height=1920,
        width=1080,
        height=1920,
        rotation=0,
        sample_aspect=Fraction(1),
        fps=Fraction(30),
        hdr=False,
    )
    return path, (Shot(start_s=0, end_s=10, tracks=(track,)),), video


@pytest.mark.parametrize("top", [200, 700, 1100, 1250])
def test_captions_keep_off_a_face_where_a_third_is_free(top: int) -> None:
    face = Box(x=300, y=top, w=400, h=450)
    height = 260.0
    [spot] = Places(*one_face(face)).spots(1.0, 2.0, height)
    centre = spot.centre
    assert centre + height / 2 <= face.y or centre - height / 2 >= face.y + face.h


def test_captions_stand_in_their_usual_place_under_a_face_in_the_upper_third() -> None:
    [spot] = Places(*one_face(Box(x=300, y=300, w=400, h=450))).spots(1.0, 2.0, 260.0)
    assert spot.centre == pytest.approx(0.72 * 1920)


def two_shots(first: Box, second: Box, cut_s: float) -> Places:
    """One after the other, each with a face of its own."""
    path, (shot,), video = one_face(first)
    [track], [segment] = shot.tracks, path.segments
    faces = tuple(Face(box=first if t < cut_s else second, confidence=0.9) for t in track.times_s)
    return Places(
        replace(
            path,
            segments=(replace(segment, end_s=cut_s), replace(segment, start_s=cut_s)),
        ),
        (replace(shot, tracks=(replace(track, faces=faces),)),),
        video,
    )


def test_captions_move_with_a_cut_where_no_place_is_free_on_both_sides_of_it() -> None:
    low, high = Box(x=300, y=1150, w=400, h=500), Box(x=300, y=100, w=400, h=950)
    before, after = two_shots(low, high, 5.0).spots(4.0, 6.0, 260.0)
    assert (before.start_s, before.end_s, after.start_s, after.end_s) == (4.0, 5.0, 5.0, 6.0)
    for spot, face in ((before, low), (after, high)):
        assert spot.free
        assert spot.centre + 130 <= face.y or spot.centre - 130 >= face.y + face.h


def test_captions_stay_over_a_cut_where_they_can_and_never_flash() -> None:
    high, higher = Box(x=300, y=300, w=400, h=450), Box(x=300, y=100, w=400, h=450)
    assert len(two_shots(high, higher, 5.0).spots(4.0, 6.0, 260.0)) == 1
    low, tall = Box(x=300, y=1150, w=400, h=500), Box(x=300, y=100, w=400, h=950)
    [spot] = two_shots(low, tall, 5.0).spots(4.8, 6.0, 260.0)
    assert (spot.start_s, spot.end_s) == (4.8, 6.0)
    assert spot.centre - 130 >= tall.y + tall.h


@pytest.mark.parametrize(("nod", "stays"), [(50, True), (200, False)])
def test_captions_keep_their_place_within_a_take_while_a_chin_only_comes_near(
    nod: int, stays: bool
) -> None:
    before = Box(x=300, y=420, w=600, h=800)
    path, (shot,), video = one_face(before)
    lower = replace(before, y=before.y + nod)
    [track] = shot.tracks
    faces = tuple(Face(box=before if t < 5 else lower, confidence=0.9) for t in track.times_s)
    places = Places(path, (replace(shot, tracks=(replace(track, faces=faces),)),), video)
    [first], [second] = (places.spots(a, a + 1.0, 130.0) for a in (2.0, 7.0))
    assert first.free
    assert (second.centre == first.centre) == stays
    top, bottom = second.centre - 65, second.centre + 65
    assert bottom <= lower.y or top >= lower.y + lower.h  # in no case on the face itself


@pytest.mark.parametrize("shots", [1, 2])
def test_captions_keep_their_place_over_a_jump_cut_but_need_not_over_another(shots: int) -> None:
    face = Box(x=300, y=420, w=600, h=800)
    path, (shot,), video = one_face(face)
    [wide] = path.segments
    key = CropKey(t_s=5, box=zoom_in(wide.keys[0].box, 1.1, (600, 820)))
    near = replace(wide, start_s=5, keys=(key,))
    path = replace(path, segments=(replace(wide, end_s=5), near))
    seen = (shot,) if shots == 1 else (replace(shot, end_s=5), replace(shot, start_s=5))
    places = Places(path, seen, video)
    [first], [second] = (places.spots(a, a + 1.0, 130.0) for a in (2.0, 7.0))
    assert (second.centre == first.centre) == (shots == 1)
    assert second.centre - 65 >= 820 + 1.1 * 400  # below the chin


def test_captions_go_with_a_cut_shortly_before_their_end_where_they_would_cover_a_face() -> None:
    low, tall = Box(x=300, y=1150, w=400, h=500), Box(x=300, y=100, w=400, h=950)
    [spot] = two_shots(low, tall, 5.0).spots(4.0, 5.3, 260.0)
    assert (spot.start_s, spot.end_s, spot.free) == (4.0, 5.0, True)
    [still] = two_shots(low, low, 5.0).spots(4.0, 5.3, 260.0)
    assert still.end_s == 5.3


def test_captions_stand_on_the_seam_of_halves_and_leave_it_to_a_chin() -> None:
    times = tuple(i / 5 for i in range(50))
    upright, (shot,), video = one_face(Box(x=0, y=0, w=1, h=1))

    def centre(left: Box, right: Box) -> float:
        segment = CropSegment(
            start_s=0,
            end_s=10,
            layout="split",
            keys=(CropKey(t_s=0, box=Box(x=0, y=0, w=540, h=480)),),
            others=((CropKey(t_s=0, box=Box(x=540, y=0, w=540, h=480)),),),
        )
        tracks = tuple(
            FaceTrack(times_s=times, faces=tuple(Face(box=b, confidence=0.9) for _ in times))
            for b in (left, right)
        )
        path = replace(upright, segments=(segment,))
        [spot] = Places(path, (replace(shot, tracks=tracks),), video).spots(1.0, 2.0, 260.0)
        return spot.centre

    high, low = Box(x=200, y=120, w=120, h=160), Box(x=200, y=330, w=120, h=150)
    assert centre(high, Box(x=740, y=120, w=120, h=160)) == pytest.approx(960)
    moved = centre(low, Box(x=740, y=290, w=120, h=160))
    assert moved - 130 >= 960 or moved + 130 <= 2 * 330


@pytest.mark.parametrize(
    ("text", "capital"),
    [
        ("επισκευή", "ΕΠΙΣΚΕΥΗ"),
        ("χρόνια,", "ΧΡΟΝΙΑ,"),
        ("νεράιδα", "ΝΕΡΑΪΔΑ"),
        ("ρολόι", "ΡΟΛΟΪ"),
        ("ταΐζω", "ΤΑΪΖΩ"),
        ("και", "ΚΑΙ"),
        ("ή", "Ή"),
        ("voilà", "VOILÀ"),
        ("дёшево", "ДЁШЕВО"),
        ("straße", "STRASSE"),
        ("cafe\u0301", "CAFÉ"),
        ("🔧", "🔧"),
    ],
)
def test_capitals_are_written_as_in_their_language(text: str, capital: str) -> None:
    assert to_upper_case(text) == capital
