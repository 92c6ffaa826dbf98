"""Many videos in one call."""

from typing import Annotated

from msgspec import Struct

from klipfast_server.schema.fields import about
from klipfast_server.schema.job_responses import Accepted
from klipfast_server.schema.process_request import Process
from klipfast_server.schema.responses import ErrorBody

MAX_VIDEOS = 20  # in one call


class Batch(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of POST /api/v1/batches."""

    videos: Annotated[
        tuple[Process, ...],
        about(
            "Bodies of POST /api/v1/process, one for each video.",
            min_length=1,
            max_length=MAX_VIDEOS,
        ),
    ]


class BatchItem(Struct, frozen=True, kw_only=True):
    """Result for one video of a batch."""

    job: Annotated[Accepted | None, about("The job; null if it was refused.")]
    error: Annotated[ErrorBody | None, about("Why it was refused, as in a single call.")]


class SubmittedBatch(Struct, frozen=True, kw_only=True):
    """202 of POST /api/v1/batches."""

    batch_id: Annotated[str, about("ID of the batch, a filter of GET /api/v1/jobs.")]
    items: Annotated[list[BatchItem], about("One for each video, in order.")]
