"""The address of a caller, behind proxies that the operator trusts.

Anybody can send X-Forwarded-For, so it is read from its right end, where the nearest proxy has
written, and only as far as addresses are those of trusted proxies.
"""

import ipaddress
from collections.abc import Sequence

from aiohttp import web

from klipfast_server.core.setting_lists import Networks

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
MAX_HOPS = 20  # that are looked at


def of(request: web.Request, trusted: Networks) -> str:
    """Return the address of the caller, or that of the connection if no proxy is trusted."""
    return behind(request.remote or "", request.headers.getall("X-Forwarded-For", ()), trusted)


def is_proxy(request: web.Request, trusted: Networks) -> bool:
    """Return whether the connection is that of a trusted proxy."""
    address = _parse(request.remote or "")
    return address is not None and trusted.have(address)


def behind(remote: str, forwarded: Sequence[str], trusted: Networks) -> str:
    """Return the first address, from the nearest on, that is not a trusted proxy's.

    `forwarded`: values of X-Forwarded-For, in their order. What is no address ends the way: then
    the last proxy stands for its callers.
    """
    address = _parse(remote)
    if address is None or not trusted:
        return remote
    hops = ",".join(forwarded).rsplit(",", MAX_HOPS)[-MAX_HOPS:] if forwarded else []
    while hops and trusted.have(address):
        before = _parse(hops.pop())
        if before is None:
            break
        address = before
    return str(address)


def _parse(text: str) -> Address | None:
    """Return an address; some proxies add the port, and IPv4 may come in the form of IPv6."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
