"""A small talk, texts that say what it says, and an author who writes them or is told to lie."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from given_readings import given_models

from pipeline.core.data import Sentence, Transcript
from pipeline.core.texts import Document, TextKind, Texts
from pipeline.texts.writer import write_texts

SAID = [
    "I opened the bakery on Mill Street in 1998 with forty-two dollars.",
    "Nobody tells you that ovens break on the first Saturday.",
    "We sold nine loaves that day, and my brother ate four of them.",
    "Never open a bakery without a second oven.",
    "Clara said that nobody reads the manual, and she was right.",
    "So we read the manual together, page by page, all night.",
    "What would you do with one oven and a hundred customers?",
    "Read the manual before you open the door.",
]
THREAD, POST, SECTION, LEAD = "thread", "post", "section", "lead"
Told = list[tuple[str, list[int]]]  # sentences with their sources
GOOD: dict[str, Told] = {
    THREAD: [
        ("Nobody tells you that ovens break on the first Saturday.", [1]),
        ("We sold nine loaves that day, and my brother ate four of them.", [2]),
        ("Clara was right: read the manual before you open the door.", [4, 7]),
    ],
    POST: [
        ("We opened with forty-two dollars.", [0]),
        ("The oven broke on the first Saturday.", [1]),
        ("We sold nine loaves.", [2]),
        ("What would you do with one oven and a hundred customers?", [6]),
    ],
    SECTION: [
        ("The speaker advises: “Never open a bakery without a second oven.”", [3]),
        ("Nine loaves were sold that day.", [2]),
        ("Clara was right, nobody reads it.", [4]),
        ("So they read it all night.", [5]),
    ],
    LEAD: [("The bakery had no second oven and sold nine loaves.", [2, 3])],
}
HEADINGS = {SECTION: "The oven and the manual", LEAD: "A bakery without a second oven"}
_ASKED = {
    "a Twitter thread of": THREAD,
    "a LinkedIn post of": POST,
    "a section of an article": SECTION,
    "the title of this article": LEAD,
}
REVISION = "Your answer had these faults"  # in a request for a revision


def talk(said: Sequence[str] = SAID) -> Transcript:
    sentences = tuple(
        Sentence(
            text=text, start_s=6.0 * n, end_s=6.0 * n + 5, speaker="Anna", first_word=n, last_word=n
        )
        for n, text in enumerate(said)
    )
    return Transcript(language="en", duration_s=60.0, words=(), sentences=sentences)


def drafted(sentences: Sequence[tuple[str, Sequence[int]]], heading: str = "") -> str:
    told = [{"text": text, "sources": sources} for text, sources in sentences]
    return dumped({"heading": heading, "sentences": told})


def dumped(value: object) -> str:
    return msgspec.json.encode(value).decode()


def changed(part: str, at: int, text: str, sources: Sequence[int] = (2,)) -> str:
    """Return the good answer to a part with another sentence at a place."""
    told: list[tuple[str, Sequence[int]]] = [*GOOD[part]]
    told[at] = text, sources
    return drafted(told, HEADINGS.get(part, ""))


def asked_for(prompt: str) -> str:
    """Return which part a prompt asks for."""
    return next(part for words, part in _ASKED.items() if words in prompt)


class Author:
    """Answers from lists: the first time, when it is sent back, and the last one for ever."""

    name = "fake"
    context_tokens = 6000

    def __init__(
        self, changed: dict[str, list[str]] | None = None, timeout_s: float = 20.0
    ) -> None:
        """`changed`: answers by the part."""
        self.timeout_s = timeout_s
        self.asked: list[tuple[str, str]] = []  # part, prompt
        good = {part: [drafted(told, HEADINGS.get(part, ""))] for part, told in GOOD.items()}
        self._answers = good | (changed or {})

    def complete(self, prompt: str, schema: dict[str, object], check: Callable[[], None]) -> str:
        check()
        part = asked_for(prompt)
        before = sum(p == part for p, _ in self.asked)
        self.asked.append((part, prompt))
        required = schema["required"]
        assert required == (["heading"] if part in HEADINGS else []) + ["sentences"]
        told = self._answers[part]
        return told[min(before, len(told) - 1)]

    def sent_back(self) -> list[str]:
        """Return the requests for a revision."""
        return [prompt for _, prompt in self.asked if REVISION in prompt]


def written(author: Author, **options: Any) -> Texts:
    return write_texts(talk(), [], models=given_models(), author=author, **options)


def extractive() -> dict[TextKind, str]:
    return write_texts(talk(), [], models=given_models()).by_kind()


def document(texts: Texts, kind: TextKind) -> Document:
    return next(d for d in texts.documents if d.kind == kind)
