"""What callers say of their clips, and what is learned from it."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from klipfast_server.schema.clip_responses import ClipId
from klipfast_server.schema.patterns import TEXT
from klipfast_server.schema.responses import JobId
from klipfast_server.schema.vocabulary import Moment

MAX_COUNT = 10**12  # of views
MAX_NOTE_CHARS = 1000

Verdict = Annotated[
    Literal["kept", "rejected", "posted"],
    Meta(
        description="kept: it is good. posted: so good that it was published. rejected: it is not."
    ),
]
Amount = Annotated[int, Meta(ge=0, le=MAX_COUNT)]
Note = Annotated[str, Meta(max_length=MAX_NOTE_CHARS, pattern=TEXT)]


class FeedbackRequest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of POST /api/v1/clips/{clip_id}/feedback; what is omitted stays, null forgets it."""

    verdict: Annotated[
        Verdict | UnsetType | None, Meta(description="What you did with the clip.")
    ] = UNSET
    views: Annotated[
        Amount | UnsetType | None, Meta(description="How often it was seen where it was posted.")
    ] = UNSET
    likes: Annotated[
        Amount | UnsetType | None, Meta(description="How many liked it where it was posted.")
    ] = UNSET
    note: Annotated[
        Note | UnsetType | None, Meta(description="For yourself; nothing is learned from it.")
    ] = UNSET


class Feedback(Struct, frozen=True, kw_only=True):
    """What you said of a clip; it stays when the clip expires."""

    clip_id: ClipId
    job_id: JobId
    verdict: Annotated[Verdict | None, Meta(description="What you did with the clip.")]
    views: Annotated[int | None, Meta(description="How often it was seen.")]
    likes: Annotated[int | None, Meta(description="How many liked it.")]
    note: Annotated[str | None, Meta(description="For yourself.")]
    learned_from: Annotated[
        bool, Meta(description="Whether it counts; clips of jobs before feedback existed do not.")
    ]
    created_at: Annotated[Moment, Meta(description="The first feedback on this clip.")]
    updated_at: Annotated[Moment, Meta(description="The last change.")]


class Preference(Struct, frozen=True, kw_only=True):
    """Something that your clips have in common."""

    trait: Annotated[str, Meta(description="What it is about, such as story, long or question.")]
    weight: Annotated[
        float,
        Meta(
            description="Above 0: you prefer it; below 0: you avoid it. In nats for one usual "
            "difference between clips."
        ),
    ]
    text: Annotated[str, Meta(description="The same in words.")]


class FeedbackSummary(Struct, frozen=True, kw_only=True):
    """GET /api/v1/feedback."""

    clips: Annotated[int, Meta(description="Clips with feedback.")]
    kept: Annotated[int, Meta(description="Of these, those you kept.")]
    rejected: Annotated[int, Meta(description="Those you rejected.")]
    posted: Annotated[int, Meta(description="Those you posted.")]
    with_audience: Annotated[int, Meta(description="Those with views or likes.")]
    counted: Annotated[
        int, Meta(description="Those from which can be learned; at most the latest few hundred.")
    ]
    needed: Annotated[int, Meta(description="How many more are needed before clips are reordered.")]
    learning: Annotated[
        Literal["off", "too_few", "no_pattern", "on"],
        Meta(
            description="on: new jobs prefer what you prefer. no_pattern: what you keep and what "
            "you reject differ in nothing that is measured, or not clearly yet. too_few: see "
            "`needed`. off: this server does not learn."
        ),
    ]
    explanation: Annotated[str, Meta(description="The same in a sentence.")]
    preferences: Annotated[
        list[Preference],
        Meta(description="What was learned, the strongest first; empty unless learning is on."),
    ]
