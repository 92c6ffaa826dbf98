"""Which addresses anybody on the internet could reach. Standard library alone: a child uses it."""

import ipaddress


def is_public(address: str) -> bool:
    """Whether anybody on the internet could reach it, and it is one host; IPv4 only."""
    try:
        parsed = ipaddress.IPv4Address(address)
    except ValueError:
        return False
    return parsed.is_global and not parsed.is_multicast
