"""Middleware of every request: request ID, JSON errors, authentication, rate limit."""

import re
import time

import msgspec
import structlog
from aiohttp import HttpVersion11, web
from aiohttp.typedefs import Handler

from klipfast_server.api import app_keys, operations
from klipfast_server.api.access import auditing, authentication, caller_address, cors
from klipfast_server.core import identifiers
from klipfast_server.core.errors import (
    BadRequest,
    DatabaseAway,
    DiskFull,
    FilesAway,
    KlipfastError,
    NotFound,
    RateLimited,
    Unavailable,
    WrongMedia,
    WrongMethod,
)
from klipfast_server.files.storage import StorageError
from klipfast_server.store import faults

log = structlog.get_logger()

# Duplicates are refused: we and a proxy might pick different values.
ONCE = (
    "Authorization",
    "Content-Encoding",
    "If-Range",
    "Last-Event-ID",
    "Range",
    "Tus-Resumable",
    "Upload-Length",
    "Upload-Metadata",
    "Upload-Offset",
)
# A name or an address, and a port (RFC 9110, 7.2): links are made of it.
HOST = re.compile(r"([A-Za-z0-9._~-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")


def error_response(error: KlipfastError, request_id: str) -> web.Response:
    """Return an error with the body that all errors share."""
    return web.Response(
        body=msgspec.json.encode(error_body(error, request_id)),
        status=error.status,
        content_type="application/json",
        headers=error.headers,
    )


def error_body(error: KlipfastError, request_id: str) -> dict[str, object]:
    """Return the body that all errors share, see responses.ErrorBody."""
    body: dict[str, object] = {"error": error.code, "message": error.message}
    if error.field is not None:
        body["field"] = error.field
    return body | error.extra | {"request_id": request_id}


@web.middleware
async def requests(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Assign the request ID, turn errors into JSON, write one log line."""
    request_id = request[app_keys.REQUEST_ID] = identifiers.new("req")
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)
    if cors.asked(request, request.app[app_keys.CONFIG].server.cors_origins):
        return cors.answer()
    began = time.perf_counter()
    response: web.StreamResponse
    try:
        response = await handler(request)
    except (KlipfastError, web.HTTPException) as error:
        response = refusal(error, request)
    except Exception as error:
        if isinstance(error, ConnectionError) and has_gone(request):
            raise  # there is nobody to answer
        log.exception("request failed", method=request.method, path=request.path)
        response = error_response(_failure(error, request_id), request_id)
    await auditing.note(request, response)
    account = request.get(app_keys.ACCOUNT)
    log.info(
        "request",
        method=request.method,
        path=request.path,  # never the query: links carry their signature there
        status=response.status,
        ms=round((time.perf_counter() - began) * 1000, 1),
        address=caller_address.of(request, request.app[app_keys.CONFIG].limits.trusted_proxies),
        **({} if account is None else {"account": account.account_id}),
    )
    return response


def refusal(error: KlipfastError | web.HTTPException, request: web.Request) -> web.Response:
    """Return the documented error for an exception."""
    if isinstance(error, web.HTTPException):
        error = _documented(error, request)
    return error_response(error, request[app_keys.REQUEST_ID])


def _failure(error: Exception, request_id: str) -> KlipfastError:
    if faults.is_full(error):
        return DiskFull()
    if faults.is_away(error):
        return DatabaseAway()
    if isinstance(error, StorageError):
        return FilesAway(str(error))
    kind = Unavailable if isinstance(error, faults.TEMPORARY) else KlipfastError
    return kind(f"Internal server error. Quote {request_id} when reporting it.")


def has_gone(request: web.Request) -> bool:
    """Return whether the client disconnected; a ConnectionError may also be the database's."""
    return request.transport is None or request.transport.is_closing()


def _documented(error: web.HTTPException, request: web.Request) -> KlipfastError:
    """Map aiohttp's own errors to the documented ones."""
    if isinstance(error, web.HTTPNotFound):
        return NotFound(f"There is nothing at {request.path}.")
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        return WrongMethod(
            f"{error.method} is not possible at {request.path}; use {allowed}.",
            headers={"Allow": allowed},
        )
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        most = request.app[app_keys.CONFIG].limits.body_bytes
        return BadRequest(f"The body is larger than the {most:,} bytes allowed here.")
    if error.status < 500:
        return BadRequest(f"The request cannot be read: {error.reason}.")
    return KlipfastError("Internal server error. Retry after a moment.")


@web.middleware
async def callers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Authenticate the caller, count the request, and enforce the plan."""
    operation, limit = operations.of(request.match_info.handler), request.app[app_keys.RATE_LIMIT]
    config = request.app[app_keys.CONFIG]
    # For every answer until the account is known; it never is while the database is away.
    anonymous = config.limits.anonymous_per_minute
    address = f"ip:{caller_address.of(request, config.limits.trusted_proxies)}"
    request[app_keys.WINDOW] = limit.standing(address, anonymous)
    counted = operation is None or operation.counted
    if operation is not None and not counted and not operation.key:
        _check_headers(request)
        return await handler(request)
    account = await authentication.account_of(request, operation)
    plan = None if account is None else config.plans.get(account.plan)
    counted = counted or account is None  # nobody tries keys without end
    who = address if account is None else account.account_id
    per_minute = plan.requests_per_minute if plan else anonymous
    window = (limit.hit if counted else limit.standing)(who, per_minute)
    request[app_keys.WINDOW] = window
    if counted and not window.allowed:
        raise RateLimited(
            f"More than {window.limit} requests a minute; "
            f"try again in {window.retry_after_s} seconds.",
            retry_after_s=window.retry_after_s,
        )
    _check_headers(request)
    if request.match_info.http_exception is None and (operation is None or operation.key):
        if account is not None:  # before it may be refused: the logs have it
            request[app_keys.ACCOUNT] = account
        request[app_keys.ACCOUNT] = authentication.admitted(request, account, operation)
    return await handler(request)


def _check_headers(request: web.Request) -> None:
    """Refuse unusable headers.

    Raises BadRequest for a repeated header or a wrong Host, WrongMedia for an encoded body.
    """
    for name in ONCE:
        if len(request.headers.getall(name, ())) > 1:
            raise BadRequest(f"The header {name} is repeated; send it once.", field=name)
    if not HOST.fullmatch(request.headers.get("Host", "")) and request.version >= HttpVersion11:
        raise BadRequest("The header Host must name this server.", field="Host")
    packed = request.headers.get("Content-Encoding", "identity")
    if packed.strip().lower() != "identity":
        raise WrongMedia(
            "Content-Encoding is not supported; send the body uncompressed.",
            field="Content-Encoding",
            headers={"Accept-Encoding": "identity"},
        )


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers of every response: request ID, rate limit, no guesses at the media type."""
    response.headers["Server"] = "KlipFast"
    response.headers["X-Content-Type-Options"] = "nosniff"
    cors.add_headers(request, response, request.app[app_keys.CONFIG].server.cors_origins)
    if app_keys.REQUEST_ID in request:
        response.headers["X-Request-Id"] = request[app_keys.REQUEST_ID]
    if (account := request.get(app_keys.ACCOUNT)) is not None and account.is_session:
        response.headers.setdefault("Cache-Control", "private")  # as if it had Authorization
    if app_keys.WINDOW in request:
        response.headers.update(request[app_keys.WINDOW].headers)
