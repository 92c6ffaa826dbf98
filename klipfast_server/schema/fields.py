"""Describes fields: what a field is for, in the documents, beside what its value must be."""

from typing import Any

from msgspec import Meta


def about(description: str, *, shown_pattern: str | None = None, **bounds: Any) -> Meta:
    """Return the metadata of a field; `bounds` are those of msgspec.Meta.

    `shown_pattern`: for the documents only; other code decides, with a better error message.
    """
    shown = {} if shown_pattern is None else {"pattern": shown_pattern}
    further = bounds.pop("extra_json_schema", {}) | shown
    return Meta(description=description, extra_json_schema=further or None, **bounds)
