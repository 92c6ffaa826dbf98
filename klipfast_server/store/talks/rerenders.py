"""Jobs that make one clip of a talk that was heard: a clip again with changes, or another span.

Such a job has the talk of the first, and an edit that says which clip of it to make, so that
everything that holds for jobs (queue, progress, cancel, retry, webhooks) holds for it. It is free.
A clip that is made again is a version of the one before.
"""

import dataclasses
import hashlib
from typing import Any

import msgspec
from msgspec import Struct

from klipfast_server.core.errors import BadRequest, NotFound, Unprocessable
from klipfast_server.schema.clip_requests import (
    ClipChanges,
    ClipRequest,
    FramingPart,
    Render,
)
from klipfast_server.store import jobs, talk_json
from klipfast_server.store.database import Database
from klipfast_server.store.jobs import Submission
from klipfast_server.store.queue.job_queue import spoken
from klipfast_server.store.talk_json import StoredTalk
from klipfast_server.store.talks import edited_talks
from klipfast_server.store.talks.clip_rows import ClipRow
from pipeline.core.brand import Brand
from pipeline.core.data import (
    Breakdown,
    Highlight,
    Options,
    Talk,
)
from pipeline.core.framing_choice import FramingChoice, Point
from pipeline.core.texts import TextOptions
from pipeline.editing import clip_edit
from pipeline.editing.clip_edit import ClipEdit
from pipeline.editing.excerpt import decode_spans

CHANGES = tuple(
    name for name in Render.__struct_fields__ if name not in ("metadata", "webhook_url")
)
UNJUDGED = Highlight(
    start_s=0.0,
    end_s=0.0,
    first_sentence=0,
    last_sentence=0,
    score=0.0,
    virality_score=0,
    breakdown=Breakdown(hook=0.0, flow=0.0, value=0.0, energy=0.0),
    reason="",
    title="",
)  # a span before its job has looked at it


class Made(Struct, frozen=True, kw_only=True):
    """What a job worked on."""

    job_id: str
    video_url: str
    options: str
    duration_s: float | None
    source: str | None
    talk_id: str | None
    edits: str
    corrections: str | None
    title: str | None
    file_name: str
    keep_source: bool
    priority: int
    talk: str | None
    kept_source: str | None
    is_gone: bool

    def submission(
        self, edit: ClipEdit, options: Options, asked: ClipChanges, identity: str
    ) -> Submission:
        """Return a job that makes one clip of the talk."""
        edits = talk_json.encode_edits(
            clip_edit.followed_by(talk_json.decode_edits(self.edits), edit)
        )
        said = hashlib.sha256(f"{self.talk_id} {self.corrections} {edits}".encode())
        return Submission(
            video_url=self.video_url,
            identity=f"{identity} {said.hexdigest()}",
            options=options,
            duration_s=self.duration_s,
            source_json=self.source,
            metadata=asked.metadata,
            webhook_url=asked.webhook_url,
            talk_id=self.talk_id,
            edits=edits,
            title=self.title,
            file_name=self.file_name,
            keep_source=self.keep_source,
            kept_source=self.kept_source,
            priority=self.priority,
            clip_s=edited_talks.kept_s(edit.highlight),
            clip_total=1,
        )


async def made_from(db: Database, account_id: str, job_id: str) -> Made:
    """Return what a job worked on.

    Raises NotFound, Conflict where it has heard nothing yet, or Unprocessable where its source is
    gone.
    """
    job = await jobs.get(db, account_id, job_id)
    row = await db.pool.fetchrow(db.sql["source_of_job"], job_id, account_id)
    if row is None:  # deleted this very moment
        raise NotFound(f"There is no job {job_id}.")
    made = msgspec.convert(dict(row), Made)
    if made.talk is None:
        raise jobs.without_talk(job)
    if made.is_gone:
        raise Unprocessable(
            f"The upload that {job_id} was made from is no longer there; send the file again as a "
            "new job.",
            reason="source_gone",
        )
    return made


def with_brand(options: Options, brand: Brand | None) -> Options:
    """Return the options with a brand, whose style has the place of the one that they name."""
    if brand is None or brand.style is None:
        return dataclasses.replace(options, brand=brand)
    return dataclasses.replace(options, brand=brand, caption_style=brand.style.base)


def of_clip(clip: ClipRow, made: Made, asked: Render, brand: Brand | None = None) -> Submission:
    """Return the job that renders a clip again. Blocks; raises BadRequest."""
    recognized = recognized_in(made)
    is_same = all(getattr(asked, name) is None for name in CHANGES)
    if is_same and not shows_other_words(clip, recognized):
        raise BadRequest(f"Nothing would change; name at least one of {', '.join(CHANGES)}.")
    edit, options = _edit(clip, made, recognized, asked, brand)
    found = made.submission(edit, options, asked, clip.clip_id)
    return msgspec.structs.replace(
        found,
        rerender_of=clip.clip_id,
        home_job_id=clip.home_job_id,
        home_ordinal=clip.home_ordinal,
    )


