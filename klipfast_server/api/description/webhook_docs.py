"""The `webhooks` section of the OpenAPI document."""

from typing import Any, get_args

from msgspec import Struct

from klipfast_client import webhook_signatures
from klipfast_server.schema import job_responses, vocabulary
from klipfast_server.schema.account.webhooks import FailedClip, Ping, ReadyClip

DATA: dict[vocabulary.Event, type[Struct]] = {
    "job.started": job_responses.JobDetail,
    "job.completed": job_responses.JobDetail,
    "job.failed": job_responses.JobDetail,
    "job.canceled": job_responses.JobDetail,
    "clip.ready": ReadyClip,
    "clip.failed": FailedClip,
    "ping": Ping,
}
SUMMARIES: dict[vocabulary.Event, str] = {
    "job.started": "A job is no longer queued; data is the response of GET /api/v1/jobs/{job_id}.",
    "job.completed": "A job completed; data is the response of GET /api/v1/jobs/{job_id}.",
    "job.failed": "A job failed; data.error says why.",
    "job.canceled": "A job was canceled.",
    "clip.ready": "A clip is ready; its job may still be running.",
    "clip.failed": "A clip could not be rendered; its job continues with the others.",
    "ping": "A test, sent by POST /api/v1/webhooks/{webhook_id}/ping.",
}
# Not that of the calls: generators write a file for each tag, and one file cannot hold both.
TAGS = {"Events": "What KlipFast sends to a webhook's URL, signed."}
HEADERS = {
    webhook_signatures.ID: "ID of the message; the same for every attempt.",
    webhook_signatures.TIMESTAMP: "Time of the attempt, Unix seconds.",
    webhook_signatures.SIGNATURE: "`v1,` and the Base64 HMAC-SHA256 of `id.timestamp.body`; "
    "two signatures separated by a space while a secret is rotated.",
}


def described(ref: str) -> dict[str, Any]:
    """Each event; `ref` is where schemas are, with {name} in it."""
    return {event: {"post": _operation(event, ref)} for event in get_args(vocabulary.Event)}


def _operation(event: vocabulary.Event, ref: str) -> dict[str, Any]:
    body = {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"type": "string", "const": event, "description": "The event."},
            "timestamp": {
                "type": "string",
                "format": "date-time",
                "description": "Time of the event.",
            },
            "data": {"$ref": ref.format(name=DATA[event].__name__)},
        },
    }
    return {
        "operationId": f"receive_{event.replace('.', '_')}",
        "tags": list(TAGS),
        "summary": SUMMARIES[event],
        "parameters": [
            {
                "name": name,
                "in": "header",
                "required": True,
                "description": text,
                "schema": {"type": "integer" if name == webhook_signatures.TIMESTAMP else "string"},
            }
            for name, text in HEADERS.items()
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "2XX": {"description": "Accepted."},
            "410": {"description": "The receiver wants no more messages; the webhook is disabled."},
            "default": {"description": "The message is retried later."},
        },
        "security": [],
    }
