"""The weights that a setting names by path: whether they exist, before anything is loaded.

A setting holds a name ("auto", "whisper-base"), an id on the Hugging Face hub (OWNER/NAME, or one
word; @REVISION may follow), or a local path. What the administrator names by path must be there:
nothing replaces it.
"""

import re
from pathlib import Path

from pipeline.core.errors import ModelMisconfigured

HUB_ID = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)?(@[\w-][\w.-]*)?")
NEWEST = "main"  # the hub's name of the revision that an id without one means
WEIGHTS = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin")
ACTIVE_SPEAKER = "models.active_speaker"  # names a file, the other settings folders
# Setting → files that its folder needs, and weights of which it needs one.
NEEDED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "models.whisper": (("config.json", "generation_config.json", "tokenizer.json"), WEIGHTS),
    "models.text_encoder": (("config.json", "tokenizer.json"), WEIGHTS[:1]),
    "llm.model": (("config.json",), WEIGHTS[:2]),
}


def local_path(wanted: str) -> Path | None:
    """Return the path that a setting names; None if it is a name or an id on the hub.

    A relative path that looks like an id is a path if there is something.
    """
    if wanted in ("", "auto"):
        return None
    path = Path(wanted).expanduser()
    return path if path.exists() or not HUB_ID.fullmatch(wanted) else None


def split_id(wanted: str) -> tuple[str, str]:
    """Split an id on the hub into repository and revision."""
    repo, _, revision = wanted.partition("@")
    return repo, revision or NEWEST


def is_path(wanted: str) -> bool:
    """Whether a setting names a local path: what is there is used, or is an error."""
    return local_path(wanted) is not None


def check(setting: str, wanted: str) -> None:
    """Raise ModelMisconfigured if `wanted` is a path without what the setting needs."""
    if setting == ACTIVE_SPEAKER:
        if wanted not in ("", "auto") and not Path(wanted).expanduser().is_file():
            raise ModelMisconfigured(f"{setting} names {wanted}, but there is no such file.")
        return
    path = local_path(wanted)
    if path is None:
        return
    if not path.is_dir():
        raise ModelMisconfigured(f"{setting} names {wanted}, but there is no such folder.")
    files, weights = NEEDED[setting]
    missing = [name for name in files if not (path / name).is_file()]
    if not any((path / name).is_file() for name in weights):
        missing.append(weights[0])
    if missing:
        raise ModelMisconfigured(f"{setting} names {wanted}, which lacks {', '.join(missing)}.")
