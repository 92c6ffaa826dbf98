"""What callers say of their clips: /api/v1/clips/{clip_id}/feedback."""

from aiohttp import web

from klipfast_server.api import caller, replies, request_parsing
from klipfast_server.api.operations import operation
from klipfast_server.schema import vocabulary
from klipfast_server.schema.feedback import Feedback, FeedbackRequest
from klipfast_server.store.talks import feedback
from klipfast_server.store.talks.feedback import FeedbackRow

routes = web.RouteTableDef()


@routes.post("/api/v1/clips/{clip_id}/feedback")
@operation(
    tag="Feedback",
    body=FeedbackRequest,
    answers={200: (Feedback,)},
    idempotent=True,
    example={"verdict": "kept"},
)
async def give_feedback(request: web.Request) -> web.Response:
    """Say whether you kept or rejected a clip.

    The latest verdict counts; null forgets it. A clip that has expired takes one if it has
    feedback.
    """
    body = await request_parsing.body(request, FeedbackRequest)
    row = await feedback.put(*caller.of(request), request.match_info["clip_id"], body.verdict)
    return replies.reply(_shown(row))


@routes.get("/api/v1/clips/{clip_id}/feedback")
@operation(tag="Feedback", answers={200: (Feedback,)})
async def get_feedback(request: web.Request) -> web.Response:
    """Get your feedback on a clip, even after it has expired.

    404: there is no feedback.
    """
    row = await feedback.get(*caller.of(request), request.match_info["clip_id"])
    return replies.reply(_shown(row))


def _shown(row: FeedbackRow) -> Feedback:
    return Feedback(
        clip_id=row.clip_id,
        job_id=row.job_id,
        verdict=row.verdict,
        created_at=vocabulary.moment(row.created_at),
        updated_at=vocabulary.moment(row.updated_at),
    )
