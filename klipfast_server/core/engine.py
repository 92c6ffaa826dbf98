"""The pipeline as the worker sees it: a few blocking calls, made in threads."""

import functools
import gc
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import av

import pipeline
from klipfast_server.core import config as settings
from pipeline.captions.layout.text_shaping import load_fonts
from pipeline.captions.previews import moving, swatch
from pipeline.captions.styles.style import style_names
from pipeline.core.control import Control
from pipeline.core.data import Clip, Highlight, Options, Shot, Source, Talk
from pipeline.core.errors import Corrupt
from pipeline.core.texts import Texts
from pipeline.framing.views import ClipView
from pipeline.media.first_look import probe_apart
from pipeline.media.jpeg import jpeg
from pipeline.media.still import still
from pipeline.models import registry
from pipeline.models.checkpoints import CachedWeights, cached_files
from pipeline.models.lazy_value import describe, states
from pipeline.models.model_config import ModelConfig, check_configured, default_cache_dir
from pipeline.models.registry import load_models
from pipeline.rendering import preview_stream
from pipeline.rendering.preview import draw_preview
from pipeline.rendering.preview_stream import Prepared

Result = TypeVar("Result")

PREVIEW_QUANTIZER = 3  # JPEG quantizer
MIDDLE_COLLECTIONS = 1000  # middle collections per full one: seven million objects


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsState:
    """Whether the models that every job requires are loaded."""

    status: Literal["pending", "ready", "failed"]
    reason: str = ""  # why it "failed", for the administrator

    def __str__(self) -> str:
        """Return the status, and the reason if there is one."""
        return f"{self.status}: {self.reason}" if self.reason else self.status


PENDING = ModelsState(status="pending")
READY = ModelsState(status="ready")


@dataclass(frozen=True, slots=True, kw_only=True)
class Networks:
    """The networks that are loaded or should be, and where they run."""

    device: str
    precision: str
    states: Mapping[str, ModelsState]  # by name


@dataclass(frozen=True, slots=True, kw_only=True)
class CardMemory:
    """Memory of a graphics card, of everything that uses it, in bytes."""

    free: int
    total: int


class Engine(Protocol):
    """The pipeline's calls; all of them block, raise pipeline.errors.*, and obey `control`."""

    @property
    def caption_styles(self) -> tuple[str, ...]:
        """Return the known names, in display order."""

    def caption_preview(self, name: str, *, ground: bool) -> bytes:
        """Return a PNG of one of these styles; fast from the second call on."""

    def caption_motion(self, name: str) -> bytes:
        """Return a moving picture of one of these styles, a WebP; fast from the second call on."""

    @property
    def models_state(self) -> ModelsState:
        """Return the result of the last `warm`; pending before it."""

    def networks(self) -> Networks:
        """Return the state of each network."""

    def card_memory(self) -> CardMemory | None:
        """Return the memory of the card in use; None without one, and before models are on it."""

    def warm(self) -> None:
        """Load the weights now; a call after a failure tries again. Sets `models_state`.

        Raises ModelUnavailable; ModelMisconfigured if no other call will have another result.
        """

    def probe(self, path: Path, *, max_duration_s: float | None) -> Source:
        """Return the properties of the file. Raises SourceError."""

    def listen(
        self,
        source: Source,
        *,
        options: Options,
        work_dir: Path,
        control: Control,
    ) -> Talk:
        """Return the transcript and the highlights."""

    def describe(
        self, talk: Talk, span: Highlight, *, options: Options, control: Control
    ) -> Highlight:
        """Score, title and explain a span that a person chose."""

    def join_moments(
        self, talk: Talk, moments: Sequence[Highlight], *, options: Options, control: Control
    ) -> Highlight:
        """Return a highlight reel of moments of a talk. Raises SourceError if none fits."""

    def make_clip(
        self,
        talk: Talk,
        highlight: Highlight,
        *,
        options: Options,
        stem: Path,
        control: Control,
        known: Sequence[Shot] = (),
        view: ClipView | None = None,
    ) -> Clip:
        """Render `stem`.mp4 and `stem`.jpg.

        `view`: what `look_at` returned. Without it, `known`: what was seen when it was rendered
        before.
        """

    def look_at(
        self,
        talk: Talk,
        highlight: Highlight,
        *,
        options: Options,
        control: Control,
        known: Sequence[Shot] = (),
    ) -> ClipView:
        """Return what is seen in a highlight, and the crop that is planned for it."""

    def preview(
        self,
        talk: Talk,
        highlight: Highlight,
        view: ClipView,
        *,
        options: Options,
        at_s: float,
        width: int,
        control: Control,
    ) -> bytes:
        """Return a JPEG, at most `width` pixels wide, of the clip at a time of the source."""

    def prepare_preview(
        self,
        talk: Talk,
        highlight: Highlight,
        view: ClipView,
        *,
        options: Options,
        control: Control,
        before: Prepared | None = None,
    ) -> Prepared:
        """Return a clip that can be played; `before`: the same clip before a change."""

    def play(self, clip: Prepared, first: int, control: Control) -> Generator[bytes, None, None]:
        """Yield the header of an MP4, then piece after piece of it from `first` on."""

    def still(self, source: Source, at_s: float, *, side: int, control: Control) -> bytes | None:
        """Return a JPEG of the source, its longer side at most `side` pixels; None: no picture."""

    def write_texts(self, talk: Talk, *, options: Options, control: Control) -> Texts:
        """Write the thread, the post and the article."""


