"""Captions as SubStation files, read back by a program of others."""

import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pysubs2
import pytest

from pipeline.captions.drawing.typesetting import Typesetter
from pipeline.captions.styles.style import UnknownStyle, load_style, style_names
from pipeline.core.data import Transcript, Word
from pipeline.export import ass_subtitles

SIZE: dict[str, Any] = {"width": 1080, "height": 1920}
SYLLABLE = re.compile(r"\{\\k(\d+)([^}]*)\}([^{]*)")


def talk(text: str, *, word_s: float = 0.4, duration_s: float = 60.0) -> Transcript:
    """The words of a text, one after another."""
    words = tuple(
        Word(text=t, start_s=n * word_s, end_s=(n + 1) * word_s, probability=1.0)
        for n, t in enumerate(text.split(" "))
    )
    return Transcript(language="en", duration_s=duration_s, words=words, sentences=())


def written(transcript: Transcript, style: str = "white_bold") -> pysubs2.SSAFile:
    return pysubs2.SSAFile.from_string(ass_subtitles.write(transcript, style, **SIZE), "ass")


def shown(file: pysubs2.SSAFile) -> str:
    return " ".join(event.plaintext.replace("\n", " ") for event in file)


@pytest.mark.parametrize("style", style_names())
def test_every_style_has_its_words_and_its_name(style: str) -> None:
    file = written(talk("so we went to the sea and it was cold"), style)
    assert shown(file).casefold() == "so we went to the sea and it was cold"
    assert set(file.styles) == {style} == {event.style for event in file}
    assert (file.info["PlayResX"], file.info["PlayResY"]) == ("1080", "1920")


def test_the_look_is_that_of_the_style() -> None:
    look = written(talk("hello there"), "white_bold").styles["white_bold"]
    assert (look.fontname, look.bold, look.alignment) == ("Montserrat", True, 2)
    assert 0.075 * 1080 <= look.fontsize <= 0.1 * 1080
    assert (look.primarycolor.r, look.primarycolor.g, look.primarycolor.b) == (0xFF, 0xE1, 0x4A)
    assert (look.secondarycolor.r, look.secondarycolor.b) == (0xFF, 0xFF)
    assert (look.outlinecolor.r, look.outlinecolor.a) == (0, 0)
    assert 1920 * 0.2 < look.marginv < 1920 * 0.3
    assert shown(written(talk("hello there"), "white_bold")) == "HELLO THERE"
    assert written(talk("hello"), "boxed").styles["boxed"].borderstyle == 3
    assert written(talk("hello"), "none").styles["none"].outline > 0


@pytest.mark.parametrize("style", style_names())
def test_each_word_lights_when_it_is_said(style: str) -> None:
    transcript = talk("one two three four five six seven eight nine ten", word_s=0.377)
    file = written(transcript, style)
    lit = [
        (event.start / 1000 + sum(int(s[0]) for s in before) / 100, word[2])
        for event in file
        for syllables in [SYLLABLE.findall(event.text)]
        for n, word in enumerate(syllables)
        for before in [syllables[:n]]
    ]
    assert len(lit) == len(transcript.words)
    for (at_s, text), word in zip(lit, transcript.words, strict=True):
        assert text.replace("\\N", "").strip().casefold() == word.text
        assert at_s == pytest.approx(word.start_s, abs=0.0151)
    for event, following in pairwise(file):
        assert event.start < event.end <= following.start


def test_a_word_goes_out_where_the_style_lights_one_alone() -> None:
    assert "\\t(400,400,\\1c&HFFFFFF&)" in written(talk("one two"), "white_bold")[0].text
    assert "\\t(" not in written(talk("one two"), "karaoke")[0].text


def test_key_words_stand_out_and_no_others() -> None:
    said = talk("she paid 300 dollars for a lamp")
    for style, key in (("white_bold", "8AF05C"), ("karaoke", "3FD2FF")):
        plain, loud = (
            ass_subtitles.write(said, style, **SIZE, emphasis=emphasis)
            for emphasis in (False, True)
        )
        assert "\\fscx112" not in plain
        syllables = {
            text.replace("\\N", "").strip().casefold(): commands
            for event in pysubs2.SSAFile.from_string(loud, "ass")
            for _, commands, text in SYLLABLE.findall(event.text)
        }
        large = [word for word, commands in syllables.items() if "\\fscx112" in commands]
        assert large == ["300", "dollars"]
        assert f"\\2c&H{key}&" in syllables["300"]
        assert syllables["dollars"].endswith(f",\\1c&H{key}&)")  # its own again, once it was said
        others = "".join(c for word, c in syllables.items() if word not in large)
        assert "\\fscx112" not in others


def test_nothing_in_a_word_is_a_command() -> None:
    bad = "{\\an8\\fs200} \\N{\\p1}m \\h a\nDialogue:\u20280,0:00:00.00,x b\rc\0d {} }{ \ud800"
    file = written(talk(bad), "minimal")
    for event in file:
        rest = SYLLABLE.sub(r"\3", event.text).replace("\\N", "")
        assert not set("{}\\\0") & set(rest)
    assert "an8" in shown(file)
    text = ass_subtitles.write(talk(bad), "minimal", **SIZE)
    assert text.count("\nDialogue: ") == len(file)
    assert all(line.isprintable() for line in text.split("\n"))
    text.encode()


def test_times_of_an_hour_and_more_and_the_end_of_the_clip() -> None:
    word = Word(text="late", start_s=3725.5, end_s=3725.9, probability=1.0)
    end = Transcript(language="en", duration_s=3726.0, words=(word,), sentences=())
    text = ass_subtitles.write(end, "boxed", **SIZE)
    assert "Dialogue: 0,1:02:05.50,1:02:06.00,boxed" in text


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("مرحبا بكم في هذا البرنامج", "مرحبا بكم في هذا البرنامج"),
        ("今日 は 良い 天気 です", "今日は良い天気です"),
        ("สวัสดี ทุกคน", "สวัสดีทุกคน"),
        ("that is 🔥 amazing 👨‍👩‍👧", "that is 🔥 amazing 👨‍👩‍👧"),
    ],
)
def test_scripts_keep_their_order_and_their_spaces(text: str, joined: str) -> None:
    file = written(talk(text), "boxed")
    assert shown(file).replace(" ", "") == joined.replace(" ", "")
    assert all(word in joined for event in file for word in event.plaintext.split("\n"))
    assert file.styles["boxed"].encoding == (-1 if "مرحبا" in text else 1)


@pytest.mark.parametrize("style", style_names())
@pytest.mark.parametrize("word", ["a" * 300, "https://example.org/" + "way/" * 40, "愛" * 60])
def test_no_line_is_wider_than_the_picture(word: str, style: str) -> None:
    file = written(talk(f"so {word} it is", word_s=1.5), style)
    said = "".join(event.plaintext for event in file)
    assert re.sub(r"\W", "", said).casefold() == re.sub(r"\W", "", f"so{word}itis").casefold()
    look = load_style(style)
    measure = Typesetter(replace(look, draw=True), 1080, 1920).measure
    for event in file:
        assert all(measure(line) <= 1080 for line in event.plaintext.split("\n"))
        assert event.start < event.end


def test_a_clip_without_words_is_a_file_without_lines() -> None:
    empty = Transcript(language="en", duration_s=5.0, words=(), sentences=())
    assert list(written(empty)) == []


def test_an_unknown_style_is_refused() -> None:
    with pytest.raises(UnknownStyle, match="white_bold"):
        ass_subtitles.write(talk("hello"), "comic", **SIZE)
