"""Takes the part of a transcript that a clip speaks, on the clip's own clock."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from typing import TypeVar

import msgspec

from pipeline.core.data import Highlight, Sentence, Span, Transcript, Word
from pipeline.core.timemap import TimeMap, remap_words
from pipeline.language.sentences import join


def excerpt(transcript: Transcript, highlight: Highlight, kept: Sequence[Span] = ()) -> Transcript:
    """Return the highlight's words and sentences only; 0 s is where the clip begins.

    With `kept`, as in Clip.kept, the clock skips what was cut, words that were cut are left out,
    and the others come as they play.
    """
    cut = TimeMap(tuple(kept) or (Span(start_s=highlight.start_s, end_s=highlight.end_s),))
    sentences = transcript.sentences[highlight.first_sentence : highlight.last_sentence + 1]
    spoken = transcript.words[sentences[0].first_word : sentences[-1].last_word + 1]
    words = remap_words(spoken, cut) if kept else tuple(_shift_word(word, cut) for word in spoken)
    kept_sentences: list[Sentence] = []
    at = 0
    for run, sentence in product(cut.runs(), sentences):
        before = transcript.words[sentence.first_word : sentence.last_word + 1]
        left = words[at : at + sum(not kept or run.includes_word(word) for word in before)]
        if not left:
            continue
        same = [word.text for word in left] == [word.text for word in before]
        kept_sentences.append(
            replace(
                sentence,
                text=sentence.text if same else join(left, transcript.language),
                start_s=run.to_clip(sentence.start_s),
                end_s=run.to_clip(sentence.end_s),
                first_word=at,
                last_word=at + len(left) - 1,
            )
        )
        at += len(left)
    return Transcript(
        language=transcript.language,
        duration_s=cut.duration_s,
        words=words,
        sentences=tuple(kept_sentences),
    )


def delay(transcript: Transcript, by_s: float) -> Transcript:
    """Return the transcript on a clock that begins `by_s` earlier, as that of a clip's file is."""
    return replace(
        transcript,
        duration_s=transcript.duration_s + by_s,
        words=tuple(map(partial(_delayed, by_s=by_s), transcript.words)),
        sentences=tuple(map(partial(_delayed, by_s=by_s), transcript.sentences)),
    )


Timed = TypeVar("Timed", Word, Sentence)


def _delayed(item: Timed, by_s: float) -> Timed:
    return replace(item, start_s=item.start_s + by_s, end_s=item.end_s + by_s)


def decode_spans(kept: str) -> tuple[Span, ...]:
    """Decode the spans in a clip's database row from JSON."""
    return msgspec.json.decode(kept, type=tuple[Span, ...])


def _shift_word(word: Word, cut: TimeMap) -> Word:
    start_s, end_s = cut.to_clip(word.start_s), cut.to_clip(word.end_s)
    return replace(word, start_s=start_s, end_s=max(start_s, end_s))
