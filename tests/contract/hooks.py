"""What schemathesis cannot know: ids that are there, how pieces of files are sent, and such."""

import itertools
import json
import os
import re
from typing import Any

import schemathesis


@schemathesis.serializer("application/offset+octet-stream", "application/octet-stream")
def octets(_context: Any, value: Any) -> bytes:
    """Any value as bytes."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


@schemathesis.serializer("text/plain", "text/markdown")
def written(_context: Any, value: Any) -> bytes:
    """Any value as text."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


# Path parameter → ids of what run.py laid in; calls keep it, so that all have something to find.
IDS: dict[str, list[str]] = json.loads(os.environ["KLIPFAST_CONTRACT_IDS"])
ID = re.compile(r"[a-z]+_[A-Za-z0-9]{1,40}")
INVENTED = re.compile(r"[a-z]+_(?![A-Za-z0-9]{22}$)[A-Za-z0-9]{1,40}")  # no answer told this one
_count = itertools.count()


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Make sense of what a schema cannot relate; what is meant to be wrong stays wrong."""
    number = next(_count)
    _name_what_is_there(case, number)
    _keep_short(case.query)
    if case.meta is not None and case.meta.generation.mode.is_positive:
        _ask_for_what_is_possible(case.body)
        _begin_anew(case.headers, number)


def _name_what_is_there(case: Any, number: int) -> None:
    """In every second call that names something, unless it would delete it."""
    for name, value in (case.path_parameters or {}).items():
        known = IDS.get(name)
        if not known or not isinstance(value, str):
            continue
        if case.path.endswith("/events") and ID.fullmatch(value):
            case.path_parameters[name] = known[0]  # a live job's stream would not end
        elif case.method == "DELETE" and value in known:
            case.path_parameters[name] = value.split("_")[0] + "_elsewhere"
        elif case.method != "DELETE" and number % 2 and INVENTED.fullmatch(value):
            case.path_parameters[name] = known[number // 2 % len(known)]


def _keep_short(query: Any) -> None:
    """An address of more than 8,190 bytes is refused by the parser of HTTP, in plain text."""
    for name, value in (query or {}).items():
        if isinstance(value, str):
            query[name] = value[:500]  # letters of up to 12 bytes, as an address has them


def _ask_for_what_is_possible(body: Any) -> None:
    """A schema cannot say that one number must not be above another, nor what a transcript is."""
    if isinstance(body, dict):
        if isinstance(body.get("transcript"), str):
            body["transcript"] = f"Words. {body['transcript'].replace('-->', '')}"
        _ascend(body, "min_duration", "max_duration", 0)
        if isinstance(body.get("range"), dict):
            _ascend(body["range"], "start", "end", 5)


def _begin_anew(headers: Any, number: int) -> None:
    """An Idempotency-Key that was used before gets the answer of then.

    It may be of something that has been deleted since; that is documented, and no defect.
    """
    for name, value in (headers or {}).items():
        if name.lower() == "idempotency-key" and isinstance(value, str):
            headers[name] = f"{value[:200]}-{number}"


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
