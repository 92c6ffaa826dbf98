"""Language models of several habits: their answers, written down, behind a local endpoint.

A style is a file of tests/data/model_answers. `good` has sentences about the whole talk, each with
the sentences that say it, and tells of a passage those whose sentences it is shown. The others say
the same but for `swaps`: the beginning of a good sentence, what the model says instead, and whether
it still says so when its answer is sent back. `replace` and `cut` break the n-th answer's JSON,
`sources` are named in place of the right ones (first, and when sent back), and `around` stands
around each answer, at {}. `lies` are strings that no text may have when it is published.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import fake_llm
from fake_author import LEAD, REVISION, SECTION, asked_for
from project_paths import DATA

FOLDER = DATA / "model_answers"
TALK = "lighthouse"  # that all answers are about
_NUMBERS = re.compile(r"(?m)^\[([\d ]+)\] ")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that a model received."""

    part: str  # as `fake_author` names it
    first: int  # sentence of the talk that it quotes after the introduction
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
        shown = [int(n) for found in _NUMBERS.findall(prompt) for n in found.split()]
        after = [n for n in shown if n > 10]
        asked = Asked(asked_for(prompt), min(after), REVISION in prompt, prompt)
        self.asked.append(asked)
        own = _read(self.style)
        said = json.dumps(_part(own, asked, {*shown}), ensure_ascii=False)
        place = str(len(self.asked) - 1)
        for before, instead in own.get("replace", {}).get(place, []):
            said = said.replace(before, instead)
        if place in own.get("cut", {}):
            said = said[: said.find(own["cut"][place])]
        around: str = own.get("around", "{}")
        return around.replace("{}", said, 1)


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


def _part(own: dict[str, Any], asked: Asked, shown: set[int]) -> dict[str, Any]:
    good = _read("good")
    if asked.part == LEAD:
        lead = [_said(own, s, asked) for s in good["lead"]]
        for sentence in lead:
            sentence["sources"] = [n for n in sentence["sources"] if n in shown or n > 999]
        return {"heading": good["title"], "sentences": lead}
    sentences = [_said(own, s, asked) for s in good["told"] if {*s["sources"]} <= shown]
    if asked.part != SECTION:
        return {"sentences": sentences}
    about = max((n for n in map(int, good["headings"]) if n <= asked.first + 3), default=0)
    return {"heading": good["headings"].get(str(about), ""), "sentences": sentences}


def _said(own: dict[str, Any], good: dict[str, Any], asked: Asked) -> dict[str, Any]:
    text, sources = good["text"], good["sources"]
    for begins, instead, *again in own["swaps"]:
        if text.startswith(begins) and (again or not asked.is_revision):
            text = instead
    named = own.get("sources", {}).get(asked.part, [None, None])[asked.is_revision]
    return {"text": text, "sources": sources if named is None else named}
