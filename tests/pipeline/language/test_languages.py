"""What is known of a language stands in one file, and a mistake in it is told by file and key."""

import re
from dataclasses import fields
from importlib import resources
from pathlib import Path

import pytest
import real_models

from klipfast_server.schema.languages import LANGUAGES
from pipeline.language import languages
from pipeline.language.cleanup import tidy
from pipeline.language.language_files import LanguageError, read
from pipeline.language.languages import language
from pipeline.language.lexicon import number_words, stop_words
from pipeline.language.schema.clauses import Clauses
from pipeline.language.schema.cue_patterns import CuePatterns
from pipeline.language.schema.language import Language
from pipeline.language.schema.number_styles import NumberStyle
from pipeline.language.schema.people import Introductions, Standfirst
from pipeline.language.schema.show_notes import ShowNotes
from pipeline.language.writing_systems import separator
from pipeline.recognition.transcription import known_languages, whisper_code

FILES = [f for f in (resources.files("pipeline.language") / "data").iterdir() if f.is_file()]
KINDS = (
    Language,
    CuePatterns,
    NumberStyle,
    Introductions,
    Standfirst,
    ShowNotes,
    Clauses,
)
GUIDE = Path(__file__).parents[3] / "docs" / "design" / "languages.md"
NOT_TO_ASK_FOR = {"haw", "jw"}  # no ISO 639-1 code, and one that is not accepted
LETTERS = {  # a letter of each language written without spaces
    "bo": "བ",
    "ja": "の",
    "km": "ក",
    "lo": "ກ",
    "my": "က",
    "th": "ก",
    "yue": "嘅",
    "zh": "的",
}


def file(folder: Path, text: str) -> Path:
    path = folder / "xx.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_is_read_and_names_its_language(path: Path) -> None:
    assert re.fullmatch(r"[a-z]{2,3}\.toml", path.name)
    known = read(path)
    assert known.name
    assert known == language(path.name.removesuffix(".toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_key_has_a_comment_above_it(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    keys = [at for at, line in enumerate(lines) if re.match(r"\w+ = ", line)]
    assert keys
    assert [lines[at] for at in keys if not lines[at - 1].startswith("#")] == []


def test_what_a_file_leaves_out_is_not_known(tmp_path: Path) -> None:
    assert read(file(tmp_path, 'name = "X"\nspaces = true')) == Language(name="X")


def test_of_a_language_without_a_file_nothing_is_known() -> None:
    assert language("tlh") == Language()
    assert tidy("Qapla', batlh je", "tlh") == "Qapla', batlh je."
    assert stop_words("tlh") == frozenset()


@pytest.mark.parametrize("key", ["name", "spaces"])
def test_a_name_and_how_words_are_parted_are_always_told(key: str, tmp_path: Path) -> None:
    given = {"name": 'name = "X"', "spaces": "spaces = true"}
    del given[key]
    with pytest.raises(LanguageError, match=rf"xx\.toml: {key} is missing"):
        read(file(tmp_path, "\n".join(given.values())))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("filers = []", r"xx\.toml: filers is unknown"),
        ("[clauses]\nopener = []", r"xx\.toml: clauses\.opener is unknown"),
        ("capitals = 1", r"xx\.toml: capitals: Expected `bool`, got `int`"),
        ("content_letters = '7'", r"xx\.toml: content_letters: Expected `int`, got `str`"),
        ("stop_words = ['a', 'the']", r"xx\.toml: stop_words: Expected `str`, got `array`"),
        ("fillers = 'um'", r"xx\.toml: fillers: Expected `array`, got `str`"),
        ("fillers = ['u(m']", r"xx\.toml: fillers: missing \)"),
        ("question_tags = ['righ(t']", r"xx\.toml: question_tags: missing \)"),
        ("quotation_marks = ['«']", r"xx\.toml: quotation_marks: Expected `array` of length 2"),
        ("[clauses]\nsubjects = 3", r"xx\.toml: clauses\.subjects: Expected `str`, got `int`"),
        ("clauses = 3", r"xx\.toml: clauses: Expected `object`, got `int`"),
        ("fillers = [", r"xx\.toml: "),
    ],
)
def test_a_mistake_is_told_by_file_and_key(line: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(LanguageError, match=told):
        read(file(tmp_path, f'name = "X"\nspaces = true\n{line}'))


def test_empty_lists_match_nothing(tmp_path: Path) -> None:
    known = read(file(tmp_path, 'name = "X"\nspaces = true\nquestion_tags = []'))
    assert known.question_tags.search("It works, right?") is None


@pytest.mark.xdist_group("recognition")
def test_words_between_spaces_are_known_of_every_language_that_is_recognized() -> None:
    heard = real_models.models().whisper.vocabulary.languages
    assert {code for code in heard if not language(code).spaces} == LETTERS.keys() & heard.keys()
    assert {code for code in languages.codes() if not language(code).spaces} == LETTERS.keys()


@pytest.mark.parametrize("code", LETTERS)
def test_letters_of_such_a_language_are_joined_without_a_space(code: str) -> None:
    assert separator(LETTERS[code], LETTERS[code]) == ""


@pytest.mark.parametrize("letter", ["a", "ж", "한", "א", "ع", "क"])
def test_letters_of_other_languages_are_joined_with_one(letter: str) -> None:
    assert separator(letter, letter) == " "


@pytest.mark.xdist_group("recognition")
def test_what_may_be_asked_for_is_what_the_recognizer_knows() -> None:
    heard = set(real_models.models().whisper.vocabulary.languages)
    assert {whisper_code(code) for code in LANGUAGES} == heard - NOT_TO_ASK_FOR - {"yue"}


@pytest.mark.xdist_group("recognition")
def test_norwegian_is_asked_for_by_a_code_that_the_pipeline_takes() -> None:
    assert {"nb", "no"} <= known_languages(real_models.models().whisper)


def test_english_words_stand_in_where_a_language_lists_none() -> None:
    assert "twenty" in number_words("en")
    assert number_words("fr") == number_words("en")


def test_every_key_is_explained_in_the_guide() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    keys = [f.name for kind in KINDS for f in fields(kind)]
    assert [key for key in keys if f"| `{key}` |" not in guide] == []
