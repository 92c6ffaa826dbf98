"""Measures on how many of a talk's subjects a text has something.

A topic is covered if the text has two of the six words that distinguish it. Neither the
names of the people who talk nor their small talk (`small_talk.toml`) is a subject.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable
from random import Random

from bench.texts import small_talk
from bench.texts.corpus import Talk
from pipeline.language import languages, lexicon
from pipeline.language.disfluencies import bare

TERMS = 6  # words that represent a topic
MIN_TERMS = 2  # of a topic that is covered
DRAWS = 20  # orders of words of equal weight
MIN_LETTERS = 4  # of a word with content
_NAME = re.compile(r"(?<=[\w,] )[A-ZÀ-ÞА-ЯЁ][\w'-]+")


def common_words(talks: Iterable[Talk]) -> Counter[str]:
    """Count the talks in which each word occurs."""
    return Counter(
        w
        for talk in talks
        for w in {w for s in talk.transcript.sentences for w in content_words(s.text, "en")}
    )


def covered(talk: Talk, text: str, common: Counter[str]) -> float | None:
    """Return the share of topics that a text covers; None in scripts without spaces.

    Words of equal weight come in a random order: the share is the mean of DRAWS orders.
    """
    if not languages.language(talk.transcript.language).spaces:
        return None
    told = set(content_words(text, talk.transcript.language))
    topics = [
        topic for seed in range(DRAWS) for topic in representative_words(talk, common, Random(seed))
    ]
    hits = sum(sum(word in told for word in topic) >= MIN_TERMS for topic in topics)
    return hits / len(topics) if topics else None


def representative_words(talk: Talk, common: Counter[str], random: Random) -> list[list[str]]:
    """Return the TERMS words that represent each topic, most telling first.

    They are words of several sentences that the other topics have not and that few talks have.
    Topics without enough of them, as those of short talks are, add words of one sentence.
    """
    counts = _topics(talk)
    recurring = Counter(w for count in counts for w, n in count.items() if n > 1)
    spread = Counter(w for count in counts for w in count)

    def weigh(word: str, said: int) -> tuple[bool, float]:
        topics = recurring[word] if said > 1 else spread[word]
        rare = math.log(1 + len(counts) / topics) / (1 + math.log(max(1, common[word])))
        return said > 1, said * rare

    found = []
    for count in counts:
        words = sorted(count)
        random.shuffle(words)
        weights = {word: weigh(word, count[word]) for word in words}
        found.append(sorted(words, key=weights.__getitem__, reverse=True)[:TERMS])
    return found


def _topics(talk: Talk) -> list[Counter[str]]:
    """Return for each topic in how many sentences its words are; without small talk and names."""
    idle, names = small_talk.marked(talk.name), _people(talk)
    sentences, language = talk.transcript.sentences, talk.transcript.language
    counts = [
        Counter(
            w
            for i in range(first, end)
            if i not in idle
            for w in set(content_words(sentences[i].text, language)) - names
        )
        for first, end in talk.topics
    ]
    return [count for count in counts if len(count) >= MIN_TERMS]


def _people(talk: Talk) -> set[str]:
    """Return the names of the speakers, and those that fall when people greet each other."""
    said = [talk.transcript.sentences[i].text for i in small_talk.marked(talk.name)]
    said += [s.speaker for s in talk.transcript.sentences if s.speaker]
    if talk.transcript.language == "de":  # nouns are capitalized, too
        said = [s.speaker for s in talk.transcript.sentences if s.speaker]
    return {bare(name).removesuffix("'s") for text in said for name in _NAME.findall(f", {text}")}


def content_words(text: str, language: str) -> list[str]:
    """Return the words that may tell a subject, in lower case."""
    small = lexicon.stop_words(language)
    return [
        w.removesuffix("'s")
        for t in text.split()
        if len(w := bare(t)) >= MIN_LETTERS and w not in small and not w.endswith(("'re", "'ve"))
    ]
