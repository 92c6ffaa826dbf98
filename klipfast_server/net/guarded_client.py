"""HTTP client for the internet: public addresses only, checked redirects, errors as sentences.

The guard is where sockets are created, so it sees every final address: literals in any notation,
all DNS results, all redirects. A resolver alone would never see a literal.
"""

import ipaddress
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urljoin

import aiohttp
from aiohappyeyeballs import AddrInfoType
from aiohttp.abc import AbstractResolver
from yarl import URL

from klipfast_server.core import config as settings
from klipfast_server.net.addresses import is_public

CHUNK_BYTES = 1 << 18
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PAGES = ("text/html", "application/xhtml+xml")
CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+)")
MAX_AUTHORITY_CHARS = 253 + len(":65535")  # longest name (RFC 1035, 3.1) and port
WEB_PAGE = (
    "The URL leads to a web page, not to a video file; give the file's own address, "
    "or allow pages in the server's settings."
)


# The first matching class decides.
ERROR_SENTENCES: tuple[tuple[type[Exception], str], ...] = (
    (aiohttp.ServerTimeoutError, "The source sent nothing for {idle:g} seconds."),
    (TimeoutError, "The source could not be fetched within {total:g} seconds."),
    (aiohttp.ClientConnectorDNSError, "The host of the URL does not exist."),
    (UnicodeError, "The host of the URL does not exist."),  # a label that is not valid in a name
    (aiohttp.ClientConnectorCertificateError, "The source's TLS certificate is not valid."),
    (aiohttp.ClientConnectorSSLError, "The source's TLS certificate is not valid."),
    (aiohttp.ClientConnectorError, "The source does not answer."),
    (aiohttp.ClientPayloadError, "The connection closed before the whole file arrived."),
    (Exception, "The source could not be fetched."),
)


class FetchError(Exception):
    """The source is not available; the text is for the person who submitted the URL."""


class WebPage(FetchError):
    """The URL leads to a web page."""

    def __init__(self) -> None:
        super().__init__(WEB_PAGE)


class AddressRefused(FetchError):
    """The URL leads to an address that is not public."""


class Guard:
    """Allows only public addresses in URLs and for sockets."""

    def refuses(self, host: str) -> bool:
        """Whether a host is a non-public IPv4 address, in any notation; False for a name."""
        name = host.rstrip(".").lower()
        if name == "localhost" or name.endswith(".localhost"):
            return True
        try:
            packed = socket.inet_aton(name)
        except OSError:
            return False
        return not self.allows(str(ipaddress.IPv4Address(packed)))

    def allows(self, address: str) -> bool:
        """Whether a socket may connect to this IPv4 address."""
        return is_public(address)

    def open_socket(self, info: AddrInfoType) -> socket.socket:
        """Create a socket for a resolved address. Raises AddressRefused."""
        family, kind, protocol, _, address = info
        if family != socket.AF_INET or not self.allows(str(address[0])):
            raise AddressRefused(f"The URL leads to {address[0]}, which is not a public address.")
        return socket.socket(family, kind, protocol)


GUARD = Guard()


def check_url(text: str, *, allow_private: bool, guard: Guard = GUARD) -> URL:
    """Parse a URL that may be fetched. Raises FetchError; names are resolved on fetching."""
    if any(ord(character) <= 32 or ord(character) == 127 for character in text):
        raise FetchError("The URL contains spaces or control characters.")
    # Before it is parsed: to convert a name in another script takes the square of its length.
    if len(re.split("[/?#]", text.partition("//")[2], maxsplit=1)[0]) > MAX_AUTHORITY_CHARS:
        raise FetchError("The host of the URL is longer than any name.")
    try:
        url = URL(text)
        host = url.host
    except ValueError as error:
        raise FetchError("This is not a valid URL.") from error
    if url.scheme not in ("http", "https"):
        raise FetchError("The URL must begin with https:// or http://.")
    if not host:
        raise FetchError("The URL has no host.")
    if "%" in host:  # in no name, and some parsers decode it: %31%32%37.1 is 127.1 to them
        raise FetchError("The host of the URL must not contain %.")
    if url.user is not None or url.password is not None:
        raise FetchError("The URL must not contain a user name or password.")
    if ":" in host:
        raise AddressRefused(f"{host} is an IPv6 address, and only IPv4 ones can be reached.")
    if not allow_private and guard.refuses(host):
        raise AddressRefused(
            f"{host} is not a public address; the server's setting sources.allow_private allows "
            "others."
        )
    return url


def _any_socket(info: AddrInfoType) -> socket.socket:
    return socket.socket(info[0], info[1], info[2])


def client(
    sources: settings.Sources,
    *,
    total_s: float,
    resolver: AbstractResolver | None = None,
    guard: Guard = GUARD,
) -> aiohttp.ClientSession:
    """Create a session that connects only to public addresses, unless settings allow others."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            family=socket.AF_INET,
            use_dns_cache=False,
            resolver=resolver,
            socket_factory=_any_socket if sources.allow_private else guard.open_socket,
            # One address after the other: what the guard raises would be lost among attempts that
            # run side by side, and these are for hosts that have IPv6 as well.
            happy_eyeballs_delay=None,
        ),
        timeout=aiohttp.ClientTimeout(
            total=total_s, sock_connect=sources.idle_s, sock_read=sources.idle_s
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        headers={
            "User-Agent": "KlipFast",
            "Accept": "video/*, audio/*, */*;q=0.5",
            "Accept-Encoding": "identity",
        },
    )


def describe_error(error: Exception, sources: settings.Sources) -> str:
    """Return the sentence for a network error."""
    return next(text for kind, text in ERROR_SENTENCES if isinstance(error, kind)).format(
        idle=sources.idle_s, total=sources.timeout_s
    )


@asynccontextmanager
async def follow_redirects(
    session: aiohttp.ClientSession,
    text: str,
    sources: settings.Sources,
    headers: dict[str, str] | None = None,
    guard: Guard = GUARD,
) -> AsyncIterator[aiohttp.ClientResponse]:
    """Yield the response at the end of the redirects.

    Redirects are followed here so that each URL is checked before its request. Raises FetchError.
    """
    for _ in range(sources.max_redirects + 1):
        url = check_url(text, allow_private=sources.allow_private, guard=guard)
        async with session.get(url, allow_redirects=False, headers=headers) as response:
            if response.status not in REDIRECTS:
                yield response
                return
            text = _next_url(str(url), response.headers.get("Location"))
    raise FetchError(f"The source redirects more than {sources.max_redirects} times.")


def _next_url(url: str, location: str | None) -> str:
    if not location:
        raise FetchError("The source redirects without a target.")
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise FetchError("The source redirects to something that is not a valid URL.") from error


def describe_status(response: aiohttp.ClientResponse) -> str:
    """Return the sentence for a status without a file."""
    return f"The source answered {response.status} {response.reason or ''}".strip() + "."


async def whole(response: aiohttp.ClientResponse, most: int, what: str) -> bytes:
    """Return the body of a 200. Raises FetchError; `what` begins its sentence."""
    if response.status != 200:
        raise FetchError(describe_status(response))
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise FetchError(f"{what} comes compressed, which was not asked for.")  # may be a bomb
    document = bytearray()
    async for chunk in response.content.iter_chunked(CHUNK_BYTES):
        document += chunk
        if len(document) > most:
            raise FetchError(f"{what} is larger than the {most:,} bytes allowed.")
    return bytes(document)


def too_large(sources: settings.Sources) -> FetchError:
    """Create the error for a source over the limit."""
    return FetchError(f"The source is larger than the {sources.max_bytes:,} bytes allowed here.")
