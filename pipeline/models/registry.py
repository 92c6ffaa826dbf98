"""Load the networks, each once, and log why they run where and how they run."""

import importlib.util
import logging
import os
import sys
import threading
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from pipeline.core import thread_policy
from pipeline.models import checkpoints

import torch  # isort: skip - after the thread policy
import transformers
from safetensors.torch import load_file

from pipeline.core.errors import ModelUnavailable
from pipeline.diarization.speaker_embedding import SpeakerEncoder
from pipeline.highlights.grading import Judge
from pipeline.models.llm_endpoint import Endpoint
from pipeline.models.local_llm import CausalModel
from pipeline.models.sentence_encoder import TextEncoder
from pipeline.recognition.vad import VoiceActivity
from pipeline.recognition.whisper import Whisper
from pipeline.texts.prompts import Author
from pipeline.vision.active_speaker import Listener
from pipeline.vision.active_speaker_model import ActiveSpeaker
from pipeline.vision.lip_motion import lip_motion

log = logging.getLogger(__name__)

# Its progress bars and load reports are generic; this module logs what matters.
transformers.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()


def default_cache_dir() -> Path:
    """Return $XDG_CACHE_HOME/klipfast, or ~/.cache/klipfast."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "klipfast"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """Which weights to use and where to run them. "auto" depends on the machine."""

    whisper: str = "auto"  # "auto" | a local folder | a hub id
    text_encoder: str = "auto"  # the same
    active_speaker: str = "auto"  # "auto" | a local file | "": lip motion only
    device: str = "auto"  # "auto" | "cpu" | "cuda" | "cuda:1"
    precision: str = "auto"  # "auto" | "float32" | "bfloat16" | "float16"
    threads: int = 0  # of the recognizer on a CPU; 0: all cores of the process
    cache_dir: Path = field(default_factory=default_cache_dir)
    llm: str = ""  # language model: a local folder or a hub id; "": none
    llm_url: str = ""  # of an OpenAI-compatible endpoint that serves it instead
    llm_api_key: str = field(default="", repr=False)
    llm_timeout_s: float = 60.0  # for grading all candidates of one talk, and again for its texts
    llm_texts: bool = True  # whether it also writes texts


class Models:
    """All networks; each is loaded once, at its first use, from any thread."""

    def __init__(self, config: ModelConfig) -> None:
        self.config = config
        self.device = _device(config.device)
        self.precision = _precision(config.precision, self.device)
        self._lock = threading.RLock()
        torch.set_num_threads(config.threads or thread_policy.cores())

    @property
    def card(self) -> torch.device | None:
        """The GPU that decodes and composes pictures; None: the CPU does."""
        return self.device if self.device.type == "cuda" else None

    @property
    def whisper(self) -> Whisper:
        """The speech recognizer."""
        with self._lock:
            return self._whisper

    @property
    def voice_activity(self) -> VoiceActivity:
        """The speech detector."""
        with self._lock:
            return self._voice_activity

    @property
    def text_encoder(self) -> TextEncoder:
        """The sentence encoder."""
        with self._lock:
            return self._text_encoder

    @property
    def speaker_encoder(self) -> SpeakerEncoder | None:
        """The speaker encoder; None if its weights are unavailable, because no talk requires it."""
        with self._lock:
            return self._speaker_encoder

    @property
    def active_speaker(self) -> Listener:
        """The active-speaker detector."""
        with self._lock:
            return self._active_speaker

    @property
    def judge(self) -> Judge | None:
        """The language model that reranks; None if none is configured or it is unavailable."""
        return self._language_model("reranking disabled, cannot load")

    @property
    def author(self) -> Author | None:
        """The language model that writes texts; None as for `judge`, or if `llm_texts` is off."""
        return (
            self._language_model("texts are extractive, cannot load")
            if self.config.llm_texts
            else None
        )

    def _language_model(self, without: str) -> Endpoint | CausalModel | None:
        if not self.config.llm:
            return None
        with self._lock:
            try:
                return self._llm
            except Exception as error:  # third-party checkpoints fail in many ways
                reason = f"{type(error).__name__}: {error}".splitlines()[0][:300]
                log.warning("%s %s: %s", without, self.config.llm, reason)
                return None

    @cached_property
    def _llm(self) -> Endpoint | CausalModel:
        config = self.config
        if config.llm_url:
            return Endpoint(
                config.llm_url,
                config.llm,
                api_key=config.llm_api_key,
                timeout_s=config.llm_timeout_s,
            )
        folder = checkpoints.resolve_causal(config.llm, config.cache_dir)
        log.info("language model %s: from %s", config.llm, folder)
        return CausalModel.load(
            folder, self.device, self.precision, name=config.llm, timeout_s=config.llm_timeout_s
        )

    @cached_property
    def _whisper(self) -> Whisper:
        return Whisper.load(
            self._whisper_folder(),
            self.device,
            self.precision,
            eight_bits=self.config.precision == "auto",
        )

    def _whisper_folder(self) -> Path:
        """Return the folder of the configured checkpoint.

        By default, it is large-v3-turbo on CUDA and base on a CPU.
        """
        wanted, cache_dir = self.config.whisper, self.config.cache_dir
        if wanted == "auto" and self.device.type == "cuda":
            try:
                return checkpoints.resolve("auto", checkpoints.WHISPER_TURBO, cache_dir)
            except ModelUnavailable as error:
                log.warning("using Whisper base instead of large-v3-turbo: %s", error)
        return checkpoints.resolve(wanted, checkpoints.WHISPER_BASE, cache_dir)

    @cached_property
    def _voice_activity(self) -> VoiceActivity:
        # Located without importing the package, whose import changes torch's thread count globally.
        spec = importlib.util.find_spec("silero_vad")
        assert spec is not None, "silero-vad is a dependency"
        assert spec.submodule_search_locations
        folder = Path(spec.submodule_search_locations[0])
        return VoiceActivity().load(load_file(folder / "data" / "silero_vad_16k.safetensors"))

    @cached_property
    def _text_encoder(self) -> TextEncoder:
        folder = checkpoints.resolve(
            self.config.text_encoder, checkpoints.MINILM, self.config.cache_dir
        )
        return TextEncoder.load(folder, self.device, self.precision)

    @cached_property
    def _speaker_encoder(self) -> SpeakerEncoder | None:
        try:
            folder = checkpoints.resolve("auto", checkpoints.CAMPLUS, self.config.cache_dir)
        except ModelUnavailable as error:
            log.warning("speaker labels disabled: %s", error)
            return None
        # The network is small enough for float32 on CUDA, where float16 might overflow.
        precision = self.precision if self.device.type == "cpu" else torch.float32
        file = folder / checkpoints.CAMPLUS.files[0]
        return SpeakerEncoder.load(file, self.device, precision)

    @cached_property
    def _active_speaker(self) -> Listener:
        wanted = self.config.active_speaker
        if not wanted:
            return lip_motion
        local = Path(wanted).expanduser()
        # float16 is untested: its range is small, and the network is small enough without it.
        precision = torch.float32 if self.precision == torch.float16 else self.precision
        try:
            if wanted != "auto":
                return ActiveSpeaker.load(local, self.device, precision)
            folder = checkpoints.resolve("auto", checkpoints.LR_ASD, self.config.cache_dir)
            file = folder / checkpoints.LR_ASD.files[0]
            return ActiveSpeaker.load(file, self.device, precision)
        except Exception as error:  # files of other kinds fail in many ways
            log.warning("active speaker falls back to lip motion: %s", error)
            return lip_motion

    def warm(self) -> None:
        """Load every network now, so that a server is ready afterwards. Raises ModelUnavailable."""
        _ = self.voice_activity, self.whisper, self.text_encoder, self.speaker_encoder
        _ = self.active_speaker, self.judge


def load_models(config: ModelConfig | None = None) -> Models:
    """Return the models of `config`; nothing is read from disk before its first use."""
    return Models(config or ModelConfig())


def _device(wanted: str) -> torch.device:
    """Choose the device and log why."""
    if wanted != "auto":
        log.info("device %s: as configured", wanted)
        return torch.device(wanted)
    if torch.cuda.is_available():
        log.info("device cuda: %s", torch.cuda.get_device_name())
        return torch.device("cuda")
    log.info("device cpu: no CUDA device, %d cores", thread_policy.cores())
    return torch.device("cpu")


def _precision(wanted: str, device: torch.device) -> torch.dtype:
    """Choose float16 on CUDA; on a CPU bfloat16 if it has the instructions, else float32."""
    if wanted != "auto":
        log.info("precision %s: as configured", wanted)
        return {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[
            wanted
        ]
    if device.type == "cuda":
        log.info("precision float16: CUDA")
        return torch.float16
    capability = torch.cpu.get_capabilities()
    if capability.get("avx512_bf16") or capability.get("amx_bf16"):
        log.info("precision bfloat16: the CPU has bfloat16 instructions")
        return torch.bfloat16
    log.info("precision float32: the CPU has no bfloat16 instructions")
    return torch.float32


def main() -> None:
    """Fetch the weights that this machine will use and load them, for `make install`."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        load_models().warm()
    except ModelUnavailable as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
