"""Checks each sentence of a draft against the sentences of the talk that it names as its sources.

Names, numbers and quotations must be in the sources, what the sources deny must not be affirmed,
the meaning must be near, and a speaker must be named for what that speaker said.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.core.data import Sentence
from pipeline.core.texts import Statement
from pipeline.language import languages
from pipeline.language.cleanup import split_sentences
from pipeline.language.disfluencies import bare
from pipeline.texts.checks import Fault, language_faults, sentence_faults
from pipeline.texts.generation.polarity import find_contradiction, same_stem
from pipeline.texts.generation.similarity import MIN_LABEL_MARGIN, MIN_MARGIN, Similarity
from pipeline.texts.grounding import Evidence
from pipeline.texts.standfirst import UNNAMED

MAX_SOURCES = 8  # maximum sources of one sentence: who names all names none
NAME_REACH = 12, 4  # sentences before and after a source where a name may stand for its "she"
# Sum of the margin of a sentence's meaning and, halved, the share of its words that stand near its
# sources: comments on what was said ("This shows how important patience is") have less.
MIN_SUPPORT = 0.52
MIN_SHARED = 0.3  # minimum share of its longer words that stand near its sources
_BETWEEN_WORDS = re.compile(r"[\s–—/-]+")


@dataclass(frozen=True)
class Support:
    """What drafts are checked against."""

    evidence: Evidence
    similarity: Similarity | None = None  # None: meaning is not compared
    masked: bool = False  # whether strong words are masked with stars

    def faults(
        self,
        statements: Sequence[Statement],
        shown: Collection[int],
        labels: Collection[int] = (),
    ) -> list[Fault]:
        """Return the faults of a draft's sentences.

        shown: the sentences that its author was given. labels: places of titles and headings, which
        name more than they say.
        """
        found: list[Fault] = []
        sound: list[int] = []
        for at, statement in enumerate(statements):
            own = list(self._faults(statement, shown, MAX_SOURCES if at not in labels else None))
            found += [replace(fault, at=at) for fault in own]
            sound += [] if any(fault.kind in ("source", "empty") for fault in own) else [at]
        found += self._meaning(statements, sound, labels)
        language = self.evidence.transcript.language
        return found + language_faults(" ".join(s.text for s in statements), language)

    def _faults(
        self, statement: Statement, shown: Collection[int], max_sources: int | None
    ) -> Iterator[Fault]:
        yield from sentence_faults(statement.text, self.evidence, masked=self.masked)
        if not statement.sources:
            yield Fault("source", "it names no sentence of the talk")
            return
        if max_sources is not None and len(statement.sources) > max_sources:
            yield Fault("source", f"it names more than {max_sources} sentences")
            return
        unknown = [n for n in statement.sources if n not in shown]
        if unknown:
            yield Fault("source", f"there is no sentence {unknown[0]}")
            return
        yield from self._from_sources(statement.text, statement.sources)

    def _from_sources(self, text: str, sources: Sequence[int]) -> Iterator[Fault]:
        """Yield what is in the talk perhaps, but not in the sources."""
        said = [self.evidence.transcript.sentences[i] for i in sources]
        own = self._part(sources)
        reached = {
            i for n in sources for i in range(n - NAME_REACH[0], n + NAME_REACH[1] + 1) if i >= 0
        }
        near = self._part(sorted(reached))
        for name in self.evidence.names_from_elsewhere(text, near):
            yield Fault("name", f"{name} is not in the sentences that it names")
        known = self.evidence.unsaid_numbers(text), self.evidence.unsaid_quotations(text)
        for number in own.unsaid_numbers(text):
            if number not in known[0]:
                yield Fault("number", f"{number} is not in the sentences that it names")
        for quoted in own.unsaid_quotations(text):
            if quoted not in known[1]:
                yield Fault("quotation", f"“{quoted}” is not in the sentences that it names")
        language = self.evidence.transcript.language
        if denied := find_contradiction(text, [s.text for s in said], language):
            yield Fault("negation", denied)
        if other := self._wrong_speaker(text, said):
            yield Fault("speaker", other)

    def _part(self, indices: Sequence[int]) -> Evidence:
        sentences = self.evidence.transcript.sentences
        kept = tuple(sentences[i] for i in indices if i < len(sentences))
        return Evidence(replace(self.evidence.transcript, sentences=kept))

    def _wrong_speaker(self, text: str, said: Sequence[Sentence]) -> str:
        """Return who is named first though only others say it, in words for the author; else ""."""
        speakers = {s.speaker for s in self.evidence.transcript.sentences if s.speaker}
        words = [bare(token).removesuffix("'s") for token in text.split()]
        named = [(at, name) for name in speakers if (at := _place(name, words)) is not None]
        if not named:
            return ""
        first = min(named)[1]
        tellers = {s.speaker for s in said if s.speaker}
        mentioned = [bare(token) for s in said for token in s.text.split()]
        if first in tellers or not tellers or _place(first, mentioned) is not None:
            return ""
        return f"{first} does not say it, but {' and '.join(sorted(tellers))}"

    def _meaning(
        self, statements: Sequence[Statement], sound: Sequence[int], labels: Collection[int]
    ) -> Iterator[Fault]:
        if self.similarity is None:
            return
        # Each by itself: a model puts what it makes up beside what was said, in one statement.
        said = [
            (at, Statement(text=text, sources=statements[at].sources))
            for at in sound
            for text in split_sentences(statements[at].text) or [statements[at].text]
        ]
        margins = self.similarity.margins([s.text for _, s in said], [s.sources for _, s in said])
        compares = languages.language(self.evidence.transcript.language).spaces
        unsaid: set[int] = set()
        for (at, sentence), margin in zip(said, margins, strict=True):
            least = MIN_LABEL_MARGIN if at in labels else MIN_MARGIN
            shared = self._shared_words(sentence) if compares and at not in labels else 1.0
            if margin < least or shared < MIN_SHARED or margin + shared / 2 < MIN_SUPPORT:
                unsaid.add(at)
        for at in sorted(unsaid):
            yield Fault("meaning", "the sentences that it names say something else", at)

    def _shared_words(self, statement: Statement) -> float:
        """Return the share of its longer words that are said around its sources; 1 without any."""
        first, last = min(statement.sources), max(statement.sources)
        around = self.evidence.transcript.sentences[max(0, first - 2) : last + 3]
        said = {word for sentence in around for word in _words(sentence.text)}
        words = _words(statement.text)
        shared = sum(any(same_stem(word, other) for other in said) for word in words)
        return shared / len(words) if words else 1.0


def _words(text: str) -> list[str]:
    return [word for token in _BETWEEN_WORDS.split(text) if len(word := bare(token)) > 3]


def _place(name: str, words: Sequence[str]) -> int | None:
    """Return where a speaker is named, by one of the names; None for "Speaker 2"."""
    if UNNAMED.fullmatch(name):
        return None
    parts = [bare(part) for part in name.split()]
    places = [
        at
        for at, word in enumerate(words)
        if any(word == part or (len(part) > 3 and same_stem(word, part)) for part in parts)
    ]
    return min(places, default=None)
