"""Finds greetings, sponsors' messages and talk about the recording, marked by hand in each talk."""

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from bench.texts.drafts import Draft
from bench.texts.findings import Finding
from pipeline.language.cleanup import plain

PATH = Path(__file__).with_name("small_talk.toml")


def find_small_talk(draft: Draft, talk: str) -> Iterator[Finding]:
    """Find sentences of the text that come from the marked ones alone."""
    idle = marked(talk)
    for part in draft.parts:
        if part.kind in ("tags", "label"):
            continue
        for sentence in part.sentences:
            source = draft.spoken.find(sentence)
            if source and set(range(source.first, source.last + 1)) <= idle:
                elsewhere = any(
                    plain(s.text) == plain(sentence)
                    for i, s in enumerate(draft.transcript.sentences)
                    if i not in idle
                )
                if not elsewhere:
                    yield Finding("small talk", sentence, f"sentence {source.first}")


@cache
def marked(talk: str) -> frozenset[int]:
    """Return the indices of a talk's sentences that no text should have."""
    ranges = tomllib.loads(PATH.read_text(encoding="utf-8")).get(talk, [])
    return frozenset(i for first, last in ranges for i in range(first, last + 1))
