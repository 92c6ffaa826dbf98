"""Settings that are lists; the environment has them as texts with spaces between the parts."""

import ipaddress
import math
import re

ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?")  # scheme, host and port


class Schedule(tuple[float, ...]):
    """Seconds, at least one, each above 0; written as a list, or separated by spaces."""

    __slots__ = ()

    @classmethod
    def of(cls, value: object) -> "Schedule":
        """Parse a schedule. Raises ValueError."""
        parts = value.split() if isinstance(value, str) else value
        if not isinstance(parts, list) or not parts:
            raise ValueError("Expected numbers of seconds")
        numbers = cls(float(part) for part in parts)
        if not all(0 < number < math.inf for number in numbers):
            raise ValueError("Expected numbers of seconds, each above 0")
        return numbers


class Origins(tuple[str, ...]):
    """Origins of web pages, `https://app.example.com`, or `*`; a list, or separated by spaces."""

    __slots__ = ()

    @classmethod
    def of(cls, value: object) -> "Origins":
        """Parse origins. Raises ValueError."""
        parts = value.split() if isinstance(value, str) else value
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise ValueError("Expected a list of origins")
        for part in parts:
            if part != "*" and not ORIGIN.fullmatch(part):
                raise ValueError(
                    f"Expected an origin such as https://app.example.com without a path, not {part}"
                )
        return cls(parts)


class Networks(tuple[str, ...]):
    """Networks such as 10.0.0.0/8, or single addresses; a list, or separated by spaces."""

    __slots__ = ()

    @classmethod
    def of(cls, value: object) -> "Networks":
        """Parse networks. Raises ValueError."""
        parts = value.split() if isinstance(value, str) else value
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise ValueError("Expected a list of networks")
        for part in parts:
            try:
                ipaddress.ip_network(part)
            except ValueError as error:
                raise ValueError(
                    f"Expected a network such as 10.0.0.0/8 or an address, not {part}"
                ) from error
        return cls(parts)

    def have(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        """Return whether the address lies in one of them."""
        return any(address in ipaddress.ip_network(part) for part in self)
