"""The networks that threads are written for: how long a message may be, and what is customary."""

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.core.texts import TextKind, TextLength
from pipeline.language.text_limits import (
    MAX_TWEET_CHARS,
    Limit,
    grapheme_count,
    mastodon_length,
    threads_length,
    tweet_length,
)

NUMBER = "99/ "  # the longest mark before a message


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What a thread on a network is like."""

    limit: Limit  # limit of a message, with its number
    messages: Mapping[TextLength, int]  # at most
    numbered: bool = False  # whether messages begin with "1/ "

    @property
    def room(self) -> Limit:
        """Return the limit of a message without its number."""
        return Limit(self.limit.most - len(NUMBER) * self.numbered, self.limit.measure)


_SHORT_MESSAGES: Mapping[TextLength, int] = {"short": 6, "normal": 12, "long": 15}
# number of messages of as many words
_LONG_MESSAGES: Mapping[TextLength, int] = {"short": 4, "normal": 7, "long": 9}

# The sources of the limits are in docs/texts.md.
NETWORKS: Mapping[TextKind, Network] = {
    "twitter_thread": Network(
        limit=Limit(MAX_TWEET_CHARS, tweet_length), messages=_SHORT_MESSAGES, numbered=True
    ),
    "bluesky_thread": Network(limit=Limit(300, grapheme_count), messages=_SHORT_MESSAGES),
    "threads_thread": Network(limit=Limit(500, threads_length), messages=_LONG_MESSAGES),
    "mastodon_thread": Network(limit=Limit(500, mastodon_length), messages=_LONG_MESSAGES),
}
