"""The sides of comparisons, each loaded in a process of its own (`python -m bench.peers`).

Every module has functions `load…(threads, weights)` that return what answers a request, with its
weights in memory, and its facts: `settings`, and `versions` of packages. A recognizer takes a
`file` and returns `text`, `words` (word, start s, end s) and `language`. A whole job takes `file`,
`out` and the number of `clips`, and returns seconds by stage, picks and clips. Peers run with
their own defaults except for those named in `settings`.
"""

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

Work = Callable[..., dict[str, Any]]
Loaded = tuple[Work, dict[str, Any]]


def facts(settings: str, *packages: str) -> dict[str, Any]:
    """Return what a side says of itself."""
    return {"settings": settings, "versions": {name: version(name) for name in packages}}
