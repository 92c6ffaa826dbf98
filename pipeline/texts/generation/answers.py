"""Defines the valid form of a language model's answers, and reads them from what it says.

A model fills in fields, and the text is assembled from them: it never chooses the numbers of
messages, the marks of Markdown or the order of parts.
"""

import re

import json_repair
import msgspec
from msgspec import Struct, field

from pipeline.core.errors import PipelineError

MAX_ANSWER_CHARS = 60_000
_THOUGHTS = re.compile(r"<think>.*?(?:</think>|\Z)|\A(?:(?!<think>).)*</think>", re.DOTALL)


class BadAnswer(PipelineError):
    """The answer does not have the requested form."""


class WrittenSentence(Struct, frozen=True):
    """A sentence of a draft and the numbers of the sentences that it rests on."""

    text: str
    sources: list[int] = field(default_factory=list)


class WrittenPart(Struct, frozen=True):
    """The draft of one part."""

    sentences: list[WrittenSentence]
    heading: str = ""


def read(answer: str) -> WrittenPart:
    """Return the part in an answer, in spite of thoughts, fences and courtesies around it.

    Broken JSON is repaired as `json_repair` understands it: what a wrong guess says is checked like
    the rest, sentence by sentence. Of an answer that breaks off, the last sentence is left out.
    Raises BadAnswer.
    """
    if len(answer) > MAX_ANSWER_CHARS:
        raise BadAnswer(f"{len(answer)} characters are too many")
    # An object alone has no thoughts around it, whatever its sentences quote.
    said = answer if answer.lstrip().startswith("{") else _THOUGHTS.sub("", answer)
    first, last = said.find("{"), said.rfind("}")
    if first < 0:
        raise BadAnswer(f"{_excerpt(said)} is no JSON")
    try:
        return msgspec.json.decode(said[first : last + 1].encode(), type=WrittenPart, strict=False)
    except (msgspec.MsgspecError, UnicodeError):
        pass
    try:
        repaired = json_repair.repair_json(said[first:], return_objects=True)
        found = msgspec.convert(repaired, WrittenPart, strict=False)
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        raise BadAnswer(f"{_excerpt(said)}: {error}") from error
    if last < said.rfind('"'):  # it breaks off within a sentence
        return msgspec.structs.replace(found, sentences=found.sentences[:-1])
    return found


def schema(*, headed: bool, least: int, most: int) -> dict[str, object]:
    """Return the JSON Schema of a part, without references, as strict endpoints require.

    least, most: number of sentences; without the second a small model may go on for ever.
    """
    text: dict[str, object] = {"type": "string"}
    numbers: dict[str, object] = {"type": "array", "items": {"type": "integer"}}
    sentence = _object({"text": text, "sources": numbers})
    sentences: dict[str, object] = {"type": "array", "items": sentence} | {
        "minItems": least,
        "maxItems": most,
    }
    return _object({**({"heading": text} if headed else {}), "sentences": sentences})


def _object(properties: dict[str, object]) -> dict[str, object]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _excerpt(said: str) -> str:
    return repr(" ".join(said.split())[:80])
