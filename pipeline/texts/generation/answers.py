"""Defines the valid forms of a language model's answers, and reads them from what it says.

A model fills in fields, and the text is assembled from them: it never chooses the numbers of
messages, the marks of Markdown or the order of parts.
"""

import re
from collections.abc import Collection
from typing import TypeVar

import msgspec
from msgspec import Struct, field

from pipeline.core.errors import PipelineError
from pipeline.texts.generation import json_repair

MAX_ANSWER_CHARS = 60_000
_THOUGHTS = re.compile(r"<think>.*?(?:</think>|\Z)|\A(?:(?!<think>).)*</think>", re.DOTALL)

T = TypeVar("T", bound=Struct)


class BadAnswer(PipelineError):
    """The answer does not have the requested form."""


class PlannedPart(Struct, frozen=True):
    """A part of an outline."""

    role: str
    point: str
    sources: list[int] = field(default_factory=list)


class PlannedText(Struct, frozen=True):
    """An outline."""

    parts: list[PlannedPart]


class WrittenSentence(Struct, frozen=True):
    """A sentence of a draft and the numbers of the sentences that it rests on."""

    text: str
    sources: list[int] = field(default_factory=list)


class WrittenPart(Struct, frozen=True):
    """The draft of one part."""

    sentences: list[WrittenSentence]
    heading: str = ""


def read(answer: str, form: type[T]) -> T:
    """Return the object in an answer, in spite of thoughts, fences and courtesies around it.

    JSON that is broken in a way that leaves one reading is repaired. Raises BadAnswer.
    """
    if len(answer) > MAX_ANSWER_CHARS:
        raise BadAnswer(f"{len(answer)} characters are too many")
    said = _THOUGHTS.sub("", answer)
    first, last = said.find("{"), said.rfind("}")
    if first < 0:
        raise BadAnswer(f"{_excerpt(said)} is no JSON")
    try:
        return msgspec.json.decode(said[first : last + 1].encode(), type=form, strict=False)
    except (msgspec.MsgspecError, UnicodeError):
        pass
    try:
        return msgspec.convert(json_repair.read(said[first:]), form, strict=False)
    except (json_repair.NotJson, msgspec.ValidationError) as error:
        raise BadAnswer(f"{_excerpt(said)}: {error}") from error


def outline_schema(roles: Collection[str]) -> dict[str, object]:
    """Return the JSON Schema of an outline, without references, as strict endpoints require."""
    role: dict[str, object] = {"type": "string", "enum": sorted(roles)}
    part = _object({"role": role, "point": _TEXT, "sources": _NUMBERS})
    return _object({"parts": {"type": "array", "items": part}})


def part_schema(*, headed: bool) -> dict[str, object]:
    """Return the JSON Schema of a part's draft."""
    sentence = _object({"text": _TEXT, "sources": _NUMBERS})
    sentences: dict[str, object] = {"type": "array", "items": sentence}
    heading: dict[str, object] = {"heading": _TEXT} if headed else {}
    return _object({**heading, "sentences": sentences})


_TEXT: dict[str, object] = {"type": "string"}
_NUMBERS: dict[str, object] = {"type": "array", "items": {"type": "integer"}}


def _object(properties: dict[str, object]) -> dict[str, object]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _excerpt(said: str) -> str:
    return repr(" ".join(said.split())[:80])
