"""Errors of the API, each with its HTTP status and documented code.

    KlipfastError            500 server_error
    ├── Unavailable
    │   ├── DatabaseAway     503 server_error
    │   ├── FilesAway        503 server_error
    │   └── DiskFull         507 server_error
    ├── BadRequest           400 bad_request
    │   ├── WrongMethod      405 bad_request
    │   ├── WrongVersion     412 bad_request
    │   ├── Changed          412 bad_request
    │   ├── WrongMedia       415 bad_request
    │   └── BeyondEnd        416 bad_request
    ├── Unauthorized         401 unauthorized
    ├── Forbidden            403 forbidden
    │   ├── NoApiAccess  OverLimit  LinkRefused
    ├── NotFound             404 not_found
    ├── Conflict             409 conflict
    ├── Unprocessable        422 unprocessable
    └── RateLimited          429 rate_limited

Raised anywhere, turned into JSON in one place, `api/middleware.py`.
"""

from typing import ClassVar

# Status → code and description, as in the developer documentation.
STATUSES = {
    400: ("bad_request", "Missing or invalid request parameters."),
    401: ("unauthorized", "Invalid or missing API key."),
    403: ("forbidden", "Your plan does not have access to this endpoint, or a limit is reached."),
    404: ("not_found", "The job, clip, upload, brand or webhook ID was not found."),
    409: ("conflict", "Job is already being processed, or its state does not allow the request."),
    422: ("unprocessable", "Video format is unsupported or file is corrupted."),
    429: ("rate_limited", "Too many requests, or the queue is full."),
    500: ("server_error", "Internal server error. Retry after a moment."),
}
# Statuses that HTTP or tus define for cases that have one of these codes here.
FURTHER = {
    405: ("bad_request", "Method not allowed; `Allow` lists those that are."),
    412: ("bad_request", "Unsupported tus version, or the file or the text has changed."),
    415: ("bad_request", "Unsupported media type or content encoding."),
    416: ("bad_request", "The range begins after the end of the file."),
    503: (
        "server_error",
        "The database or the storage is away for now. Retry after `Retry-After` seconds.",
    ),
    507: ("server_error", "The disk of the server is full. Retry after `Retry-After` seconds."),
}

RETRY_S = 5  # in the Retry-After where something is away: a restart of it takes seconds


class KlipfastError(Exception):
    """An error with a `message` for the caller; `extra` goes into the body beside it."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "server_error"

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        headers: dict[str, str] | None = None,
        **extra: object,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.headers = headers or {}
        self.extra = extra


class Unavailable(KlipfastError):
    """The disk, the storage or the database is away for now; `Retry-After` says when to retry."""

    def __init__(self, message: str) -> None:
        super().__init__(message, headers={"Retry-After": str(RETRY_S)})


class DatabaseAway(Unavailable):
    """The database cannot be reached, does not answer, or takes nothing."""

    status = 503

    def __init__(self) -> None:
        super().__init__(f"The database is away for now; try again in {RETRY_S} seconds.")


class FilesAway(Unavailable):
    """The storage cannot be reached, does not answer, or refuses the server."""

    status = 503


class DiskFull(Unavailable):
    """The server, or its database, has no disk space for what a request brings or needs."""

    status = 507

    def __init__(self) -> None:
        super().__init__("The server has no disk space left for this; try again later.")


class BadRequest(KlipfastError):
    """A parameter is missing or invalid; `field` names it."""

    status = 400
    code = "bad_request"


class WrongMethod(BadRequest):
    """The path does not allow this method (RFC 9110, 15.5.6)."""

    status = 405


class WrongVersion(BadRequest):
    """The client asks for a tus version that the server does not support (tus 1.0)."""

    status = 412


class Changed(BadRequest):
    """The file or text has changed since the caller fetched it (RFC 9110, 15.5.13)."""

    status = 412


class WrongMedia(BadRequest):
    """The media type or content encoding is not supported (RFC 9110, 15.5.16)."""

    status = 415


class BeyondEnd(BadRequest):
    """The requested range begins after the end of the file (RFC 9110, 15.5.17)."""

    status = 416


class Unauthorized(KlipfastError):
    """The API key is missing or invalid."""

    status = 401
    code = "unauthorized"


class Forbidden(KlipfastError):
    """The key is valid, but the plan does not cover the request."""

    status = 403
    code = "forbidden"


class NoApiAccess(Forbidden):
    """The plan has no API access."""


class OverLimit(Forbidden):
    """The plan's minutes or storage are used up; an immediate retry cannot help."""


class LinkRefused(Forbidden):
    """A download link is invalid or has expired."""


class NotFound(KlipfastError):
    """No object with this ID belongs to the caller."""

    status = 404
    code = "not_found"


class Conflict(KlipfastError):
    """The state of the job does not allow the request, or the same job is already running."""

    status = 409
    code = "conflict"


class Unprocessable(KlipfastError):
    """The request is valid, but the video cannot be used."""

    status = 422
    code = "unprocessable"


class RateLimited(KlipfastError):
    """Too many requests, or the queue is full; `Retry-After` says when to retry."""

    status = 429
    code = "rate_limited"

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message, headers={"Retry-After": str(max(1, retry_after_s))})
