"""What a caller can be told, each with its status and its documented code.

    KlipfastError            500 server_error
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

Raised anywhere, turned into JSON once, in middleware.py.
"""

from typing import ClassVar

# Status → code and what it means, in the words of the developer documentation.
STATUSES = {
    400: ("bad_request", "Missing or invalid request parameters."),
    401: ("unauthorized", "Invalid or missing API key."),
    403: ("forbidden", "Your plan does not have access to this endpoint, or its limit is reached."),
    404: ("not_found", "The job, clip, upload or webhook ID was not found."),
    409: ("conflict", "Job is already being processed, or its state forbids it."),
    422: ("unprocessable", "Video format is unsupported or file is corrupted."),
    429: ("rate_limited", "Too many requests, or a full queue."),
    500: ("server_error", "Internal server error. Retry after a moment."),
}
# Where HTTP or tus have a status of their own for what is a bad request here.
FURTHER = {
    405: ("bad_request", "The path takes other methods; `Allow` names them."),
    412: ("bad_request", "The version of tus is not spoken here, or the file has changed."),
    415: ("bad_request", "The body's media type cannot be taken, or it is packed."),
    416: ("bad_request", "The file has fewer bytes than the range begins at."),
}


class KlipfastError(Exception):
    """`message` is a sentence for the caller; `extra` goes into the body beside it."""

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


class BadRequest(KlipfastError):
    """A parameter is missing or invalid; `field` names it."""

    status = 400
    code = "bad_request"


class WrongMethod(BadRequest):
    """The path takes other methods; HTTP (RFC 9110) has a status of its own for it."""

    status = 405


class WrongVersion(BadRequest):
    """The tus protocol has this status for a version that is not spoken."""

    status = 412


class Changed(BadRequest):
    """A file is not the one that the caller has a part of (RFC 9110)."""

    status = 412


class WrongMedia(BadRequest):
    """The body's media type or packing cannot be taken (RFC 9110)."""

    status = 415


class BeyondEnd(BadRequest):
    """The range asked for begins after the end of the file (RFC 9110)."""

    status = 416


class Unauthorized(KlipfastError):
    """There is no key, or none that is valid."""

    status = 401
    code = "unauthorized"


class Forbidden(KlipfastError):
    """The key is valid and the plan does not cover the request."""

    status = 403
    code = "forbidden"


class NoApiAccess(Forbidden):
    """The plan has no API access."""


class OverLimit(Forbidden):
    """Minutes or storage are used up; trying again at once cannot help."""


class LinkRefused(Forbidden):
    """A download link was changed or has expired."""


class NotFound(KlipfastError):
    """Nothing of this name belongs to the caller."""

    status = 404
    code = "not_found"


class Conflict(KlipfastError):
    """The state of the job forbids it, or the same job is already running."""

    status = 409
    code = "conflict"


class Unprocessable(KlipfastError):
    """The request is well-formed and the video cannot be used."""

    status = 422
    code = "unprocessable"


class RateLimited(KlipfastError):
    """Too many requests, or a full queue; `Retry-After` says when to come back."""

    status = 429
    code = "rate_limited"

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message, headers={"Retry-After": str(max(1, retry_after_s))})
