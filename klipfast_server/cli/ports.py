"""Whether the addresses that the server will listen on are free, and which settings name them."""

import errno
import socket
from dataclasses import dataclass

from klipfast_server.core.config import Server
from klipfast_server.core.setting_names import ConfigError, long_name

REASONS = {
    errno.EADDRINUSE: "is in use by another program",
    errno.EACCES: "needs more rights: ports below 1024 are for root, or for CAP_NET_BIND_SERVICE",
    errno.EADDRNOTAVAIL: "is no address of this machine",
}


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a port; the settings that name them begin with `prefix`."""

    host: str
    port: int  # 0: any that is free
    prefix: str = "server."

    @property
    def setting(self) -> str:
        """The setting that names the port."""
        return f"{self.prefix}port"

    def __str__(self) -> str:
        """Return host:port."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def addresses(server: Server) -> list[Address]:
    """Return the addresses that a server with these settings listens on."""
    further = Address(server.metrics_host, server.metrics_port, "server.metrics_")
    return [Address(server.host, server.port), *([further] if further.port else [])]


def check(server: Server) -> None:
    """Raise ConfigError for the first address that cannot be listened on."""
    check_distinct(server)
    for address in addresses(server):
        check_free(address)


def check_distinct(server: Server) -> None:
    """Raise ConfigError if both ports are the same."""
    if server.port and (server.host, server.port) == (server.metrics_host, server.metrics_port):
        raise ConfigError(
            f"server.metrics_port is {server.port}, as server.port is: each needs its own."
        )


def check_free(address: Address) -> None:
    """Listen on an address for a moment. Raises ConfigError, which names the setting."""
    try:
        found = socket.getaddrinfo(
            address.host or None,
            address.port,
            type=socket.SOCK_STREAM,
            flags=socket.AI_PASSIVE,
        )
    except OSError as error:
        raise ConfigError(
            f"{address.prefix}host: {address.host} is no address ({error.strerror})."
        ) from error
    for family, kind, protocol, _, where in found:
        with socket.socket(family, kind, protocol) as probe:
            # as the server itself does: connections that are ending do not keep the port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            try:
                probe.bind(where)
                probe.listen(1)
            except OSError as error:
                raise ConfigError(_told(address, error)) from error


def _told(address: Address, error: OSError) -> str:
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{address.prefix}host: {address.host} {REASONS[errno.EADDRNOTAVAIL]}."
    reason = REASONS.get(error.errno or 0, f"cannot be listened on ({error.strerror})")
    variable = long_name(address.setting).replace("KLIPFAST__SERVER__PORT", "KLIPFAST_PORT")
    return (
        f"{address.setting}: {address} {reason}; {address.setting} ({variable}) names another port."
    )


def explain(server: Server, error: OSError) -> str:
    """Return what an error of the server's start says, with the setting where it is of a port."""
    if error.errno in REASONS:
        for address in addresses(server):
            if f"{address.port}" in str(error):
                return _told(address, error)
    return str(error)
