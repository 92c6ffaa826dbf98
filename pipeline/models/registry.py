"""Load the networks, each once, and log why they run where and how they run."""

import copy
import importlib.util
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.core import thread_policy
from pipeline.models import checkpoints, configured_files, devices, download_progress, pinned

import torch  # isort: skip - after the thread policy
from safetensors.torch import load_file

from pipeline.core.control import Check, unchecked
from pipeline.core.errors import ModelMisconfigured, ModelUnavailable
from pipeline.diarization.speaker_embedding import SpeakerEncoder
from pipeline.highlights.comparison import PAIRS, PAIRS_ON_CPU, Judge
from pipeline.highlights.sentence_features import TextModels
from pipeline.language.punctuation import Tagger
from pipeline.models.lazy_value import LazyValue, describe
from pipeline.models.llm_endpoint import Endpoint
from pipeline.models.model_config import ModelConfig
from pipeline.models.multilingual_encoder import MultilingualEncoder
from pipeline.models.punctuation_tagger import PunctuationTagger
from pipeline.models.recent_readings import RecentReadings
from pipeline.models.sentence_encoder import TextEncoder
from pipeline.models.sentence_reader import SentenceReader
from pipeline.recognition.vad import VoiceActivity
from pipeline.recognition.whisper import Whisper
from pipeline.texts.generation.author import Author, TokenLimits
from pipeline.vision.active_speaker import Listener
from pipeline.vision.active_speaker_model import WEIGHTS, ActiveSpeaker
from pipeline.vision.lip_motion import lip_motion

if TYPE_CHECKING:
    from pipeline.models.local_llm import CausalModel

log = logging.getLogger(__name__)


