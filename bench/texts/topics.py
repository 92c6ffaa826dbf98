"""Measures on how many of a talk's subjects a text has something.

A topic is covered if the text has two of the six recurring words that distinguish it. Neither the
names of the people who talk nor their small talk (`small_talk.toml`) is a subject.
"""

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from bench.texts import small_talk
from bench.texts.corpus import Talk
from pipeline.core.data import Sentence
from pipeline.language import languages, lexicon
from pipeline.language.disfluencies import bare

TERMS = 6  # words that represent a topic
MIN_TERMS = 2  # of a topic that is covered
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

    Topics without two recurring words are skipped; without any topic the share is 1.
    """
    language = talk.transcript.language
    if not languages.language(language).spaces:
        return None
    counts = _topics(talk)
    told = set(content_words(text, language))
    spread = Counter(w for count in counts for w in count)
    hits = 0
    for count in counts:

        def weight(word: str, count: Counter[str] = count) -> float:
            rare = math.log(1 + len(counts) / spread[word]) / (1 + math.log(max(1, common[word])))
            return count[word] * rare

        terms = sorted(count, key=weight, reverse=True)[:TERMS]
        hits += sum(term in told for term in terms) >= min(MIN_TERMS, len(terms))
    return hits / len(counts) if counts else 1.0


def _topics(talk: Talk) -> list[Counter[str]]:
    """Return the recurring words of each topic that has enough of them."""
    idle, names = small_talk.marked(talk.name), _people(talk)
    sentences = talk.transcript.sentences
    parts = ([sentences[i] for i in range(a, b) if i not in idle] for a, b in talk.topics)
    counts = [_recurring(part, talk.transcript.language, names) for part in parts]
    return [count for count in counts if len(count) >= MIN_TERMS]


def _people(talk: Talk) -> set[str]:
    """Return the names of the speakers, and those that fall when people greet each other."""
    said = [talk.transcript.sentences[i].text for i in small_talk.marked(talk.name)]
    said += [s.speaker for s in talk.transcript.sentences if s.speaker]
    if talk.transcript.language == "de":  # nouns are capitalized, too
        said = [s.speaker for s in talk.transcript.sentences if s.speaker]
    return {bare(name).removesuffix("'s") for text in said for name in _NAME.findall(f", {text}")}


def _recurring(
    sentences: Sequence[Sentence], language: str, without: Collection[str]
) -> Counter[str]:
    """Count the sentences of each word that occurs in at least two."""
    spread = Counter(w for s in sentences for w in set(content_words(s.text, language)))
    return Counter({w: n for w, n in spread.items() if n > 1 and w not in without})


def content_words(text: str, language: str) -> list[str]:
    """Return the words that may tell a subject, in lower case."""
    small = lexicon.stop_words(language)
    return [
        w.removesuffix("'s")
        for t in text.split()
        if len(w := bare(t)) >= MIN_LETTERS and w not in small and not w.endswith(("'re", "'ve"))
    ]
