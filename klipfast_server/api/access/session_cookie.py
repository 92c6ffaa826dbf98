"""The cookie of a browser that is signed in, and whose pages may change something with it.

A browser adds the cookie to every request, whichever page makes it. SameSite keeps pages of other
sites from that, and `check_origin` those of other servers on the same host or domain.
"""

from aiohttp import web
from yarl import URL

from klipfast_server.api import app_keys
from klipfast_server.api.access import caller_address
from klipfast_server.core import identifiers
from klipfast_server.core.errors import Forbidden
from klipfast_server.store import sign_ins

NAME = "klipfast_session"
READING = ("GET", "HEAD", "OPTIONS")
HTTPS = "https"


def of(request: web.Request) -> str:
    """Return the secret in the cookie; "" where there is none that could be one."""
    secret = request.cookies.get(NAME, "")
    return secret if identifiers.SESSION.fullmatch(secret) else ""


def put(request: web.Request, response: web.Response, secret: str) -> None:
    """Let the browser keep the secret, for this server only and out of reach of scripts."""
    response.set_cookie(
        NAME,
        secret,
        max_age=int(sign_ins.SESSION_LASTS.total_seconds()),
        path="/",
        httponly=True,
        samesite="Strict",
        secure=_is_https(request) or request.headers.get("Origin", "").startswith(f"{HTTPS}:"),
    )


def take(response: web.Response) -> None:
    """Let the browser forget it."""
    response.del_cookie(NAME, path="/", httponly=True, samesite="Strict")


def check_origin(request: web.Request) -> None:
    """Raises Forbidden where the page of another server makes a request that changes something.

    A request that names no origin at all is no browser's.
    """
    if request.method in READING:
        return
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    is_own = site in (None, "same-origin", "none") if origin is None else _is_own(request, origin)
    if not is_own:
        raise Forbidden(
            f"A page of another origin ({origin or site}) cannot change anything here with the "
            "session of this browser; programs send Authorization: Bearer kf_live_sk_…",
            field="Origin" if origin is not None else "Sec-Fetch-Site",
        )


def _is_own(request: web.Request, origin: str) -> bool:
    """Return whether an origin is this server's, by the address that the request came to."""
    public = request.app[app_keys.CONFIG].server.public_url
    # Nobody may have told that a proxy in between takes https.
    schemes = (HTTPS,) if _is_https(request) else (HTTPS, "http")
    own = {f"{scheme}://{request.headers.get('Host', '')}" for scheme in schemes}
    if public:
        own.add(str(URL(public).origin()))
    return origin.lower() in {each.lower() for each in own}


def _is_https(request: web.Request) -> bool:
    """Return whether the request is known to have come by https, here or to a trusted proxy."""
    config = request.app[app_keys.CONFIG]
    public = URL(config.server.public_url)
    return (
        request.secure
        or (public.scheme == HTTPS and public.authority == request.headers.get("Host"))
        or (
            caller_address.is_proxy(request, config.limits.trusted_proxies)
            and request.headers.get("X-Forwarded-Proto", "").rpartition(",")[2].strip() == HTTPS
        )
    )
