"""Corrections of words that were misheard."""

from typing import Annotated

from msgspec import Meta, Struct

from klipfast_server.core.errors import BadRequest
from klipfast_server.schema.fields import about
from klipfast_server.schema.patterns import ONE_LINE
from klipfast_server.schema.process_request import Moment
from klipfast_server.schema.responses import JobId
from pipeline.core.texts import TextKind
from pipeline.language.writing_systems import DIRECTIONS, is_control, is_visible

MAX_CORRECTIONS = 200  # limit per job
MAX_CHANGES = 100  # in one call
MAX_PLACES = 10_000  # limit per job; readers of the talk correct every place again
MAX_CHARS = 100
MAX_WORDS = 10

Heard = Annotated[
    str,
    about(
        "One to ten words of one sentence, as the transcript has them. Case and "
        "punctuation do not matter.",
        min_length=1,
        max_length=MAX_CHARS,
        shown_pattern=ONE_LINE,
    ),
]
Place = Annotated[
    Moment | None,
    about(
        "Only the words that start at this time in the transcript, in seconds; null: everywhere."
    ),
]


class CorrectionChange(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What was heard, and what was said; it replaces a correction of the same words."""

    heard: Heard
    text: Annotated[
        Annotated[
            str, Meta(min_length=1, max_length=MAX_CHARS, extra_json_schema={"pattern": ONE_LINE})
        ]
        | None,
        about("What was said: one to ten words; null takes the correction back."),
    ]
    start_seconds: Place = None


class CorrectionChanges(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of PATCH /api/v1/jobs/{job_id}/corrections; corrections that are not in it stay."""

    corrections: Annotated[
        tuple[CorrectionChange, ...],
        about(
            "Corrections, applied in this order after the existing ones.",
            min_length=1,
            max_length=MAX_CHANGES,
        ),
    ]

    def checked(self) -> tuple[CorrectionChange, ...]:
        """Return the changes without space around words. Raises BadRequest for what is no word."""
        return tuple(
            CorrectionChange(
                heard=_words(change.heard, f"corrections[{number}].heard"),
                text=None
                if change.text is None
                else _words(change.text, f"corrections[{number}].text"),
                start_seconds=change.start_seconds,
            )
            for number, change in enumerate(self.corrections)
        )


class AppliedCorrection(Struct, frozen=True, kw_only=True):
    """A correction, and how many places it corrects."""

    heard: Annotated[str, about("What was heard.")]
    text: Annotated[str, about("What was said.")]
    start_seconds: Annotated[
        float | None, about("The only place, in seconds of the source; null: everywhere.")
    ]
    places: Annotated[int, about("How many places of the transcript it corrects.")]


class CorrectionList(Struct, frozen=True, kw_only=True):
    """200 of GET and PATCH /api/v1/jobs/{job_id}/corrections."""

    job_id: JobId
    corrections: Annotated[
        list[AppliedCorrection], about("All, in the order in which they are applied.")
    ]
    clips_to_render: Annotated[
        list[str],
        about(
            "Clips whose captions lack these corrections: clip_ids for POST "
            "/api/v1/clips/{clip_id}/renders."
        ),
    ]
    texts_to_write: Annotated[
        list[TextKind],
        about(
            "Texts that still have misheard words: kinds for POST "
            "/api/v1/jobs/{job_id}/texts/{text}."
        ),
    ]


def _words(text: str, field: str) -> str:
    """Return the words with single spaces. Raises BadRequest."""
    if any(is_control(c) or c in DIRECTIONS for c in text):
        raise BadRequest(
            f"{field}: {text!r} contains control characters, which no word has.",
            field="corrections",
        )
    words = text.split()
    if not is_visible(text) or not any(c.isalnum() for c in text):
        raise BadRequest(
            f"{field}: {text!r} has neither letters nor digits; null takes a correction back."
            if field.endswith("text")
            else f"{field}: {text!r} has neither letters nor digits.",
            field="corrections",
        )
    if len(words) > MAX_WORDS:
        raise BadRequest(
            f"{field} has {len(words)} words; {MAX_WORDS} are the most.", field="corrections"
        )
    return " ".join(words)
