"""Language models of several habits: their answers, written down, behind a local endpoint.

A style is a file of tests/data/model_answers. It has, for each kind of text, the answers to the
request for an outline and, by the point of a part, to that for its draft: the first answer, and the
second to the request for a revision. What a style does not have, `good` says. Answers are objects,
or strings exactly as the model says them; `around` stands around each, at {}. `lies` are strings
that no text may have when it is published.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import fake_llm
from project_paths import DATA

from pipeline.core.texts import TextKind
from pipeline.texts.generation.roles import TEXT_NAMES

FOLDER = DATA / "model_answers"
TALK = "lighthouse"  # that all answers are about
REVISION = "Your answer had these faults"  # in a request for a revision
_SUBJECT = re.compile(r'Its subject: """(.*?)"""')


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that a model received."""

    kind: TextKind
    point: str  # the part's point; "" for the outline
    is_revision: bool
    prompt: str


@dataclass
class Recorded:
    """A model that says what was written down."""

    style: str
    url: str = ""
    asked: list[Asked] = field(default_factory=list)

    def answer(self, prompt: str) -> str:
        """Return the answer to a prompt."""
        kind = next(kind for kind, name in TEXT_NAMES.items() if f" {name}" in prompt)
        subject = _SUBJECT.search(prompt)
        asked = Asked(kind, subject[1] if subject else "", REVISION in prompt, prompt)
        self.asked.append(asked)
        own = _read(self.style)
        told = _answers(own, asked) or _answers(_read("good"), asked) or [own.get("else", "")]
        said = told[min(len(told) - 1, int(asked.is_revision))]
        text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
        around: str = own.get("around", "{}")
        return around.replace("{}", text, 1)


def lies(style: str) -> list[str]:
    """Return what a model of this style says and nobody may read."""
    found: list[str] = _read(style).get("lies", [])
    return found


def styles() -> list[str]:
    """Return the names of all styles."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


@contextmanager
def serve(style: str) -> Iterator[Recorded]:
    """Run a model of a style at a local address, as OpenAI-compatible servers answer."""
    model = Recorded(style)

    def answer(body: dict[str, Any]) -> tuple[int, str]:
        return 200, fake_llm.completion(model.answer(body["messages"][0]["content"]))

    with fake_llm.endpoint(answer) as running:
        model.url = running.url
        yield model


@cache
def _read(style: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{style}.json").read_bytes())
    return found


def _answers(style: dict[str, Any], asked: Asked) -> list[Any]:
    own = style["kinds"].get(asked.kind, {})
    found: list[Any] = own.get("outline", [])
    if asked.point:
        found = own.get("parts", {}).get(asked.point, [])
    return found
