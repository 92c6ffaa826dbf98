"""Reads transcripts from JSON, and writes them for the command line.

Times are named `start_seconds`; files written earlier, and the programs that read them, say
`start_s`. Both are read, and the command line writes both.
"""

from pathlib import Path
from typing import Any

import msgspec

from pipeline.core.data import Coverage, Sentence, Span, Transcript, Word
from pipeline.core.errors import WrongInput
from pipeline.export import subtitles, transcript_schema

EARLIER = "_s"  # ended the names of times
LATER = "_seconds"


def read(path: Path) -> Transcript:
    """Read a transcript from JSON. Raises WrongInput that names the problem."""
    try:
        found = msgspec.json.decode(path.read_bytes())
        decoded = msgspec.convert(_renamed(found), type=transcript_schema.TranscriptJson)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as error:
        raise WrongInput(f"{path} is not a transcript: {error}") from error
    sentences = tuple(
        Sentence(
            text=s.text,
            start_s=s.start_seconds,
            end_s=s.end_seconds,
            speaker=s.speaker,
            doubtful=s.doubtful,
            first_word=i,
            last_word=i,
        )
        for i, s in enumerate(decoded.sentences)
    )
    if any(s.end_s < s.start_s for s in sentences):
        raise WrongInput(f"{path} is not a transcript: a sentence ends before it starts")
    coverage = decoded.coverage
    return Transcript(
        language=decoded.language,
        duration_s=decoded.duration_seconds or max((s.end_s for s in sentences), default=0.0),
        words=tuple(
            Word(
                text=w.text,
                start_s=w.start_seconds,
                end_s=w.end_seconds,
                probability=w.probability,
            )
            for w in decoded.words
        ),
        sentences=sentences,
        coverage=Coverage(
            speech_s=coverage.speech_seconds,
            unintelligible_s=coverage.unintelligible_seconds,
            unintelligible=tuple(
                Span(start_s=s.start_seconds, end_s=s.end_seconds) for s in coverage.unintelligible
            ),
            doubtful_s=coverage.doubtful_seconds,
        ),
    )


def write_with_earlier_names(transcript: Transcript) -> str:
    """Return the transcript as JSON in which each time has its earlier name, too."""
    return msgspec.json.encode(
        with_earlier_names(msgspec.json.decode(subtitles.write(transcript, "json")))
    ).decode()


def with_earlier_names(value: Any) -> Any:
    """Return JSON in which `start_s` repeats `start_seconds`, and so on, right after it."""
    if isinstance(value, list):
        return [with_earlier_names(item) for item in value]
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for name, item in value.items():
        found[name] = with_earlier_names(item)
        if name.endswith(LATER):
            found[name.removesuffix(LATER) + EARLIER] = found[name]
    return found


def _renamed(value: Any) -> Any:
    """Return JSON with the present names of times; where both are there, the present one counts."""
    if isinstance(value, list):
        return [_renamed(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {
        name.removesuffix(EARLIER) + LATER if name.endswith(EARLIER) else name: _renamed(item)
        for name, item in value.items()
    }
    return found | {name: item for name, item in value.items() if name.endswith(LATER)}
