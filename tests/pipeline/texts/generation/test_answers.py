"""A model's answer is read in spite of what is around it, and of how its JSON is broken."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.texts.generation import answers
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
    assert answers.read(READ[form]) == PART


def test_quotes_and_line_feeds_within_a_sentence_are_kept() -> None:
    said = '{"sentences": [{"text": "She said "bring a ladder" and\nleft.", "sources": [58]}]}'
    (sentence,) = answers.read(said).sentences
    assert sentence.text == 'She said "bring a ladder" and\nleft.'


NOT_READ = {
    "a refusal": "I'm sorry, but I can't help with that.",
    "nothing": "",
    "thoughts alone": '<think>{"sentences": []}',
    "another form": '{"text": "It\'s the glass."}',
    "sentences without numbers": '{"sentences": ["It\'s the glass."]}',
    "a list": '["It\'s the glass."]',
    "null": "null",
    "not text": "\x00\x01{}\udcff",
    "too long": PLAIN + " " * answers.MAX_ANSWER_CHARS,
    "too deep": '{"sentences": ' + "[" * 500,
}


@pytest.mark.parametrize("form", NOT_READ)
def test_what_is_none_is_refused(form: str) -> None:
    with pytest.raises(BadAnswer):
        answers.read(NOT_READ[form])


WRITTEN = st.builds(
    WrittenPart,
    sentences=st.lists(
        st.builds(
            WrittenSentence, text=st.text(max_size=20), sources=st.lists(st.integers(0, 999))
        ),
        max_size=4,
    ),
)


@given(WRITTEN)
def test_sound_json_is_read_as_it_is(part: WrittenPart) -> None:
    said = {"sentences": [{"text": s.text, "sources": s.sources} for s in part.sentences]}
    assert answers.read(json.dumps(said)) == part


@given(st.text("{}[]\",:\\ab1'\n", max_size=60))
def test_reading_ends_in_a_part_or_an_error(text: str) -> None:
    with contextlib.suppress(BadAnswer):
        assert isinstance(answers.read(text), WrittenPart)
