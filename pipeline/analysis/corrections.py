"""Puts right what was misheard, wherever it is heard: a person says what was said instead.

Words are found by their letters: neither case nor the marks around a word matter. Marks, the
genitive's 's, the capital at the start of a sentence and all times stay. A correction finds its
words within one sentence; each is applied to what those before it have left.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from pipeline.core.data import (
    Candidate,
    ChapterStart,
    Highlight,
    Sentence,
    Span,
    Talk,
    TitleVariant,
    Word,
)
from pipeline.language import languages, profanity
from pipeline.language.sentences import ends_sentence, join
from pipeline.language.writing_systems import LETTER

SAME_TIME_S = 0.002  # times are told to the millisecond
INNER_MARKS = "#%&@*"  # punctuation that belongs to a word: C#, 5%, AT&T, s***
GENITIVE = "'s"
# Corrections of corrected words could multiply them without end.
MORE_WORDS = 2  # times as many words as were heard are the most,
FURTHER_WORDS = 100  # and so many beside
MAX_MARKS = 8  # on each side of a word
MAX_HEARD_CHARS = 200
# After these, 's is a verb.
NO_OWNERS = frozenset({
    "he", "here", "how", "it", "let", "she", "that", "there", "this", "what", "when", "where",
    "who", "why",
})  # fmt: skip


class TooManyWords(ValueError):
    """Corrections make a talk, or a sentence of it, several times as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What was heard, and what was said."""

    heard: str
    text: str
    at_s: float | None = None  # where its first word starts; None: wherever it is heard


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """Words and sentences after corrections; there are as many sentences as before."""

    words: tuple[Word, ...]
    sentences: tuple[Sentence, ...]
    heard: dict[int, str] = field(default_factory=dict)  # instead of words, by their indices
    places: tuple[int, ...] = ()  # how many each correction puts right


def comparable(text: str, language: str) -> str:
    """Return what a text is found by; "" if it has neither letters nor digits nor symbols."""
    spaces = languages.language(language).spaces
    return (" " if spaces else "").join(key for part in text.split() if (key := _peel(part).key))


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
    steps = [_Step.of(correction, language) for correction in corrections]
    pieces = _Pieces()
    out: list[Word] = []
    heard: dict[int, str] = {}
    said: list[Sentence] = []
    copied = 0  # words so far
    for sentence in sentences:
        first, end = sentence.first_word, sentence.last_word + 1
        out += words[copied:first]
        copied = end
        at, spoken = len(out), list(words[first:end])
        run = _Run([_Spoken(word=word, piece=pieces.of(word.text)) for word in spoken])
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


class SpanTexts:
    """Corrects texts that were made of what is said in some part of a talk.

    A correction of a single place counts only where that part has the heard words once: elsewhere
    nobody knows which of them a title took.
    """

    def __init__(
        self,
        corrections: Sequence[Correction],
        language: str,
        *,
        said: str,
        spans: Sequence[Sentence | Span],
        masks: bool = False,
    ) -> None:
        """`said`: the words of that part, uncorrected; `spans`: where they are said."""
        self._language, self._masks = language, masks
        self._steps: list[_Step] = []
        # What is left of it tells only corrections of one place.
        known = said if any(correction.at_s is not None for correction in corrections) else ""
        left = _Text(known, language)
        for correction in corrections:
            step = _Step.of(replace(correction, at_s=None), language)
            if correction.at_s is not None:
                at_s = correction.at_s + SAME_TIME_S
                if not any(span.start_s <= at_s < span.end_s for span in spans):
                    continue
                _Text(str(left), language).apply(step)
                if step.places != 1:
                    continue
            self._steps.append(step)
            left.apply(step)

    def of(self, text: str) -> str:
        """Return a text with the corrections."""
        folded = _key(text)  # most texts have none of the words: nothing to take apart
        if not any(all(part in folded for part in step.wanted.split()) for step in self._steps):
            return text
        words = _Text(text, self._language)
        for step in self._steps:
            words.apply(step)
        corrected = str(words)
        if corrected == text or not self._masks:
            return corrected
        return profanity.mask_text(corrected, self._language)

    def hashtag(self, tag: str) -> str:
        """Return a hashtag with the corrections that are about all of it."""
        for step in self._steps:
            if tag.removeprefix("#").casefold() == step.wanted.replace(" ", ""):
                words = (_peel(part).core for part in step.tokens)
                tag = "#" + "".join(re.sub(r"[^\w]", "", word) for word in words)
        return tag

    def highlight(self, highlight: Highlight) -> Highlight:
        """Return a highlight with corrected texts."""
        return replace(
            highlight,
            title=self.of(highlight.title),
            description=self.of(highlight.description),
            hashtags=tuple(map(self.hashtag, highlight.hashtags)),
            title_variants=tuple(
                TitleVariant(kind=variant.kind, title=self.of(variant.title))
                for variant in highlight.title_variants
            ),
        )


@dataclass(frozen=True, slots=True)
class _Piece:
    """A word without the marks around it, and those."""

    lead: str
    core: str
    trail: str
    key: str  # what it is found by; empty: marks alone


def _peel(text: str) -> _Piece:
    first, end = 0, len(text)
    while first < end and _is_mark(text[first]):
        first += 1
    while end > first and _is_mark(text[end - 1]):
        end -= 1
    core = text[first:end]
    return _Piece(text[:first], core, text[end:], _key(core))


def _is_mark(char: str) -> bool:
    return char.isspace() or (unicodedata.category(char)[0] == "P" and char not in INNER_MARKS)


def _key(core: str) -> str:
    folded = unicodedata.normalize("NFKC", core).casefold().replace("’", "'")
    return " ".join(folded.split())


class _Pieces:
    """The pieces of words, each found once."""

    def __init__(self) -> None:
        self._known: dict[str, _Piece] = {}

    def of(self, text: str) -> _Piece:
        piece = self._known.get(text)
        if piece is None:
            piece = self._known[text] = _peel(text)
        return piece


@dataclass(slots=True, kw_only=True)
class _Step:
    """A correction as it is applied, and how often it was."""

    wanted: str  # key of what was heard
    made: str  # key of what was said
    tokens: tuple[str, ...]  # of what was said; at least one
    separator: str  # between the keys of words
    keeps_marks: bool  # also those between the words
    at_s: float | None
    places: int = 0

    @classmethod
    def of(cls, correction: Correction, language: str) -> "_Step":
        spaces = languages.language(language).spaces
        heard = [_peel(part) for part in correction.heard.split()]
        inner = [piece.trail for piece in heard[:-1]] + [piece.lead for piece in heard[1:]]
        return cls(
            wanted=comparable(correction.heard, language),
            made=comparable(correction.text, language),
            tokens=tuple(correction.text.split()),
            separator=" " if spaces else "",
            keeps_marks=not any(inner),
            at_s=correction.at_s,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spoken:
    """A word, and what was recognized in its place."""

    word: Word
    piece: _Piece
    heard: str = ""  # empty: itself

    @property
    def is_new(self) -> bool:
        """Whether it is another word than the one that was recognized."""
        return self.heard not in ("", self.piece.core)


@dataclass(frozen=True, slots=True)
class _Match:
    first: int
    end: int
    suffix: str = ""  # 's, as it is written there


class _Run:
    """The words of a sentence."""

    __slots__ = ("_line", "_most", "is_changed", "words")

    def __init__(self, words: list[_Spoken]) -> None:
        self.words = words
        self.is_changed = False
        self._most = MORE_WORDS * len(words) + FURTHER_WORDS
        self._line = ""  # the keys of all words, in which whatever can be found is a part

    def apply(self, step: _Step) -> None:
        """Correct what the step finds, and count it."""
        if not self._line:
            self._line = step.separator.join([spoken.piece.key for spoken in self.words])
        if step.wanted not in self._line or not step.wanted:
            return
        if step.at_s is not None and step.places:
            return
        found = list(self._to_correct(step))
        for match in reversed(found):
            self.words[match.first : match.end] = self._said(step, match)
        if found:
            step.places += len(found)
            self.is_changed = True
            self._line = ""
            if len(self.words) > self._most:
                raise TooManyWords

    def _to_correct(self, step: _Step) -> Iterator[_Match]:
        right = [match for match in self._matches(step.made, step) if self._is_right(step, match)]
        for match in self._matches(step.wanted, step):
            if any(r.first <= match.first and match.end <= r.end for r in right):
                continue
            if step.at_s is None:
                yield match
            elif abs(self.words[match.first].word.start_s - step.at_s) <= SAME_TIME_S:
                yield match
                return

    def _matches(self, wanted: str, step: _Step) -> Iterator[_Match]:
        """Yield where the words of a key are, from left to right, none of them twice."""
        at = 0
        while at < len(self.words):
            match = self._match(at, wanted, step)
            if match is not None:
                yield match
            at = at + 1 if match is None else match.end

    def _match(self, first: int, wanted: str, step: _Step) -> _Match | None:
        line, end = self.words[first].piece.key, first + 1
        if not line or not (wanted + GENITIVE).startswith(line):
            return None
        while end < len(self.words) and wanted.startswith(line + step.separator):
            if line == wanted:
                break
            before, after = self.words[end - 1].piece, self.words[end].piece
            if not after.key or (not step.separator and (before.trail or after.lead)):
                return None
            line += step.separator + after.key
            end += 1
        if line == wanted:
            return _Match(first, end)
        if line == wanted + GENITIVE and wanted.rsplit(maxsplit=1)[-1] not in NO_OWNERS:
            return _Match(first, end, self.words[end - 1].piece.core[-len(GENITIVE) :])
        return None

    def _is_right(self, step: _Step, match: _Match) -> bool:
        """Return whether the words are already written as they were said."""
        there = "".join(s.piece.core for s in self.words[match.first : match.end])
        there = there.removesuffix(match.suffix).replace(" ", "")
        said = "".join(_peel(token).core for token in step.tokens)
        return there in (said, said[:1].upper() + said[1:] if match.first == 0 else said)

    def _said(self, step: _Step, match: _Match) -> list[_Spoken]:
        """Return the words that were said where others were heard."""
        heard = self.words[match.first : match.end]
        tokens = list(step.tokens)
        if match.first == 0 and heard[0].piece.core[:1].isupper() and tokens[0].islower():
            tokens[0] = tokens[0][:1].upper() + tokens[0][1:]
        if match.suffix and not _peel(tokens[-1]).key.endswith(GENITIVE):
            tokens[-1] += match.suffix
        alike = len(tokens) == len(heard)
        texts = [
            _marked(
                token,
                heard[n].piece.lead if n == 0 or (alike and step.keeps_marks) else "",
                heard[n if alike else -1].piece.trail
                if n == len(tokens) - 1 or (alike and step.keeps_marks)
                else "",
            )
            for n, token in enumerate(tokens)
        ]
        times = (
            [(s.word.start_s, s.word.end_s) for s in heard]
            if alike
            else _shares(heard[0].word.start_s, heard[-1].word.end_s, tokens)
        )
        whole = step.separator.join(_origins(heard))[:MAX_HEARD_CHARS]
        return [
            _Spoken(
                word=Word(text=text, start_s=start_s, end_s=end_s, probability=1.0),
                piece=_peel(text),
                heard=(heard[n].heard or heard[n].piece.core) if alike else whole,
            )
            for n, (text, (start_s, end_s)) in enumerate(zip(texts, times, strict=True))
        ]


def _marked(token: str, lead: str, trail: str) -> str:
    """Return a word with the marks around it; one that it has itself is not doubled."""
    lead = lead[:-1] if lead and token.startswith(lead[-1]) else lead
    trail = trail[1:] if trail and token.endswith(trail[0]) else trail
    return lead[-MAX_MARKS:] + token + trail[:MAX_MARKS]


def _origins(words: Sequence[_Spoken]) -> Iterator[str]:
    """Yield what was recognized in the place of words, once for those that share it."""
    before = ""
    for spoken in words:
        if not spoken.heard or spoken.heard is not before:
            yield spoken.heard or spoken.piece.core
        before = spoken.heard


def _shares(start_s: float, end_s: float, tokens: Sequence[str]) -> list[tuple[float, float]]:
    """Return the times of words that together take a span, by their lengths."""
    end_s = max(start_s, end_s)
    lengths = [max(1, len(LETTER.findall(token))) for token in tokens]
    ends = [start_s]
    for n in range(1, len(tokens)):
        ends.append(start_s + (end_s - start_s) * sum(lengths[:n]) / sum(lengths))
    ends.append(end_s)
    return list(pairwise(ends))


class _Text:
    """Running text, as sentences of words; nothing in it has a time."""

    def __init__(self, text: str, language: str) -> None:
        self._text = text
        self._runs = _runs(text) if languages.language(language).spaces else None

    def apply(self, step: _Step) -> None:
        """Correct what the step finds, and count it anew."""
        step.places = 0
        if self._runs is None:
            self._text = _replaced(self._text, step)
            return
        for run in self._runs:
            run.apply(step)

    def __str__(self) -> str:
        """Return the text; without corrections as it was, to the space."""
        if self._runs is None or not any(run.is_changed for run in self._runs):
            return self._text
        return " ".join(spoken.word.text for run in self._runs for spoken in run.words)


def _runs(text: str) -> list[_Run]:
    parts, pieces = text.split(), _Pieces()
    runs: list[list[_Spoken]] = [[]]
    for n, part in enumerate(parts):
        word = Word(text=part, start_s=0.0, end_s=0.0, probability=1.0)
        runs[-1].append(_Spoken(word=word, piece=pieces.of(part)))
        if ends_sentence(part, parts[n + 1] if n + 1 < len(parts) else ""):
            runs.append([])
    return [_Run(words) for words in runs if words]


def _replaced(text: str, step: _Step) -> str:
    """Return text of a script without spaces: where its words end nobody can see."""
    said = join(
        [Word(text=token, start_s=0.0, end_s=0.0, probability=1.0) for token in step.tokens], "ja"
    )
    if not step.wanted or not said:
        return text
    heard = re.compile(re.escape(step.wanted), re.IGNORECASE)
    found = [heard.subn(lambda _: said, part) for part in text.split(said)]
    step.places = sum(count for _, count in found)
    return said.join(part for part, _ in found)


def _text(said: Sequence[Sentence]) -> str:
    return " ".join(sentence.text for sentence in said)
