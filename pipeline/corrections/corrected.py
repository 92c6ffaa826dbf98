"""Puts right what was misheard, wherever it is heard: a person says what was said instead.

Words are found by their letters: neither case nor the marks around a word matter. A correction
finds its words within one sentence; each is applied to what those before it have left.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pipeline.core.data import Candidate, ChapterStart, Highlight, Sentence, Talk, Word
from pipeline.corrections.texts import SpanTexts
from pipeline.corrections.word_pieces import Pieces
from pipeline.corrections.word_replacement import (
    FURTHER_WORDS,
    MORE_WORDS,
    Correction,
    Run,
    Spoken,
    Step,
    TooManyWords,
)
from pipeline.language import profanity
from pipeline.language.sentences import join


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """Words and sentences after corrections; there are as many sentences as before."""

    words: tuple[Word, ...]
    sentences: tuple[Sentence, ...]
    heard: dict[int, str] = field(default_factory=dict)  # instead of words, by their indices
    places: tuple[int, ...] = ()  # how many each correction puts right


def correct(
    words: Sequence[Word],
    sentences: Sequence[Sentence],
    corrections: Sequence[Correction],
    language: str,
    *,
    masks: bool = False,
) -> Corrected:
    """Return the words and the sentences with the corrections; `masks`: star profanity in them.

    Raises TooManyWords.
    """
    steps = [Step.of(correction, language) for correction in corrections]
    pieces = Pieces()
    out: list[Word] = []
    heard: dict[int, str] = {}
    said: list[Sentence] = []
    copied = 0  # words so far
    for sentence in sentences:
        first, end = sentence.first_word, sentence.last_word + 1
        out += words[copied:first]
        copied = end
        at, spoken = len(out), list(words[first:end])
        run = Run([Spoken(word=word, piece=pieces.of(word.text)) for word in spoken])
        for step in steps:
            run.apply(step)
        if run.is_changed:
            spoken = [s.word for s in run.words]
            if masks:
                spoken = [
                    profanity.mask((s.word,), language)[0] if s.is_new else s.word
                    for s in run.words
                ]
            heard |= {at + n: s.heard for n, s in enumerate(run.words) if s.is_new}
        text = join(spoken, language) if run.is_changed else sentence.text
        out += spoken
        said.append(replace(sentence, text=text, first_word=at, last_word=len(out) - 1))
    out += words[copied:]
    if len(out) > MORE_WORDS * len(words) + FURTHER_WORDS:
        raise TooManyWords
    return Corrected(
        words=tuple(out),
        sentences=tuple(said),
        heard=heard,
        places=tuple(step.places for step in steps),
    )


def correct_talk(
    talk: Talk, corrections: Sequence[Correction], *, masks: bool = False
) -> tuple[Talk, Corrected]:
    """Return the talk with the corrections, in what was made of its words, too."""
    language, before = talk.transcript.language, talk.transcript.sentences
    found = correct(talk.transcript.words, before, corrections, language, masks=masks)
    transcript = replace(talk.transcript, words=found.words, sentences=found.sentences)

    def titled(highlight: Highlight) -> Highlight:
        said = before[highlight.first_sentence : highlight.last_sentence + 1]
        texts = SpanTexts(corrections, language, said=_text(said), spans=said, masks=masks)
        return texts.highlight(highlight)

    def opened(chapter: ChapterStart) -> ChapterStart:
        said = [before[n] for n in chapter.sources if n < len(before)]
        texts = SpanTexts(corrections, language, said=_text(said), spans=said, masks=masks)
        return replace(chapter, title=texts.of(chapter.title))

    corrected = replace(
        talk,
        transcript=transcript,
        highlights=tuple(map(titled, talk.highlights)),
        candidates=tuple(
            Candidate(highlight=titled(other.highlight), why=other.why, rival=other.rival)
            for other in talk.candidates
        ),
        chapters=None if talk.chapters is None else tuple(map(opened, talk.chapters)),
    )
    return corrected, found


def _text(said: Sequence[Sentence]) -> str:
    return " ".join(sentence.text for sentence in said)
