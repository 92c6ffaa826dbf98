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
SAFE_WEIGHTS = ("model.safetensors", "model.safetensors.index.json")


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


def check_whisper(wanted: str) -> None:
    """Raise ModelMisconfigured if `wanted` is a path without a Whisper checkpoint."""
    _check_folder(
        "models.whisper", wanted, ("config.json", "generation_config.json", "tokenizer.json")
    )


def check_text_encoder(wanted: str) -> None:
    """Raise ModelMisconfigured if `wanted` is a path without a sentence encoder."""
    _check_folder(
        "models.text_encoder", wanted, ("config.json", "tokenizer.json"), ("model.safetensors",)
    )


def check_language_model(wanted: str) -> None:
    """Raise ModelMisconfigured if `wanted` is a path without a causal language model."""
    _check_folder("llm.model", wanted, ("config.json",), SAFE_WEIGHTS)


def check_active_speaker(wanted: str) -> None:
    """Raise ModelMisconfigured if `wanted` is a path without a file."""
    if wanted not in ("", "auto") and not Path(wanted).expanduser().is_file():
        raise ModelMisconfigured(
            f"models.active_speaker names {wanted}, but there is no such file."
        )


def _check_folder(
    setting: str, wanted: str, files: tuple[str, ...], weights: tuple[str, ...] = WEIGHTS
) -> None:
    """Raise ModelMisconfigured if `wanted` is a path without one of `files`, or any `weights`."""
    folder = local_path(wanted)
    if folder is None:
        return
    if not folder.is_dir():
        raise ModelMisconfigured(f"{setting} names {wanted}, but there is no such folder.")
    missing = [name for name in files if not (folder / name).is_file()]
    if not any((folder / name).is_file() for name in weights):
        missing.append(weights[0])
    if missing:
        raise ModelMisconfigured(f"{setting} names {wanted}, which lacks {', '.join(missing)}.")
