"""What callers say of their clips: /api/v1/clips/{clip_id}/feedback and /api/v1/feedback."""

import msgspec
from aiohttp import web
from msgspec import UNSET

from klipfast_server.api import app_keys, replies, request_parsing, taste_words
from klipfast_server.api.operations import operation
from klipfast_server.core.errors import BadRequest
from klipfast_server.schema import vocabulary
from klipfast_server.schema.feedback import Feedback, FeedbackRequest, FeedbackSummary
from klipfast_server.store import feedback
from klipfast_server.store.feedback import FeedbackRow

routes = web.RouteTableDef()


@routes.post("/api/v1/clips/{clip_id}/feedback")
@operation(
    tag="Feedback",
    body=FeedbackRequest,
    answers={200: (Feedback,)},
    idempotent=True,
    example={"verdict": "posted", "views": 18200},
)
async def give_feedback(request: web.Request) -> web.Response:
    """Say what you did with a clip, and how it did where it was posted.

    The latest value of each field counts; omitted fields stay, null forgets one. A clip that has
    expired takes it if it has feedback. New jobs prefer what you prefer once enough is known: GET
    /api/v1/feedback.
    """
    body = await request_parsing.body(request, FeedbackRequest)
    changes = {
        name: value for name, value in msgspec.structs.asdict(body).items() if value is not UNSET
    }
    if not changes:
        raise BadRequest(
            "The feedback says nothing; give verdict (kept, rejected or posted), views, likes or "
            "note.",
            field="verdict",
        )
    row = await feedback.put(
        request.app[app_keys.DATABASE],
        request[app_keys.ACCOUNT].account_id,
        request.match_info["clip_id"],
        changes,
    )
    return replies.reply(_shown(row))


@routes.get("/api/v1/clips/{clip_id}/feedback")
@operation(tag="Feedback", answers={200: (Feedback,)})
async def get_feedback(request: web.Request) -> web.Response:
    """Get what you said of a clip, also after it has expired.

    404: nothing was said.
    """
    row = await feedback.get(
        request.app[app_keys.DATABASE],
        request[app_keys.ACCOUNT].account_id,
        request.match_info["clip_id"],
    )
    return replies.reply(_shown(row))


@routes.get("/api/v1/feedback")
@operation(tag="Feedback", answers={200: (FeedbackSummary,)})
async def summarize_feedback(request: web.Request) -> web.Response:
    """Get how much feedback there is, and what is learned from it.

    `explanation` says it in a sentence.
    """
    db, account_id = request.app[app_keys.DATABASE], request[app_keys.ACCOUNT].account_id
    counts = await feedback.count(db, account_id)
    found = await feedback.lessons(db, account_id, request.app[app_keys.CONFIG].learning)
    summary = FeedbackSummary(
        **msgspec.structs.asdict(counts),
        counted=found.learned.examples,
        needed=found.needed,
        learning=found.state,
        explanation=taste_words.explanation(counts, found),
        preferences=taste_words.preferences(found.learned.weights) if found.taste else [],
    )
    return replies.reply(summary)


@routes.delete("/api/v1/feedback")
@operation(tag="Feedback", answers={204: ()})
async def delete_feedback(request: web.Request) -> web.Response:
    """Delete all feedback of the account and what was learned from it.

    New jobs are as before the first feedback; clips stay.
    """
    await feedback.forget(request.app[app_keys.DATABASE], request[app_keys.ACCOUNT].account_id)
    return web.Response(status=204)


def _shown(row: FeedbackRow) -> Feedback:
    return Feedback(
        clip_id=row.clip_id,
        job_id=row.job_id,
        verdict=row.verdict,
        views=row.views,
        likes=row.likes,
        note=row.note,
        learned_from=row.is_learned_from,
        created_at=vocabulary.moment(row.created_at),
        updated_at=vocabulary.moment(row.updated_at),
    )
