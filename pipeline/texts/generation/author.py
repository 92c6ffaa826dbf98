"""Defines what writes with words of its own: a language model, as the writers of texts know it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pipeline.core.control import Check, with_time_limit
from pipeline.core.errors import PipelineError

STUCK = 4.0  # times what is expected, from which an answer is given up
LEAST_PATIENCE_S = 20.0
RECENT = 3  # answers that tell how long the next one takes
BYTES_PER_TOKEN = 3.0  # bytes of UTF-8, cautiously: English has 4 to 5 and Chinese 3 to 4 per token


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLimits:
    """How much a language model reads and writes; both together must fit its context."""

    answer: int = 2048  # tokens; a section of an article needs 600, thoughts before it more
    prompt: int = 6000  # tokens


USUAL_LIMITS = TokenLimits()


class Author(Protocol):
    """A language model that writes."""

    @property
    def name(self) -> str:
        """Return the name for the log."""

    @property
    def timeout_s(self) -> float:
        """Return the time limit for all texts of one talk."""

    @property
    def context_tokens(self) -> int:
        """Return the most tokens of a prompt."""

    def complete(self, prompt: str, schema: dict[str, object], check: Check) -> str:
        """Return the answer, JSON of `schema` if possible; calls `check` while it runs.

        Raises any error.
        """


def count_tokens(text: str) -> int:
    """Estimate the tokens of a text from its bytes: rather too many than too few."""
    return int(len(text.encode(errors="replace")) / BYTES_PER_TOKEN) + 1


class OutOfTime(PipelineError):
    """An answer would take longer than there is time."""


@dataclass
class Pace:
    """How long an author takes, by what it was asked so far; it may write for `timeout_s`."""

    timeout_s: float
    began: float = field(default_factory=time.monotonic)
    rates: list[float] = field(default_factory=list)  # seconds per byte of a prompt

    @property
    def left_s(self) -> float:
        """Return the seconds that are left."""
        return max(0.0, self.began + self.timeout_s - time.monotonic())

    def expect(self, prompts: Sequence[str]) -> float:
        """Return how long answers will take, in seconds; 0 before the first one."""
        size = sum(len(prompt.encode(errors="replace")) for prompt in prompts)
        return size * max(self.rates[-RECENT:], default=0.0)

    def ask(self, author: Author, prompt: str, schema: dict[str, object], check: Check) -> str:
        """Return the author's answer. Raises OutOfTime before asking, and what the author does."""
        expected_s = self.expect([prompt])
        if expected_s > self.left_s:
            raise OutOfTime(f"{expected_s:.0f} s needed of {self.left_s:.0f} s left")
        began = time.monotonic()
        if expected_s:
            check = with_time_limit(max(LEAST_PATIENCE_S, STUCK * expected_s), check)
        answer = author.complete(prompt, schema, check)
        taken_s = time.monotonic() - began
        self.rates.append(taken_s / max(1, len(prompt.encode(errors="replace"))))
        return answer
