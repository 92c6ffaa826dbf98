"""Chooses an emoji for a group: of a key word that means one thing, seldom and never twice."""

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from pipeline.captions.layout.grouping import Group
from pipeline.captions.layout.phrasing import PUNCTUATION

TABLE = Path(__file__).with_name("emoji.toml")


def add_emoji(groups: Sequence[Group], language: str) -> tuple[Group, ...]:
    """Return the groups, those with an unambiguous key word with its emoji, each emoji once.

    `language`: ISO 639-1; there are none for a language without a table.
    """
    known, used = _emoji_of(language), set[str]()
    found = []
    for group in groups:
        words = (group.words[n].text.strip(PUNCTUATION).casefold() for n in sorted(group.key))
        emoji = next((known[word] for word in words if word in known), "")
        found.append(group if emoji in used else replace(group, emoji=emoji))
        used.add(emoji)
    return tuple(found)


@cache
def _emoji_of(language: str) -> dict[str, str]:
    """Return the emoji of each word of a language."""
    table = tomllib.loads(TABLE.read_text("utf-8")).get(language, {})
    return {word: emoji for emoji, words in table.items() for word in words.split()}
