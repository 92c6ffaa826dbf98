"""What schemathesis cannot know: how a piece of a file is sent; what two fields say together."""

from typing import Any

import schemathesis


@schemathesis.serializer("application/offset+octet-stream", "application/octet-stream")
def octets(_context: Any, value: Any) -> bytes:
    """Any value as bytes."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """A schema cannot say that one number must not be above another."""
    if isinstance(body, dict) and _is_meant_to_be_right(context):
        _ascend(body, "min_duration", "max_duration", 0)
        if isinstance(body.get("range"), dict):
            _ascend(body["range"], "start", "end", 5)
    return body


def _is_meant_to_be_right(context: Any) -> bool:
    return getattr(context, "operation", None) is not None


def _ascend(body: dict[str, Any], low: str, high: str, apart: float) -> None:
    defaults = {"min_duration": 15, "max_duration": 90}
    a: Any = body.get(low, defaults.get(low))
    b: Any = body.get(high, defaults.get(high))
    if _is_number(a) and _is_number(b) and b - a < apart:
        body[low], body[high] = min(a, b), max(a, b)
        if body[high] - body[low] < apart:
            body[low], body[high] = max(0, body[high] - apart), max(body[high], apart)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
