"""Jobs that join moments of a talk that was heard to one clip, a highlight reel.

The moments are in the job's edit, whose highlight stands for them until the job has joined them,
which takes the models.
"""

import dataclasses
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from klipfast_server.core.errors import BadRequest
from klipfast_server.schema.reels import ReelRequest, ReelSpan
from klipfast_server.store.jobs import Submission
from klipfast_server.store.talks import edited_talks, rerenders
from klipfast_server.store.talks.clip_rows import ClipRow
from klipfast_server.store.talks.rerenders import UNJUDGED, Made
from pipeline.core.brand import Brand
from pipeline.core.data import Highlight, Sentence, Span, Talk
from pipeline.core.timemap import omitted
from pipeline.editing.clip_edit import ClipEdit

MIN_MOMENTS = 3  # moments in a reel when the caller names none; the best others fill it up
MAX_MOMENTS = 6  # limit including those others
MIN_OTHER_SCORE = 30  # their minimum virality score


def of_moments(
    made: Made, clips: Sequence[ClipRow], asked: ReelRequest, brand: Brand | None
) -> Submission:
    """Return the job that joins clips, or what else is asked for. Blocks; raises BadRequest."""
    talk = rerenders.recognized_in(made)
    sentences = talk.transcript.sentences
    if clips:
        chosen = _of_clips(clips, talk, made.job_id)
    elif asked.spans:
        chosen = _of_spans(asked.spans, talk)
    else:
        chosen = _best(talk)
    moments = [part for moment in chosen for part in _runs(moment, sentences)]
    moments.sort(key=lambda moment: moment.first_sentence)
    if not moments:
        raise BadRequest("This talk has no moments to join.")
    options = dataclasses.replace(
        rerenders.with_brand(rerenders.changed_options(made, asked), brand),
        mode="clips",
        max_duration_s=asked.max_seconds,
    )
    first, last = moments[0], moments[-1]
    reel = dataclasses.replace(
        UNJUDGED,
        start_s=first.start_s,
        end_s=last.end_s,
        first_sentence=first.first_sentence,
        last_sentence=last.last_sentence,
        left_out=tuple(
            Span(start_s=a.end_s, end_s=b.start_s)
            for a, b in pairwise(moments)
            if a.end_s < b.start_s
        ),
        title=asked.title or "",
    )
    edit = ClipEdit(highlight=reel, moments=tuple(moments))
    found = made.submission(edit, options, asked, made.job_id)
    clip_s = min(asked.max_seconds, edited_talks.kept_s(reel))
    return msgspec.structs.replace(found, reel_of=made.job_id, clip_s=clip_s)


def _of_clips(clips: Sequence[ClipRow], talk: Talk, job_id: str) -> list[Highlight]:
    """Return the moments of clips. Raises BadRequest where versions with other ends overlap."""
    found: list[Highlight] = []
    for number, clip in enumerate(clips):
        moment = _of_clip(clip, talk, job_id)
        for other, known in enumerate(found):
            if _overlap(moment, known):
                told = f"clip_ids[{number}] overlaps clip_ids[{other}]."
                raise BadRequest(told, field="clip_ids")
        found.append(moment)
    return found


def _of_clip(clip: ClipRow, talk: Talk, job_id: str) -> Highlight:
    """Return the moment of a clip; of a later version, the sentences that it has."""
    if clip.job_id == job_id:
        return talk.highlights[clip.ordinal]
    inside = _sentences(talk, clip.start_s, clip.end_s)
    if not inside:
        return talk.highlights[clip.home_ordinal]
    return _moment(UNJUDGED, inside[0], inside[-1], talk.transcript.sentences)


def _sentences(talk: Talk, start_s: float, end_s: float) -> list[int]:
    """Return the sentences between two times, judged by their middles."""
    return [
        n
        for n, s in enumerate(talk.transcript.sentences)
        if start_s <= (s.start_s + s.end_s) / 2 < end_s
    ]


def _best(talk: Talk) -> list[Highlight]:
    """Return the moments that were picked, and the best others where these are few."""
    found = list(talk.highlights)
    if len(found) < MIN_MOMENTS:
        others = [
            candidate.highlight
            for candidate in talk.candidates
            if candidate.why == "weaker" and candidate.highlight.virality_score >= MIN_OTHER_SCORE
        ]
        for other in others:
            if len(found) < MAX_MOMENTS and not any(_overlap(other, known) for known in found):
                found.append(other)
    return found


def _overlap(a: Highlight, b: Highlight) -> bool:
    return a.first_sentence <= b.last_sentence and b.first_sentence <= a.last_sentence


def _of_spans(spans: Sequence[ReelSpan], talk: Talk) -> list[Highlight]:
    """Return the sentences of each span, judged by their middles. Raises BadRequest."""
    found: list[Highlight] = []
    for number, span in enumerate(spans):
        if span.end_seconds <= span.start_seconds:
            raise BadRequest(f"spans[{number}] must end after it starts.", field="spans")
        inside = _sentences(talk, span.start_seconds, span.end_seconds)
        if not inside:
            raise BadRequest(
                f"spans[{number}] holds no sentence: from {span.start_seconds:g} to "
                f"{span.end_seconds:g} s nobody speaks a whole one.",
                field="spans",
            )
        moment = _moment(UNJUDGED, inside[0], inside[-1], talk.transcript.sentences)
        for other, known in enumerate(found):
            if _overlap(moment, known):
                raise BadRequest(f"spans[{number}] overlaps spans[{other}].", field="spans")
        found.append(moment)
    return found


def _runs(moment: Highlight, sentences: Sequence[Sentence]) -> list[Highlight]:
    """Return the parts of a moment between those that it leaves out."""
    runs: list[list[int]] = [[]]
    gone = omitted(moment)
    for n in range(moment.first_sentence, moment.last_sentence + 1):
        middle_s = (sentences[n].start_s + sentences[n].end_s) / 2
        if not any(gap.start_s <= middle_s < gap.end_s for gap in gone):
            runs[-1].append(n)
        elif runs[-1]:
            runs.append([])
    return [_moment(moment, run[0], run[-1], sentences) for run in runs if run]


def _moment(template: Highlight, first: int, last: int, sentences: Sequence[Sentence]) -> Highlight:
    return dataclasses.replace(
        template,
        start_s=sentences[first].start_s,
        end_s=max(s.end_s for s in sentences[first : last + 1]),
        first_sentence=first,
        last_sentence=last,
        left_out=(),
        order=(),
    )
