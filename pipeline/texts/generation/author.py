"""Defines what writes with words of its own: a language model, as the writers of texts know it."""

from dataclasses import dataclass
from typing import Protocol

from pipeline.core.control import Check

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
