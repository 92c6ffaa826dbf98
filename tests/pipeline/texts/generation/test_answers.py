"""A model's answer is read in spite of what is around it, and repaired if one reading is left."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.texts.generation import answers, json_repair
from pipeline.texts.generation.answers import BadAnswer, WrittenPart, WrittenSentence

PART = WrittenPart(sentences=[WrittenSentence(text="It's the glass.", sources=[25])])
PLAIN = '{"sentences": [{"text": "It\'s the glass.", "sources": [25]}]}'
READ = {
    "strict JSON": PLAIN,
    "a fence and courtesies": f"Sure! Here it is:\n```json\n{PLAIN}\n```\nAnything else?",
    "thoughts before": f'<think>maybe {{"sentences": []}}?</think>\n{PLAIN}',
    "thoughts whose beginning is cut off": f'Maybe {{"sentences": []}}?\n</think>\n{PLAIN}',
    "a comma too many": PLAIN.replace("]}]}", "],},],}"),
    "single quotes": PLAIN.replace('"', "'"),
    "numbers in quotes": PLAIN.replace("25", '"25"'),
    "further fields": PLAIN.replace("{", '{"mood": "good", ', 1),
    "an end that is missing": PLAIN[:-1],
    "cut in the second sentence": f'{PLAIN[:-2]}, {{"text": "The lamp is no',
    "cut in the numbers of the second": f'{PLAIN[:-2]}, {{"text": "It is.", "sources": [2',
}


@pytest.mark.parametrize("form", READ)
def test_what_is_meant_is_read(form: str) -> None:
    assert answers.read(READ[form], WrittenPart) == PART


def test_quotes_and_line_feeds_within_a_sentence_are_kept() -> None:
    said = '{"sentences": [{"text": "She said "bring a ladder" and\nleft.", "sources": [58]}]}'
    (sentence,) = answers.read(said, WrittenPart).sentences
    assert sentence.text == 'She said "bring a ladder" and\nleft.'


NOT_READ = {
    "a refusal": "I'm sorry, but I can't help with that.",
    "nothing": "",
    "thoughts alone": '<think>{"sentences": []}',
    "a string with two ends": '{"sentences": [{"text": "So "no", then left", "sources": [1]}]}',
    "another form": '{"text": "It\'s the glass."}',
    "sentences without numbers": '{"sentences": ["It\'s the glass."]}',
    "a list": '["It\'s the glass."]',
    "null": "null",
    "not text": "\x00\x01{}\udcff",
    "too long": PLAIN + " " * answers.MAX_ANSWER_CHARS,
    "too deep": '{"sentences": ' + "[" * 500,
}


@pytest.mark.parametrize("form", NOT_READ)
def test_what_is_none_or_ambiguous_is_refused(form: str) -> None:
    with pytest.raises(BadAnswer):
        answers.read(NOT_READ[form], WrittenPart)


SCALARS = st.none() | st.booleans() | st.integers() | st.text("abc é'{[\n", max_size=8)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", min_size=1), inner),
    max_leaves=8,
)


@pytest.mark.slow  # hundreds of answers
@given(st.dictionaries(st.text("abc", min_size=1), VALUES, min_size=1))
def test_repair_reads_sound_json_as_it_is(value: dict[str, object]) -> None:
    assert json_repair.read(json.dumps(value, ensure_ascii=False)) == value


@given(st.text("{}[]\",:\\ab1'\n", max_size=60))
def test_repair_ends_in_a_value_or_an_error(text: str) -> None:
    with contextlib.suppress(json_repair.NotJson):
        json_repair.read(text)
