"""Recognizes public addresses. Uses only the standard library, for the child process."""

import ipaddress

# The IANA IPv4 Special-Purpose Address Registry (RFC 6890 and successors), and multicast. Written
# out, because what ipaddress.is_global says of them differs between versions of Python.
SPECIAL_PURPOSE = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network, RFC 791
        "10.0.0.0/8",  # private, RFC 1918
        "100.64.0.0/10",  # shared by a carrier's customers, RFC 6598
        "127.0.0.0/8",  # loopback, RFC 1122
        "169.254.0.0/16",  # link-local, RFC 3927; metadata of clouds
        "172.16.0.0/12",  # private, RFC 1918
        "192.0.0.0/24",  # protocol assignments, RFC 6890; of them .9 and .10 are the local NAT's
        "192.0.2.0/24",  # documentation, RFC 5737
        "192.31.196.0/24",  # AS112 anycast, RFC 7535: maybe a host of the own network
        "192.52.193.0/24",  # AMT relay anycast, RFC 7450: the same
        "192.88.99.0/24",  # 6to4 relay anycast, RFC 7526: the same
        "192.168.0.0/16",  # private, RFC 1918
        "192.175.48.0/24",  # AS112 anycast, RFC 7534
        "198.18.0.0/15",  # benchmarks, RFC 2544
        "198.51.100.0/24",  # documentation, RFC 5737
        "203.0.113.0/24",  # documentation, RFC 5737
        "224.0.0.0/4",  # multicast, RFC 5771
        "240.0.0.0/4",  # reserved, RFC 1112; the last one is broadcast
    )
)


def is_public(address: str) -> bool:
    """Whether an IPv4 address is a single host that is reachable from the internet.

    False for every IPv6 address: connections are made over IPv4 alone.
    """
    try:
        parsed = ipaddress.IPv4Address(address)
    except ValueError:
        return False
    return not any(parsed in network for network in SPECIAL_PURPOSE)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens on `host`, an address or localhost."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
