"""Which weights to use and where to run them, as settings and commands say it."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.models import configured_files

PRECISION_VARIABLE = "KLIPFAST__MODELS__PRECISION"  # as the server reads it, for commands, too


def default_cache_dir() -> Path:
    """Return $XDG_CACHE_HOME/klipfast, or ~/.cache/klipfast."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "klipfast"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """Which weights to use and where to run them. "auto" depends on the machine."""

    whisper: str = "auto"  # "auto" | a local folder | a hub id
    text_encoder: str = "auto"  # the same
    active_speaker: str = "auto"  # "auto": in the package | a local file | "": lip motion only
    device: str = "auto"  # "auto" | "cpu" | "cuda" | "cuda:1"
    # "auto" | "float32" | "bfloat16" | "float16"
    precision: str = field(default_factory=lambda: os.environ.get(PRECISION_VARIABLE, "auto"))
    threads: int = 0  # recognizer threads on a CPU; 0: all cores of the process
    cache_dir: Path = field(default_factory=default_cache_dir)
    mirror: str = field(default_factory=lambda: os.environ.get("KLIPFAST__MODELS__MIRROR", ""))
    llm: str = ""  # language model: a local folder or a hub id; "": none
    llm_url: str = ""  # OpenAI-compatible endpoint that serves it instead
    llm_api_key: str = field(default="", repr=False)
    llm_timeout_s: float = 180.0  # for the candidates of one talk, and again for its texts
    llm_pairs: int = 0  # pairs of candidates that it compares; 0: 40, or 8 on a CPU here
    llm_texts: bool = True  # whether it also writes texts
    llm_max_tokens: int = 2048  # limit for one answer
    llm_context_tokens: int = 6000  # limit for one prompt


def check_configured(config: ModelConfig) -> None:
    """Check that every configured local path has the files it needs, without loading weights.

    Raises ModelMisconfigured, which names the setting and the path.
    """
    for name in ("whisper", "text_encoder", "active_speaker"):
        configured_files.check(f"models.{name}", getattr(config, name))
    if not config.llm_url:
        configured_files.check("llm.model", config.llm)
