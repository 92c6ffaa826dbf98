"""Recognizes public addresses. Uses only the standard library, for the child process."""

import ipaddress


def is_public(address: str) -> bool:
    """Whether an IPv4 address is a single host that is reachable from the internet."""
    try:
        parsed = ipaddress.IPv4Address(address)
    except ValueError:
        return False
    return parsed.is_global and not parsed.is_multicast
