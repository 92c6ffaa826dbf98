"""A long talk goes in, short vertical clips come out. This is the file to read first.

    listen      probe → sound → speech spans → words → who says them → sentences → highlights
    make_clip   look at the highlight's seconds → crop path → captions → one decode, one encode
    write_texts the thread, the post and the article, from the talk's own sentences

Each stage is a plain function over the frozen data of `pipeline.core.data`; the server calls the
same three, in lanes. `make_clips` is all of them in order. They are written in `pipeline.stages`.

The names below are loaded at their first use (PEP 562), because the stages load torch, which takes
seconds; `import pipeline.core.data` does not. The thread policy is set at once: every import of a
part comes through here, so it is set before any of them loads torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from pipeline.core import thread_policy  # noqa: F401 - sets the thread policy, before torch

if TYPE_CHECKING:
    from pipeline.core.control import Control
    from pipeline.core.data import Options, Talk
    from pipeline.models.registry import ModelConfig, Models, load_models
    from pipeline.stages import hear, listen, make_clip, make_clips, write_texts

__all__ = [
    "Control",
    "ModelConfig",
    "Models",
    "Options",
    "Talk",
    "hear",
    "listen",
    "load_models",
    "make_clip",
    "make_clips",
    "write_texts",
]

_HOMES = {
    "Control": "pipeline.core.control",
    "ModelConfig": "pipeline.models.registry",
    "Models": "pipeline.models.registry",
    "Options": "pipeline.core.data",
    "Talk": "pipeline.core.data",
    "hear": "pipeline.stages",
    "listen": "pipeline.stages",
    "load_models": "pipeline.models.registry",
    "make_clip": "pipeline.stages",
    "make_clips": "pipeline.stages",
    "write_texts": "pipeline.stages",
}

if not TYPE_CHECKING:  # which would take any name at all for one of ours

    def __getattr__(name: str) -> object:
        """One of the names above, from the module it is written in. Raises AttributeError."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """The names that are loaded already, and those that can be."""
    return sorted({*globals(), *__all__})