@contextmanager
def _readable() -> Iterator[None]:
    """Raise Corrupt where the block cannot read a file that was read before."""
    try:
        yield
    except FileNotFoundError:  # FFmpeg's, too
        raise
    except av.FFmpegError as error:
        raise Corrupt("The source cannot be read any more.") from error


def _with_models(call: Callable[..., Result]) -> Callable[..., Result]:
    """Return the method that makes a call of the pipeline with the models of the engine."""

    def method(self: "PipelineEngine", *args: Any, **named: Any) -> Result:
        return call(*args, models=self._models, **named)

    return functools.update_wrapper(method, call)


class PipelineEngine:
    """The real engine: it holds the models and forwards calls to the pipeline."""

    listen = _with_models(pipeline.listen)
    describe = _with_models(pipeline.describe)
    join_moments = _with_models(pipeline.join_moments)
    make_clip = _with_models(pipeline.make_clip)
    look_at = _readable()(_with_models(pipeline.look_at))
    write_texts = _with_models(pipeline.write_texts)
    caption_preview = staticmethod(swatch)
    caption_motion = staticmethod(moving)
    probe = staticmethod(probe_apart)
    still = staticmethod(_readable()(still))

    def __init__(self, config: settings.Models, llm: settings.Llm) -> None:
        self.caption_styles = style_names()
        self.models_state = PENDING
        self._models = load_models(_model_config(config, llm))
        self._device = "cuda" if config.device == "auto" else config.device

    def networks(self) -> Networks:
        """See lazy_value.states."""
        found = states(self._models)
        return Networks(
            device=str(self._models.device),
            precision=str(self._models.precision).removeprefix("torch."),
            states={
                name: ModelsState(status=status, reason=why)
                for name, (status, why) in found.items()
            },
        )

    def card_memory(self) -> CardMemory | None:
        """See torch.cuda.mem_get_info; it is not asked before something else has woken the card."""
        if not self._device.startswith("cuda"):
            return None
        import torch  # noqa: PLC0415 - above, it would come before pipeline's policy of threads

        is_awake = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]  # torch has no type
        if not is_awake:
            return None
        free, total = torch.cuda.mem_get_info(self._device)
        return CardMemory(free=free, total=total)

    def warm(self) -> None:
        """Load every network, and the fonts; the state is ready as soon as jobs can run.

        A job that needs a network which is still being loaded then waits for it.
        """
        with self._models.downloads_shown():
            try:
                self._models.warm()
            except Exception as error:
                self.models_state = ModelsState(status="failed", reason=describe(error))
                raise
            load_fonts()
            self.models_state = READY
            self._models.warm_optional()
        # The libraries and models are half a million objects that never become garbage. Without
        # this, each full collection looks at all of them, and for a third of a second nothing else
        # runs: the event loop neither.
        gc.freeze()
        # A talk of hours is a million objects, which live for a second: full collections are rare.
        young, middle, _ = gc.get_threshold()
        gc.set_threshold(young, middle, MIDDLE_COLLECTIONS)

    def preview(
        self,
        talk: Talk,
        highlight: Highlight,
        view: ClipView,
        *,
        options: Options,
        at_s: float,
        width: int,
        control: Control,
    ) -> bytes:
        """See pipeline.rendering.preview."""
        plan = pipeline.plan_clip(talk, highlight, view, options)
        with _readable():
            picture = draw_preview(plan, at_s=at_s, control=control)
        return jpeg(picture, PREVIEW_QUANTIZER, width=width)

    def prepare_preview(
        self,
        talk: Talk,
        highlight: Highlight,
        view: ClipView,
        *,
        options: Options,
        control: Control,
        before: Prepared | None = None,
    ) -> Prepared:
        """See pipeline.rendering.preview_stream."""
        plan = pipeline.plan_clip(talk, highlight, view, options)
        with _readable():
            return preview_stream.prepare(plan, control, before)

    def play(self, clip: Prepared, first: int, control: Control) -> Generator[bytes, None, None]:
        """See pipeline.rendering.preview_stream."""
        with _readable():
            yield from preview_stream.play(clip, first, control)


def check_weights(config: settings.Models, llm: settings.Llm, *, load: bool) -> None:
    """Check that the weights named by a local path are there, and with `load` that they load.

    Raises ModelMisconfigured, which names the setting and the path.
    """
    wanted = _model_config(config, llm)
    check_configured(wanted)
    if load:
        load_models(wanted).load_configured()


def cached_weights(config: settings.Models, llm: settings.Llm) -> list[CachedWeights]:
    """Return what the cache has of the weights that every job needs. Blocks: it reads them."""
    wanted = _model_config(config, llm)
    return [cached_files(pinned, wanted.cache_dir) for pinned in registry.needed(wanted)]


def _model_config(config: settings.Models, llm: settings.Llm) -> ModelConfig:
    return ModelConfig(
        whisper=config.whisper,
        text_encoder=config.text_encoder,
        active_speaker=config.active_speaker,
        device=config.device,
        precision=config.precision,
        threads=config.threads,
        cache_dir=Path(config.cache_dir) if config.cache_dir else default_cache_dir(),
        mirror=config.mirror,
        llm=llm.model,
        llm_url=llm.url,
        llm_api_key=llm.api_key,
        llm_timeout_s=llm.timeout_s,
        llm_pairs=llm.pairs,
        llm_texts=llm.texts,
        llm_max_tokens=llm.max_tokens,
        llm_context_tokens=llm.context_tokens,
    )
