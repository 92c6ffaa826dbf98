"""KlipFast's pipeline turns a long talk into short vertical clips and texts. Start reading here.

    probe        open the file, choose its streams
    listen       decode sound → detect speech → transcribe → label speakers
                 → split into sentences → choose highlights → find chapters
    make_clip    scan the highlight's pictures → plan the crop → lay out captions → render
    write_texts  write thread, post and article, and check them against the talk

`render_clips` makes the clips of all highlights: while one is encoded the next is looked at.
`make_clips` runs all stages in order:

    from pathlib import Path

    import pipeline

    talk, clips, texts = pipeline.make_clips(
        Path("talk.mp4"),
        Path("out"),
        models=pipeline.load_models(),
        options=pipeline.Options(),
        control=pipeline.Control(),
    )

Each stage is a plain function of frozen dataclasses: `probe` turns a file into a Source, `listen` a
Source into a Talk, `make_clip` a Talk and one of its highlights into a Clip, and `write_texts` a
Talk into Texts. `hear` is the part of `listen` that turns decoded sound into a Transcript;
`look_at` and `plan_clip` are the parts of `make_clip` before anything is drawn, and previews draw
the same plan. The server calls the same functions in separate lanes, so that the clips of one job
are rendered while the next job is transcribed.

Options state what the caller wants. Control reports progress, cancels a run and resumes it. Models
holds the networks, each loaded at its first use.

Read next: `pipeline.core.data` for the data between the stages, `pipeline.stages` for the stages
themselves, docs/design/architecture.md for the packages behind them.

The public names are loaded at their first use (PEP 562), because the stages load torch, which takes
seconds; `import pipeline.core.data` does not. The thread policy is set immediately: every import of
a submodule imports this module first, hence before any of them loads torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from pipeline.core import (
    telemetry,  # noqa: F401 - turns it off, before huggingface_hub
    thread_policy,  # noqa: F401 - sets the thread policy, before torch
)

if TYPE_CHECKING:
    from pipeline.core.control import Control
    from pipeline.core.data import Options, Talk
    from pipeline.hearing import hear
    from pipeline.media.probing import probe
    from pipeline.models.model_config import ModelConfig
    from pipeline.models.registry import Models, load_models
    from pipeline.stages import (
        describe,
        join_moments,
        listen,
        look_at,
        make_clip,
        make_clips,
        plan_clip,
        render_clips,
        write_texts,
    )

__all__ = [
    "Control",
    "ModelConfig",
    "Models",
    "Options",
    "Talk",
    "describe",
    "hear",
    "join_moments",
    "listen",
    "load_models",
    "look_at",
    "make_clip",
    "make_clips",
    "plan_clip",
    "probe",
    "render_clips",
    "write_texts",
]

_HOMES = {  # modules of the names that are not in pipeline.stages
    "Control": "pipeline.core.control",
    "ModelConfig": "pipeline.models.model_config",
    "Models": "pipeline.models.registry",
    "Options": "pipeline.core.data",
    "Talk": "pipeline.core.data",
    "hear": "pipeline.hearing",
    "load_models": "pipeline.models.registry",
    "probe": "pipeline.media.probing",
}

if not TYPE_CHECKING:  # a type checker would accept any name with __getattr__

    def __getattr__(name: str) -> object:
        """Load a public name from its module. Raises AttributeError for any other name."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_HOMES.get(name, "pipeline.stages")), name)


def __dir__() -> list[str]:
    """Return the names already loaded and the public names."""
    return sorted({*globals(), *__all__})
