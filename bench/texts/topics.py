"""Measures on how many of a talk's subjects a text has something.

A topic is covered if the text has two of the six words that distinguish it. Neither the
names of the people who talk nor their small talk (`small_talk.toml`) is a subject.
"""

import math
from collections import Counter
from collections.abc import Iterable

from bench.texts import small_talk
from bench.texts.corpus import Talk
from pipeline.language import languages, lexicon
from pipeline.language.disfluencies import bare
from pipeline.language.introductions import find_introductions

TERMS = 6  # words that represent a topic
MIN_TERMS = 2  # words that must occur for a topic to be covered
MIN_LETTERS = 4  # shortest word with content


def common_words(talks: Iterable[Talk]) -> Counter[str]:
    """Count the talks in which each word occurs."""
    return Counter(
        w
        for talk in talks
        for w in {w for s in talk.transcript.sentences for w in content_words(s.text, "en")}
    )


def covered(talk: Talk, text: str, common: Counter[str]) -> float | None:
    """Return the share of topics that a text covers; None in scripts without spaces."""
    if not languages.language(talk.transcript.language).spaces:
        return None
    told = set(content_words(text, talk.transcript.language))
    topics = representative_words(talk, common)
    hits = sum(sum(word in told for word in topic) >= MIN_TERMS for topic in topics)
    return hits / len(topics) if topics else None


def representative_words(talk: Talk, common: Counter[str]) -> list[list[str]]:
    """Return the TERMS words that represent each topic, most telling first.

    They are words of several sentences that the other topics have not and that few talks have.
    Topics without enough of them, as those of short talks are, add words of one sentence. Words of
    equal weight are in the order in which they are said.
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
        weights = {word: weigh(word, said) for word, said in count.items()}
        found.append(sorted(weights, key=weights.__getitem__, reverse=True)[:TERMS])
    return found


def _topics(talk: Talk) -> list[Counter[str]]:
    """Return for each topic in how many sentences its words are; without small talk and names."""
    idle, names = small_talk.marked(talk.name), _people(talk)
    sentences, language = talk.transcript.sentences, talk.transcript.language
    counts = [
        Counter(
            word
            for i in range(first, end)
            if i not in idle
            for word in dict.fromkeys(content_words(sentences[i].text, language))
            if word not in names
        )
        for first, end in talk.topics
    ]
    return [count for count in counts if len(count) >= MIN_TERMS]


def _people(talk: Talk) -> set[str]:
    """Return the words of the names of the speakers, and of those whom they introduce."""
    language = talk.transcript.language
    names = {s.speaker for s in talk.transcript.sentences if s.speaker}
    for sentence in talk.transcript.sentences:
        names |= {found.name for found in find_introductions(sentence.text, language)}
    return {word for name in names for word in content_words(name, language)}


def content_words(text: str, language: str) -> list[str]:
    """Return the words that may tell a subject, in lower case."""
    small = lexicon.stop_words(language)
    return [
        w.removesuffix("'s")
        for t in text.split()
        if len(w := bare(t)) >= MIN_LETTERS and w not in small and not w.endswith(("'re", "'ve"))
    ]
