"""Suggests names for speakers who are told apart only by voice, from what people say.

Somebody who says "I'm Rosa Delgado" has that name; whom a host introduces is the next new voice.
What contradicts itself is not suggested.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.core.data import Sentence
from pipeline.language.introductions import find_introductions

UNNAMED = re.compile(r"Speaker \d+")  # a label that is no name
MAX_WAIT_S = 120.0  # from an introduction to the first word of the guest


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedName:
    """A name that somebody says for a speaker."""

    speaker: str  # label
    name: str
    sentence: int  # index of the first sentence that says the name


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mention:
    """A name said for a speaker."""

    speaker: str
    name: str
    sentence: int

    @property
    def words(self) -> tuple[str, ...]:
        """The name's words without regard to case, for comparison."""
        return tuple(self.name.casefold().split())


def labels(sentences: Sequence[Sentence]) -> tuple[str, ...]:
    """Return the labels of all speakers, in the order in which they are first heard."""
    return tuple(dict.fromkeys(s.speaker for s in sentences if s.speaker is not None))


def rename(sentences: Sequence[Sentence], names: Mapping[str, str]) -> tuple[Sentence, ...]:
    """Return the sentences with speakers called by the names that `names` gives to their labels."""
    return tuple(
        s if s.speaker is None else replace(s, speaker=names.get(s.speaker, s.speaker))
        for s in sentences
    )


def suggest_names(sentences: Sequence[Sentence], language: str) -> tuple[SuggestedName, ...]:
    """Return at most one name for each speaker whose label is no name, in order of appearance.

    A doubtful sentence names nobody. Of two names for one speaker the more frequent is taken, and
    none if both are as frequent; a name that two speakers have is nobody's.
    """
    said: dict[str, list[_Mention]] = {label: [] for label in labels(sentences)}
    for mention in _mentions(sentences, language):
        said[mention.speaker].append(mention)
    chosen = [best for some in said.values() if (best := _most_frequent(some)) is not None]
    return tuple(
        SuggestedName(speaker=best.speaker, name=best.name, sentence=best.sentence)
        for best in chosen
        if not any(_may_be_one(best, other) for other in chosen if other is not best)
    )


def _mentions(sentences: Sequence[Sentence], language: str) -> Iterator[_Mention]:
    """Yield each name that is said for an unnamed speaker."""
    heard: set[str] = set()
    expected: dict[str, int] = {}  # guests' names, and the sentences that say them first
    for index, sentence in enumerate(sentences):
        speaker = sentence.speaker
        if speaker is None:
            continue
        if speaker not in heard:
            heard.add(speaker)
            earliest_s = sentence.start_s - MAX_WAIT_S
            waiting = [(n, at) for n, at in expected.items() if sentences[at].end_s >= earliest_s]
            if waiting and UNNAMED.fullmatch(speaker):
                name, said = waiting[0]
                del expected[name]
                yield _Mention(speaker=speaker, name=name, sentence=said)
        if sentence.doubtful:
            continue
        for found in find_introductions(sentence.text, language):
            if not found.own:
                expected.setdefault(found.name, index)
            elif UNNAMED.fullmatch(speaker):
                yield _Mention(speaker=speaker, name=found.name, sentence=index)


def _most_frequent(mentions: Sequence[_Mention]) -> _Mention | None:
    """Return the first mention of the most frequent name; None if two are as frequent.

    "Rosa" counts for "Rosa Delgado", which is taken.
    """
    longest_first = sorted(mentions, key=lambda mention: -len(mention.words))
    counts: Counter[tuple[str, ...]] = Counter()
    for mention in mentions:
        whole = next(other for other in longest_first if _is_part(mention.words, other.words))
        counts[whole.words] += 1
    ranked = counts.most_common(2)
    if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return None
    return next(mention for mention in mentions if mention.words == ranked[0][0])


def _may_be_one(a: _Mention, b: _Mention) -> bool:
    return _is_part(a.words, b.words) or _is_part(b.words, a.words)


def _is_part(part: tuple[str, ...], whole: tuple[str, ...]) -> bool:
    return set(part) <= set(whole)