class Models:
    """All networks; each is loaded once, at its first use, from any thread.

    Each downloads on its own, beside the others; only building takes turns.
    """

    def __init__(self, config: ModelConfig) -> None:
        self.config = config
        self.device = devices.choose_device(config.device)
        self.precision = devices.choose_precision(config.precision, self.device)
        # transformers sets torch's default type for the whole process while it builds a network,
        # and other networks (windows, mel filters, new layers) would be built of that type. A turn
        # takes as long as reading the files from disk, and so may be long for a language model: it
        # begins when what every job requires is there.
        self._building = threading.Lock()
        self._check = unchecked
        self._readings = RecentReadings()
        self._whisper = LazyValue(self._load_whisper, name="speech recognizer")
        self._voice_activity = LazyValue(self._load_voice_activity, name="speech detector")
        self._text_encoder = LazyValue(self._load_text_encoder, name="sentence encoder")
        self._multilingual_encoder = LazyValue(
            self._load_multilingual_encoder, name="multilingual encoder"
        )
        self._punctuation = LazyValue(self._load_punctuation, name="punctuation tagger")
        self._speaker_encoder = LazyValue(self._load_speaker_encoder, name="speaker encoder")
        self._active_speaker = LazyValue(self._load_active_speaker, name="active-speaker model")
        self._language_model = LazyValue(self._load_language_model, name="language model")
        torch.set_num_threads(config.threads or thread_policy.cores())

    def with_check(self, check: Check) -> "Models":
        """Return the same networks for a caller that calls `check` while it waits for one."""
        bound = copy.copy(self)
        bound._check = check
        return bound

    @property
    def card(self) -> torch.device | None:
        """The GPU that decodes and composes pictures; None: the CPU does."""
        return self.device if self.device.type == "cuda" else None

    @property
    def whisper(self) -> Whisper:
        """The speech recognizer."""
        return self._whisper.get(self._check)

    @property
    def voice_activity(self) -> VoiceActivity:
        """The speech detector."""
        return self._voice_activity.get(self._check)

    @property
    def text_encoder(self) -> TextEncoder:
        """The sentence encoder."""
        return self._text_encoder.get(self._check)

    @property
    def multilingual_encoder(self) -> MultilingualEncoder:
        """The sentence encoder for every language."""
        return self._multilingual_encoder.get(self._check)

    @property
    def text_models(self) -> TextModels:
        """What sentences are read with, in any language."""
        reader = SentenceReader(self.multilingual_encoder, self.device, self._check)
        return TextModels(partial(self._readings.get, read=reader), reader.embed, reader.rate)

    @property
    def punctuation(self) -> Tagger | None:
        """The punctuation tagger; None if the sentence encoder is not the one it was trained on."""
        tagger = self._punctuation.get(self._check)
        return tagger and tagger.with_check(self._check)

    @property
    def speaker_encoder(self) -> SpeakerEncoder | None:
        """The speaker encoder; None if its weights are unavailable, because no talk requires it."""
        try:
            return self._speaker_encoder.get(self._check)
        except ModelUnavailable as error:
            log.warning("speaker labels disabled: %s", error)
            return None

    @property
    def active_speaker(self) -> Listener:
        """The active-speaker detector; lip motion if none is configured.

        Raises ModelUnavailable if a configured file cannot be used.
        """
        if not self.config.active_speaker:
            return lip_motion
        return self._active_speaker.get(self._check)

    @property
    def judge(self) -> Judge | None:
        """The language model that reranks; None if none is configured or the hub has none.

        Raises ModelUnavailable if a configured folder cannot be used.
        """
        return self._optional_language_model("reranking disabled, cannot load")

    @property
    def author(self) -> Author | None:
        """The language model that writes texts; None as for `judge`, or if `llm_texts` is off."""
        return (
            self._optional_language_model("texts are extractive, cannot load")
            if self.config.llm_texts
            else None
        )

    def _optional_language_model(self, without: str) -> "Endpoint | CausalModel | None":
        if not self.config.llm:
            return None
        try:
            return self._language_model.get(self._check)
        except ModelUnavailable as error:
            if self._is_language_model_local:
                raise
            log.warning("%s %s: %s", without, self.config.llm, describe(error))
            return None

    @property
    def _is_language_model_local(self) -> bool:
        config = self.config
        return not config.llm_url and configured_files.is_path(config.llm)

    def begin_hearing(self) -> None:
        """Begin to load what a transcript needs, beside whatever the caller does meanwhile."""
        for part in (self._whisper, self._voice_activity, self._punctuation, self._speaker_encoder):
            part.begin()

    def warm(self) -> None:
        """Load every network that jobs require now, those that failed recently included.

        Raises ModelMisconfigured as soon as what a setting names by a path does not load, and
        ModelUnavailable if another network cannot be had. Networks that no job requires are begun:
        see `warm_optional`.
        """
        everything: list[LazyValue[Any]] = [
            self._voice_activity,
            self._whisper,
            self._text_encoder,
            self._multilingual_encoder,
            self._speaker_encoder,
        ]
        if self.config.active_speaker:
            everything.append(self._active_speaker)
        self._language_model.forget_failure()
        for part in everything:
            part.forget_failure()
            part.begin()
        self.load_configured()
        _ = self.voice_activity, self.whisper, self.text_encoder, self.multilingual_encoder

    def downloads_shown(self) -> AbstractContextManager[bool]:
        """Show what arrives of missing weights while a block runs; yields if any are missing."""
        config = self.config
        return download_progress.shown(needed(config), config.cache_dir, config.mirror)

    def load_configured(self) -> None:
        """Load what settings name by a local path. Raises ModelMisconfigured if it does not."""
        config, is_path = self.config, configured_files.is_path
        if is_path(config.active_speaker):
            _ = self.active_speaker
        if is_path(config.text_encoder):
            _ = self.text_encoder
        if is_path(config.whisper):
            _ = self.whisper
        if self._is_language_model_local:
            _ = self.judge

    def warm_optional(self) -> None:
        """Load the networks that jobs can do without; a download may take minutes."""
        if self.config.llm:
            self._language_model.begin()  # beside the downloads of the others
        _ = self.speaker_encoder, self.active_speaker, self.judge

    def _load_language_model(self) -> "Endpoint | CausalModel":
        config = self.config
        limits = TokenLimits(answer=config.llm_max_tokens, prompt=config.llm_context_tokens)
        if config.llm_url:
            log.info("language model %s: at %s", config.llm, config.llm_url)
            return Endpoint(
                config.llm_url,
                config.llm,
                api_key=config.llm_api_key,
                timeout_s=config.llm_timeout_s,
                pairs=config.llm_pairs or PAIRS,
                limits=limits,
            )
        configured_files.check("llm.model", config.llm)
        try:
            folder = checkpoints.resolve_causal(config.llm, config.cache_dir)
        except Exception as error:  # the hub's client fails in many ways
            raise ModelUnavailable(describe(error)) from error
        log.info("language model %s: from %s", config.llm, folder)
        with self._loading("llm.model", folder, wanted=config.llm):
            from pipeline.models.local_llm import CausalModel  # noqa: PLC0415 - with transformers

            return CausalModel.load(
                folder,
                self.device,
                self.precision,
                name=config.llm,
                timeout_s=config.llm_timeout_s,
                pairs=config.llm_pairs or (PAIRS if self.device.type == "cuda" else PAIRS_ON_CPU),
                limits=limits,
            )

    def _resolved(self, wanted: str, default: pinned.Pinned) -> Path:
        return checkpoints.resolve(wanted, default, self.config.cache_dir, self.config.mirror)

    def _load_voice_activity(self) -> VoiceActivity:
        # Located without importing the package, whose import changes torch's thread count globally.
        spec = importlib.util.find_spec("silero_vad")
        assert spec is not None, "silero-vad is a dependency"
        assert spec.submodule_search_locations
        file = Path(spec.submodule_search_locations[0]) / "data" / "silero_vad_16k.safetensors"
        with self._loading("speech detector", file):
            return VoiceActivity().load(load_file(file))

    def _load_whisper(self) -> Whisper:
        folder = self._whisper_folder()
        with self._loading("models.whisper", folder, wanted=self.config.whisper):
            return Whisper.load(
                folder, self.device, self.precision, eight_bits=self.config.precision == "auto"
            )

    def _whisper_folder(self) -> Path:
        """Return the configured checkpoint's folder; by default, turbo on CUDA, base on a CPU."""
        wanted = self.config.whisper
        if wanted == "auto" and self.device.type == "cuda":
            try:
                return self._resolved("auto", pinned.WHISPER_TURBO)
            except ModelUnavailable as error:
                log.warning("using Whisper base instead of large-v3-turbo: %s", error)
        configured_files.check("models.whisper", wanted)
        return self._resolved(wanted, pinned.WHISPER_BASE)

    def _load_text_encoder(self) -> TextEncoder:
        configured_files.check("models.text_encoder", self.config.text_encoder)
        folder = self._resolved(self.config.text_encoder, pinned.MINILM)
        with self._loading("models.text_encoder", folder, wanted=self.config.text_encoder):
            return TextEncoder.load(folder, self.device, self.precision)

    def _load_multilingual_encoder(self) -> MultilingualEncoder:
        folder = self._resolved("auto", pinned.E5)
        with self._loading("multilingual encoder", folder):
            return MultilingualEncoder.load(folder, self.device, self.precision)

    def _load_punctuation(self) -> PunctuationTagger | None:
        encoder = self._text_encoder.get()
        if not PunctuationTagger.fits(encoder):
            log.warning("marks stay as recognized: models.text_encoder is not the usual one")
            return None
        with self._building:
            return PunctuationTagger.load(encoder)

    def _load_speaker_encoder(self) -> SpeakerEncoder:
        folder = self._resolved("auto", pinned.CAMPLUS)
        # The network is small enough for float32 on CUDA, where float16 might overflow.
        precision = self.precision if self.device.type == "cpu" else torch.float32
        file = folder / pinned.CAMPLUS.files[0]
        with self._loading("speaker encoder", file):
            return SpeakerEncoder.load(file, self.device, precision)

    def _load_active_speaker(self) -> Listener:
        # float16 is untested: its range is small, and the network is small enough without it.
        precision = torch.float32 if self.precision == torch.float16 else self.precision
        wanted = self.config.active_speaker
        if wanted == "auto":
            with self._loading("models.active_speaker", Path(WEIGHTS)):
                return ActiveSpeaker.packaged(self.device, precision)
        configured_files.check("models.active_speaker", wanted)
        file = Path(wanted).expanduser()
        with self._loading("models.active_speaker", file, wanted=wanted):
            return ActiveSpeaker.load(file, self.device, precision)

    @contextmanager
    def _loading(self, setting: str, path: Path, *, wanted: str = "auto") -> Iterator[None]:
        """Build one network at a time.

        Raises an error that names setting and path: ModelMisconfigured if `wanted`, the setting's
        value, is a path, else ModelUnavailable.
        """
        try:
            with self._building:
                yield
        except Exception as error:  # files of other kinds fail in many ways
            # Memory that another process uses now may be free later.
            is_full = isinstance(error, (MemoryError, torch.OutOfMemoryError))
            is_misconfigured = configured_files.is_path(wanted) and not is_full
            kind = ModelMisconfigured if is_misconfigured else ModelUnavailable
            raise kind(f"{setting}: {path} cannot be loaded: {describe(error)}") from error


def load_models(config: ModelConfig | None = None) -> Models:
    """Return the models of `config`; nothing is read from disk before its first use."""
    return Models(config or ModelConfig())


def needed(config: ModelConfig) -> list[pinned.Pinned]:
    """Return the pinned checkpoints that jobs use with these settings, whether here or not."""
    on_card = devices.choose_device(config.device).type == "cuda"
    whisper = pinned.WHISPER_TURBO if on_card else pinned.WHISPER_BASE
    chosen = ((config.whisper, whisper), (config.text_encoder, pinned.MINILM))
    return [default for wanted, default in chosen if wanted == "auto"] + [pinned.E5, pinned.CAMPLUS]


def main() -> None:
    """Fetch the weights that this machine will use and load them, for `make install`."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    models = load_models()
    try:
        with models.downloads_shown():
            models.warm()
            models.warm_optional()
    except ModelUnavailable as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
