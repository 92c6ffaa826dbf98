"""What receivers of webhooks are sent, as the `webhooks` part of the OpenAPI document."""

from typing import Any, get_args

from msgspec import Struct

from klipfast_server.core import webhook_signatures
from klipfast_server.schema import responses, vocabulary
from klipfast_server.schema.webhooks import ReadyClip

DATA: dict[vocabulary.Event, type[Struct]] = {
    "job.completed": responses.JobDetail,
    "job.failed": responses.JobDetail,
    "clip.ready": ReadyClip,
}
SUMMARIES: dict[vocabulary.Event, str] = {
    "job.completed": "A job is completed; data is what GET /api/v1/jobs/{job_id} tells.",
    "job.failed": "A job has failed, for the reason in its error.",
    "clip.ready": "A clip is finished, while its job may still run.",
}
HEADERS = {
    webhook_signatures.ID: "The message's id; a repetition has the same.",
    webhook_signatures.TIMESTAMP: "Unix seconds at which it was sent.",
    webhook_signatures.SIGNATURE: "`v1,` and Base64 of the HMAC-SHA256 of `id.timestamp.body`, "
    "with a space before the next one while a secret is being replaced.",
}


def described(ref: str) -> dict[str, Any]:
    """Each event; `ref` is where schemas are, with {name} in it."""
    return {event: {"post": _operation(event, ref)} for event in get_args(vocabulary.Event)}


def _operation(event: vocabulary.Event, ref: str) -> dict[str, Any]:
    body = {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": event},
            "timestamp": {"type": "string", "format": "date-time", "description": "Of the event."},
            "data": {"$ref": ref.format(name=DATA[event].__name__)},
        },
    }
    return {
        "operationId": event.replace(".", "_"),
        "tags": ["Webhooks"],
        "summary": SUMMARIES[event],
        "parameters": [
            {
                "name": name,
                "in": "header",
                "required": True,
                "description": text,
                "schema": {"type": "string"},
            }
            for name, text in HEADERS.items()
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "2XX": {"description": "It was taken."},
            "410": {"description": "The receiver wants nothing more; the webhook is disabled."},
            "default": {"description": "It is sent again later."},
        },
        "security": [],
    }
