"""What the results of a job lack, in sentences."""

from collections.abc import Iterator

from klipfast_server.schema import job_responses, vocabulary
from klipfast_server.store.jobs import Job
from pipeline.core.texts import TEXT_KINDS, TextKind

# Share of the speech without words above which a job says so: laughter and an "mhm" are less.
MAX_UNINTELLIGIBLE = 0.03
MAX_DOUBTFUL = 0.5  # share of the speech in doubtful sentences above which a job says so


def of(
    job: Job, coverage: vocabulary.Coverage | None, asked: int | None
) -> Iterator[job_responses.JobWarning]:
    """Yield what the results of a job lack; asked: the number of clips, if one was asked for."""
    if job.source_unkept:
        yield job_responses.JobWarning(
            code="source_not_kept",
            message="The plan's storage has no room for the source; more clips can be made only "
            "while its URL leads to the same file.",
            seconds=0.0,
        )
    if job.clips_lost:
        yield job_responses.JobWarning(
            code="clips_lost",
            message=f"{job.clips_lost} of {job.clip_total} clips could not be rendered: their part "
            "of the picture or the sound is damaged.",
            seconds=0.0,
        )
    if asked is not None and job.clip_total is not None and job.clip_total < asked:
        yield job_responses.JobWarning(
            code="fewer_clips",
            message=f"{job.clip_total} of {asked} clips: the rest of the talk overlaps or repeats "
            "these, is too short, or is greetings, sponsors and the like.",
            seconds=0.0,
        )
    if job.uncompared:
        yield job_responses.JobWarning(
            code="uncompared",
            message=f"The language model had no time for {job.uncompared} of the comparisons "
            "between clips; another run may order them differently. The operator can lower "
            "llm.pairs or raise llm.timeout_s.",
            seconds=0.0,
        )
    reasons = vocabulary.from_text(job.withheld, dict[TextKind, str]) or {}
    for kind in sorted(reasons, key=TEXT_KINDS.index):
        yield job_responses.JobWarning(code="texts", message=reasons[kind], seconds=0.0)
    if job.unheard_s:
        yield _unheard(job.unheard_s)
    if coverage is not None:
        lost_s = coverage.speech_seconds - coverage.transcribed_seconds
        if lost_s > MAX_UNINTELLIGIBLE * coverage.speech_seconds:
            yield job_responses.JobWarning(
                code="unintelligible",
                message=f"In {lost_s:.1f} of {coverage.speech_seconds:.1f} s of speech no words "
                "were understood; `coverage` says where. It may be singing, or several people at "
                "once.",
                seconds=round(lost_s, 1),
            )
        if coverage.doubtful_seconds > MAX_DOUBTFUL * coverage.speech_seconds:
            yield job_responses.JobWarning(
                code="doubtful",
                message=f"{coverage.doubtful_seconds:.1f} of {coverage.speech_seconds:.1f} s of "
                "speech may be misheard: noise, distance or music. Titles and texts skip those "
                "parts. Check the captions before posting.",
                seconds=round(coverage.doubtful_seconds, 1),
            )


def _unheard(unheard_s: float) -> job_responses.JobWarning:
    return job_responses.JobWarning(
        code="unheard",
        message=f"{unheard_s:.0f} s of the source have no readable sound: it breaks off or is "
        "damaged. They were neither transcribed nor charged.",
        seconds=round(unheard_s, 1),
    )
