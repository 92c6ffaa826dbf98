"""What somebody changes of one clip: its span, its words, its title.

A clip that is made by hand is kept as such a change beside the talk, which stays as it was heard.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.core.data import Candidate, Highlight, Sentence, Talk, Word
from pipeline.language import profanity, sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipEdit:
    """One clip of a talk, as somebody wants it."""

    highlight: Highlight  # the clip; which sentences it has, follows from its bounds
    words: tuple[Word, ...] | None = None  # the words between its bounds; None: those of the talk
    moments: tuple[Highlight, ...] = ()  # what a reel is to be joined of, by their sentences


def followed_by(edits: Sequence[ClipEdit], last: ClipEdit) -> tuple[ClipEdit, ...]:
    """Return the edits of a clip with one more; those that nothing is left of are dropped."""
    return (*(edit for edit in edits if _matters_before(edit, last)), last)


def _matters_before(edit: ClipEdit, last: ClipEdit) -> bool:
    if edit.words is None:  # its span alone, and another one follows
        return False
    same = edit.highlight.start_s, edit.highlight.end_s
    return last.words is None or not (
        last.highlight.start_s <= same[0] and same[1] <= last.highlight.end_s
    )


def span_of_words(words: Sequence[Word], start_s: float, end_s: float) -> tuple[int, int]:
    """Return (the first word between two times, the first behind them), judged by their middles."""
    first = next((n for n, word in enumerate(words) if middle_s(word) >= start_s), len(words))
    behind = (n for n in range(first, len(words)) if middle_s(words[n]) >= end_s)
    return first, next(behind, len(words))


def middle_s(word: Word) -> float:
    """Return the time in the middle of a word, in seconds."""
    return (word.start_s + word.end_s) / 2


def apply(
    talk: Talk, edit: ClipEdit, *, masks: bool = False, heard: Mapping[int, str] | None = None
) -> tuple[Talk, dict[int, str]]:
    """Return the talk whose one highlight is the clip, and `heard`, which is by words, with it.

    `masks`: star profanity in the edited words. A sentence that the bounds cross is divided there;
    all others stay as they are.
    """
    heard = dict(heard or {})
    if edit.moments:
        others = tuple(Candidate(highlight=moment, why="weaker") for moment in edit.moments)
        return _with_one_clip(talk, edit.highlight, others), heard
    said, language = talk.transcript, talk.transcript.language
    first, behind = span_of_words(said.words, edit.highlight.start_s, edit.highlight.end_s)
    if edit.words is None and first == behind:  # a correction has moved its only word
        first = min(first, len(said.words) - 1)
        behind = first + 1
    before = tuple(_pieces(talk, 0, first))
    if edit.words is None:
        inside, spoken = tuple(_pieces(talk, first, behind)), said.words[first:behind]
    else:
        spoken = profanity.mask(edit.words, language) if masks else edit.words
        speakers = _speakers(said.sentences, spoken)
        inside = tuple(_moved(sentences.split(spoken, language, speakers), first))
        heard = {n: text for n, text in heard.items() if not first <= n < behind}
    by = first + len(spoken) - behind
    after = tuple(_moved(_pieces(talk, behind, len(said.words)), by))
    transcript = replace(
        said,
        words=said.words[:first] + tuple(spoken) + said.words[behind:],
        sentences=before + inside + after,
    )
    highlight = replace(
        edit.highlight,
        first_sentence=len(before),
        last_sentence=len(before) + len(inside) - 1,
    )
    found = _with_one_clip(replace(talk, transcript=transcript), highlight)
    return found, {n + by if n >= behind else n: text for n, text in heard.items()}


def _with_one_clip(talk: Talk, clip: Highlight, others: tuple[Candidate, ...] = ()) -> Talk:
    return replace(talk, highlights=(clip,), candidates=others, worth=())


def _pieces(talk: Talk, first: int, behind: int) -> Iterator[Sentence]:
    """Yield the sentences of some words, cut where they go beyond these."""
    said = talk.transcript
    for sentence in said.sentences:
        start, last = max(sentence.first_word, first), min(sentence.last_word, behind - 1)
        if start > last:
            continue
        if (start, last) == (sentence.first_word, sentence.last_word):
            yield sentence
            continue
        words = said.words[start : last + 1]
        yield replace(
            sentence,
            text=sentences.join(words, said.language),
            start_s=words[0].start_s,
            end_s=words[-1].end_s,
            first_word=start,
            last_word=last,
        )


def _moved(found: Sequence[Sentence] | Iterator[Sentence], by: int) -> Iterator[Sentence]:
    """Yield sentences that stand so many words later."""
    for sentence in found:
        first, last = sentence.first_word + by, sentence.last_word + by
        yield replace(sentence, first_word=first, last_word=last)


def _speakers(said: Sequence[Sentence], words: Sequence[Word]) -> tuple[str | None, ...]:
    """Return the speaker of each word: of the sentence that has begun last; () if unknown."""
    if not any(sentence.speaker for sentence in said):
        return ()
    found: list[str | None] = []
    at = 0
    for word in words:  # both are in the order of their times
        while at + 1 < len(said) and said[at + 1].start_s <= middle_s(word):
            at += 1
        found.append(said[at].speaker)
    return tuple(found)