def changed(
    clip: ClipRow, made: Made, recognized: Talk, asked: Render, brand: Brand | None
) -> tuple[Talk, Options]:
    """Return the talk of a changed clip, whose one highlight it is, and its options.

    `recognized`: of recognized_in. Blocks; raises BadRequest.
    """
    edit, options = _edit(clip, made, recognized, asked, brand)
    talk, _ = clip_edit.apply(recognized, edit, masks=_masks(options))
    return talk, options


def _edit(
    clip: ClipRow, made: Made, recognized: Talk, asked: Render, brand: Brand | None
) -> tuple[ClipEdit, Options]:
    options = with_brand(changed_options(made, asked), brand)
    start_s = clip.start_s if asked.start_seconds is None else asked.start_seconds
    end_s = clip.end_s if asked.end_seconds is None else asked.end_seconds
    template = recognized.highlights[clip.ordinal]
    bounds = start_s, end_s
    masks = _masks(options)
    return edited_talks.edit_of(recognized, template, bounds, asked, masks=masks), options


def shows_other_words(clip: ClipRow, talk: Talk) -> bool:
    """Return whether a clip shows other words than its talk has, whose corrections have changed."""
    return clip.corrections is not None and clip.drawn != said_in(clip, talk)


def said_in(clip: ClipRow, talk: Talk) -> str:
    """Return what a clip says, by its talk."""
    return spoken(talk, talk.highlights[clip.ordinal], decode_spans(clip.kept))


def of_span(made: Made, asked: ClipRequest, brand: Brand | None = None) -> Submission:
    """Return the job that makes a clip of a span that nobody picked. Blocks; raises BadRequest.

    A span that was weighed keeps its score and its title; others are judged when the job runs.
    """
    options = dataclasses.replace(with_brand(changed_options(made, asked), brand), mode="clips")
    recognized = recognized_in(made)
    bounds = asked.start_seconds, asked.end_seconds
    template = _weighed(recognized, bounds) or UNJUDGED
    edit = edited_talks.edit_of(recognized, template, bounds, asked, masks=_masks(options))
    found = made.submission(edit, options, asked, made.job_id)
    return msgspec.structs.replace(found, span_of=made.job_id)


def recognized_in(made: Made) -> Talk:
    """Return the talk of a job, corrected and edited; names of speakers stay beside it. Blocks."""
    assert made.talk is not None
    masks = _masks(msgspec.json.decode(made.options, type=Options))
    corrections = made.corrections or talk_json.NONE
    return talk_json.decode(
        StoredTalk(talk=made.talk, corrections=corrections, edits=made.edits, masks=masks)
    )


def _weighed(talk: Talk, bounds: tuple[float, float]) -> Highlight | None:
    """Return the highlight or the candidate that has these bounds."""
    known = (*talk.highlights, *(candidate.highlight for candidate in talk.candidates))
    return next(
        (
            h
            for h in known
            if abs(h.start_s - bounds[0]) < edited_talks.SLACK_S
            and abs(h.end_s - bounds[1]) < edited_talks.SLACK_S
        ),
        None,
    )


def _masks(options: Options) -> bool:
    return options.profanity == "mask"


def changed_options(made: Made, asked: ClipChanges) -> Options:
    """Return the options of a job with the changes that are asked for, for one clip."""
    before = msgspec.json.decode(made.options, type=Options)
    changes: dict[str, Any] = {
        name: value
        for name in (
            "quality",
            "caption_style",
            "aspect_ratio",
            "layout",
            "motion",
            "safe_area",
            "hook_title",
            "emphasis",
            "emoji",
            "remove_fillers",
            "clean_video",
        )
        if (value := getattr(asked, name)) is not None
    }
    if isinstance(asked, Render) and asked.framing is not None:
        changes["framing"] = _framing(asked.framing)
    if asked.remove_silences is not None:
        kept = asked.remove_silences == "keep"
        changes["remove_silences"] = None if kept else asked.remove_silences
    # What decided about hearing, choosing and writing has done so already.
    return dataclasses.replace(
        before,
        clip_count=1,
        range=None,
        keywords=(),
        prompt="",
        kinds=(),
        transcript=None,
        text_outputs=(),
        text_options=TextOptions(),
        **changes,
    )


def _framing(asked: tuple[FramingPart, ...]) -> tuple[FramingChoice, ...]:
    """Return what a caller chose to see, by time. Raises BadRequest for a part without length."""
    for number, part in enumerate(asked):
        if part.end_seconds <= part.start_seconds:
            raise BadRequest(
                f"framing[{number}] must end after it begins, at {part.start_seconds:g} s.",
                field="framing",
            )
    return tuple(
        FramingChoice(
            start_s=part.start_seconds,
            end_s=part.end_seconds,
            points=tuple(Point(x=point.x, y=point.y) for point in part.points),
        )
        for part in sorted(asked, key=lambda part: part.start_seconds)
    )
