"""The part of a transcript that a clip speaks, on the clip's own clock."""

from dataclasses import replace
from typing import TypeVar

from pipeline.data import Highlight, Sentence, Transcript, Word

Spoken = TypeVar("Spoken", Word, Sentence)


def excerpt(transcript: Transcript, highlight: Highlight) -> Transcript:
    """The highlight's words and sentences; 0 s is where the clip begins, nothing lies outside."""
    sentences = transcript.sentences[highlight.first_sentence : highlight.last_sentence + 1]
    first, last = sentences[0].first_word, sentences[-1].last_word
    return Transcript(
        language=transcript.language,
        duration_s=highlight.end_s - highlight.start_s,
        words=tuple(_moved(word, highlight) for word in transcript.words[first : last + 1]),
        sentences=tuple(
            replace(
                _moved(sentence, highlight),
                first_word=sentence.first_word - first,
                last_word=sentence.last_word - first,
            )
            for sentence in sentences
        ),
    )


def _moved(spoken: Spoken, highlight: Highlight) -> Spoken:
    length_s = highlight.end_s - highlight.start_s
    start_s = min(max(spoken.start_s - highlight.start_s, 0.0), length_s)
    end_s = min(max(spoken.end_s - highlight.start_s, start_s), length_s)
    return replace(spoken, start_s=start_s, end_s=end_s)
