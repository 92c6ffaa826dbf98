"""Errors of the client, by kind.

ApiError
├── BadRequest       400, 405, 412, 415, 416
├── Unauthorized     401
├── Forbidden        403
├── NotFound         404
├── Conflict         409; `job_id` names the job in conflict, if any
├── Unprocessable    422; `reason` says why a video cannot be used
├── RateLimited      429
├── ServerError      500, 503, 507, or something that is no KlipFast server answers
└── Unreachable      no connection to the server; also an aiohttp.ClientOSError
"""

import aiohttp


class ApiError(Exception):
    """A refusal of the server.

    `job_id`: the conflicting job, if any; `reason`: why a video cannot be used, if it cannot.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        request_id: str,
        job_id: str | None = None,
        *,
        reason: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.request_id = request_id
        self.job_id = job_id
        self.reason = reason
        self.retry_after_s = retry_after_s  # None: it is not said that trying again helps


class BadRequest(ApiError):
    """A parameter is missing or invalid, or what was to be changed has changed since (412)."""


class Unauthorized(ApiError):
    """The key is missing or invalid."""


class Forbidden(ApiError):
    """The plan or the key does not cover the request, or a limit is reached."""


class NotFound(ApiError):
    """Nothing of yours has this ID."""


class Conflict(ApiError):
    """The job's state does not allow the request, or the same job is already running."""


class Unprocessable(ApiError):
    """The video cannot be used."""


class RateLimited(ApiError):
    """Too many requests, or the queue is full, for longer than the client's patience."""


class ServerError(ApiError):
    """The server, its database or its storage fails."""


class Unreachable(ApiError, aiohttp.ClientOSError):
    """No connection to the server can be made; `status` is 0."""

    def __init__(self, message: str) -> None:
        super().__init__(0, "unreachable", message, "")


KINDS: dict[str, type[ApiError]] = {
    "bad_request": BadRequest,
    "unauthorized": Unauthorized,
    "forbidden": Forbidden,
    "not_found": NotFound,
    "conflict": Conflict,
    "unprocessable": Unprocessable,
    "rate_limited": RateLimited,
    "server_error": ServerError,
}
