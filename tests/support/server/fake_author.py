"""A small talk, texts that say what it says, and an author who writes them or is told to lie."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from given_readings import given

from pipeline.core.data import Sentence, Transcript
from pipeline.core.texts import TEXT_KINDS, Document, TextKind, Texts
from pipeline.texts.generation.roles import TEXT_NAMES
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
OPENED = SAID[0].replace("forty-two", "42")  # as it is printed
Part = tuple[str, list[tuple[str, list[int]]]]  # its role, and its sentences with their sources
GOOD: dict[TextKind, list[Part]] = {
    "twitter_thread": [
        ("message", [("Nobody tells you that ovens break on the first Saturday.", [1])]),
        ("message", [("We sold nine loaves that day, and my brother ate four of them.", [2])]),
        ("message", [("Clara was right: read the manual before you open the door.", [4, 7])]),
    ],
    "linkedin_post": [
        ("hook", [("We opened with forty-two dollars.", [0])]),
        (
            "paragraph",
            [("The oven broke on the first Saturday.", [1]), ("We sold nine loaves.", [2])],
        ),
        ("question", [("What would you do with one oven?", [6])]),
    ],
    "blog_post": [
        ("title", [("A bakery on Mill Street", [0])]),
        ("summary", [("The bakery opened in 1998 with $42.", [0])]),
        (
            "section",
            [
                ("The speaker advises: “Never open a bakery without a second oven.”", [3]),
                ("Nine loaves were sold that day.", [2]),
            ],
        ),
        (
            "section",
            [("Clara was right, nobody reads it.", [4]), ("So they read it all night.", [5])],
        ),
    ],
}
HEADINGS = {2: "The oven", 3: "The manual"}


def talk(said: Sequence[str] = SAID) -> Transcript:
    sentences = tuple(
        Sentence(
            text=text, start_s=6.0 * n, end_s=6.0 * n + 5, speaker="Anna", first_word=n, last_word=n
        )
        for n, text in enumerate(said)
    )
    return Transcript(language="en", duration_s=60.0, words=(), sentences=sentences)


def point(kind: TextKind, n: int) -> str:
    return f"{kind} part {n}"


def planned(kind: TextKind, parts: Sequence[Part]) -> str:
    return dumped(
        {
            "parts": [
                {
                    "role": role,
                    "point": point(kind, n),
                    "sources": sorted({i for _, own in sentences for i in own}),
                }
                for n, (role, sentences) in enumerate(parts)
            ]
        }
    )


def drafted(sentences: Sequence[tuple[str, Sequence[int]]], heading: str = "") -> str:
    told = [{"text": text, "sources": sources} for text, sources in sentences]
    return dumped({"heading": heading, "sentences": told})


def dumped(value: object) -> str:
    return msgspec.json.encode(value).decode()


def good(kind: TextKind) -> dict[str, list[str]]:
    """Return the answers of a model that says what was said: the outline's ("") and each part's."""
    answers = {"": [planned(kind, GOOD[kind])]}
    for n, (role, sentences) in enumerate(GOOD[kind]):
        heading = HEADINGS[n] if role == "section" else ""
        answers[point(kind, n)] = [drafted(sentences, heading)]
    return answers


class Author:
    """Answers from lists: the first time, when it is sent back, and the last one for ever."""

    name = "fake"
    context_tokens = 6000

    def __init__(
        self, changed: dict[str, list[str]] | None = None, timeout_s: float = 20.0
    ) -> None:
        """`changed`: answers by the part's point, or by the kind for its outline."""
        self.timeout_s = timeout_s
        self.asked: list[tuple[TextKind, str, str]] = []  # kind, point, prompt
        self._answers = {kind: good(kind) for kind in TEXT_KINDS if kind in GOOD}
        for key, answers in (changed or {}).items():
            kind = next(k for k in self._answers if key.startswith(k))
            self._answers[kind]["" if key == kind else key] = answers

    def complete(self, prompt: str, schema: dict[str, object], check: Callable[[], None]) -> str:
        check()
        kind = next(kind for kind, name in TEXT_NAMES.items() if f" {name}" in prompt)
        subject = re.search(r'Its subject: """(.*?)"""', prompt)
        about = subject[1] if subject else ""
        before = sum((k, p) == (kind, about) for k, p, _ in self.asked)
        self.asked.append((kind, about, prompt))
        required = schema["required"]
        assert isinstance(required, list)
        assert required[-1] == ("sentences" if about else "parts")
        told = self._answers[kind][about]
        return told[min(before, len(told) - 1)]

    def sent_back(self) -> list[str]:
        """Return the requests for a revision."""
        return [prompt for _, _, prompt in self.asked if "Your answer had these faults" in prompt]


def written(author: Author, **options: Any) -> Texts:
    return write_texts(talk(), [], read=given(), author=author, **options)


def extractive() -> dict[TextKind, str]:
    return write_texts(talk(), [], read=given()).by_kind()


def document(texts: Texts, kind: TextKind) -> Document:
    return next(d for d in texts.documents if d.kind == kind)
