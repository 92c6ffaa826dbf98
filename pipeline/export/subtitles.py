"""Transcripts in standard formats: JSON, SRT, WebVTT, plain text."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Literal

import msgspec

from pipeline.analysis.speaker_names import labels, suggest_names
from pipeline.core.data import Coverage, Sentence, Transcript, Word
from pipeline.core.timecode import format_timecode
from pipeline.export import json_lists
from pipeline.export.transcript_schema import (
    CoverageJson,
    SentenceJson,
    SpeakerJson,
    StretchJson,
    WordJson,
)
from pipeline.language.sentences import join

Format = Literal["json", "srt", "vtt", "txt"]
MAX_CUE_CHARS = 84  # two lines of 42, as in broadcasting
MAX_CUE_S = 6.0


def write(transcript: Transcript, form: Format) -> str:
    """Return the transcript in one of the formats, without a final line break."""
    if form == "json":
        return write_json(
            language=transcript.language,
            duration_s=transcript.duration_s,
            words=transcript.words,
            sentences=transcript.sentences,
            coverage=transcript.coverage,
        )
    if form == "srt":
        return "\n\n".join(
            f"{i}\n{_span(a, b, ',')}\n{text.replace('-->', '→')}"  # the arrow marks times alone
            for i, (a, b, text, _) in enumerate(_cues(transcript), 1)
        )
    if form == "vtt":
        cues = (
            f"{_span(a, b, '.')}\n{_voice(speaker)}{escape(text, quote=False)}"
            for a, b, text, speaker in _cues(transcript)
        )
        return "WEBVTT\n\n" + "\n\n".join(cues)
    return "\n".join(s.text for s in transcript.sentences)


def write_json(
    *,
    language: str,
    duration_s: float,
    words: Iterable[Word],
    sentences: Sequence[Sentence],
    coverage: Coverage,
    names: Mapping[str, str] | None = None,
    heard: Mapping[int, str] | None = None,
) -> str:
    """Return JSON of a TranscriptJson; the words need not all be there at once.

    `names`: the names given to the speakers, by label. `heard`: what was heard in the place of
    corrected words, by their indices.
    """
    given, instead = names or {}, heard or {}
    fields = {
        "sentences": json_lists.encode(
            SentenceJson(
                s.text,
                round(s.start_s, 3),
                round(s.end_s, 3),
                s.speaker and given.get(s.speaker, s.speaker),
                s.doubtful,
            )
            for s in sentences
        ),
        "language": language,
        "duration_seconds": round(duration_s, 3),
        "words": json_lists.encode(
            WordJson(
                w.text,
                round(w.start_s, 3),
                round(w.end_s, 3),
                round(w.probability, 4),
                instead.get(n, ""),
            )
            for n, w in enumerate(words)
        ),
        "coverage": CoverageJson(
            round(coverage.speech_s, 2),
            round(coverage.unintelligible_s, 2),
            [StretchJson(round(s.start_s, 3), round(s.end_s, 3)) for s in coverage.unintelligible],
            round(coverage.doubtful_s, 2),
        ),
        "speakers": list_speakers(sentences, language, given),
    }
    return msgspec.json.encode(fields).decode()


def list_speakers(
    sentences: Sequence[Sentence], language: str, names: Mapping[str, str]
) -> list[SpeakerJson]:
    """Return all speakers, with the names given to their labels and those that people say."""
    said = {found.speaker: found for found in suggest_names(sentences, language)}
    return [
        SpeakerJson(
            label=label,
            name=names.get(label),
            suggested_name=said[label].name if label in said else None,
            sentence=said[label].sentence if label in said else None,
        )
        for label in labels(sentences)
    ]


def _voice(speaker: str | None) -> str:
    """Return WebVTT's voice tag; players do not show it."""
    return f"<v {escape(speaker, quote=False)}>" if speaker else ""


def _cues(transcript: Transcript) -> Iterator[tuple[float, float, str, str | None]]:
    """Yield subtitle cues with speaker: pieces of sentences of at most two lines, six seconds."""
    for sentence in transcript.sentences:
        piece: list[Word] = []
        for word in transcript.words[sentence.first_word : sentence.last_word + 1]:
            longer = join([*piece, word], transcript.language)
            if piece and (len(longer) > MAX_CUE_CHARS or word.end_s - piece[0].start_s > MAX_CUE_S):
                yield _cue(piece, transcript.language, sentence.speaker)
                piece = []
            piece.append(word)
        if piece:
            yield _cue(piece, transcript.language, sentence.speaker)


def _cue(
    words: Sequence[Word], language: str, speaker: str | None
) -> tuple[float, float, str, str | None]:
    """Return start, end, text and speaker of a cue."""
    return words[0].start_s, words[-1].end_s, join(words, language), speaker


def _span(start_s: float, end_s: float, point: str) -> str:
    return f"{format_timecode(start_s, point=point)} --> {format_timecode(end_s, point=point)}"
