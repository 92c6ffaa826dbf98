"""The real weights, loaded once for all tests, and what they make of a sound or a text.

What takes seconds is computed once for all workers of a session: see `shared_results`. A worker
that finds everything there loads no weights.
"""

import os
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import shared_results
from project_paths import ROOT, SAMPLE

import pipeline
from pipeline.analysis import copy_edits
from pipeline.analysis.moments import Encoded, Moments
from pipeline.analysis.reading import Reading
from pipeline.analysis.sentence_roles import Spoken
from pipeline.analysis.title_fitness import Material, Ratings
from pipeline.core.arrays import F32
from pipeline.core.control import Check, Control, unchecked
from pipeline.core.data import SAMPLE_RATE, Audio, Sentence, Transcript, TranscriptChunk
from pipeline.highlights.sentence_features import TextModels
from pipeline.media.probing import probe
from pipeline.media.speech_audio import load_audio
from pipeline.models.model_config import PRECISION_VARIABLE
from pipeline.models.multilingual_encoder import MultilingualEncoder
from pipeline.models.sentence_reader import SentenceReader
from pipeline.recognition import vad

if TYPE_CHECKING:
    from klipfast_server.core.config import Llm
    from klipfast_server.core.engine import PipelineEngine
    from pipeline.models.registry import Models

# The one setting of the environment that tests follow: `KLIPFAST__MODELS__PRECISION=… make test`.
PRECISION = {name: value for name, value in os.environ.items() if name == PRECISION_VARIABLE}
SAMPLE_TRUTH = SAMPLE.with_name("sample_talk.truth.json")


@cache
def models() -> "Models":
    """Load Whisper base, MiniLM and the speech detector on this machine's device."""
    return pipeline.load_models()


@cache
def engine() -> "PipelineEngine":
    """Build the pipeline as the server runs it."""
    from klipfast_server.core.config import load
    from klipfast_server.core.engine import PipelineEngine

    config = load(ROOT / "config.toml", PRECISION)
    return PipelineEngine(config.models, config.llm)


def writing_engine(llm: "Llm | None" = None) -> "PipelineEngine":
    """Build the pipeline with a language model; its sentence encoder is loaded once for all."""
    from klipfast_server.core.config import load
    from klipfast_server.core.engine import PipelineEngine

    config = load(ROOT / "config.toml", PRECISION)
    built = PipelineEngine(config.models, llm or config.llm)
    built._models._text_encoder = models()._text_encoder
    return built


@cache
def sound(path: Path) -> Audio:
    """Decode the audio of a file of any length."""

    def decode() -> Audio:
        with TemporaryDirectory() as folder:
            audio = load_audio(probe(path, min_duration_s=0.0), Path(folder), Control())
            return Audio(samples=audio.samples.copy())  # as the file that it is mapped to goes

    return shared_results.once("sound", path.read_bytes(), decode)


def part(first_s: float, end_s: float, path: Path = SAMPLE) -> Audio:
    """Return some seconds of a file, of the sample if none is named."""
    first, end = (round(at_s * SAMPLE_RATE) for at_s in (first_s, end_s))
    return Audio(samples=sound(path).samples[first:end])


def speech(audio: Audio) -> vad.Probabilities:
    """Compute the speech probability of a sound."""
    return shared_results.once(
        "speech",
        audio.samples.tobytes(),
        lambda: vad.probabilities(audio, models().voice_activity, Control()),
    )


def probability(path: Path) -> vad.Probabilities:
    """Compute the speech probability of a file."""
    return speech(sound(path))


def hear(audio: Audio, language: str | None = "en", **options: Any) -> Transcript:
    """Transcribe a sound; `language` None: detect it. Further options are those of the product."""
    made_of = repr((language, sorted(options.items()))).encode()
    given = options.pop("transcript", ())

    def listen() -> Transcript:
        if given:  # what is recognized does not depend on it
            known = chunks(audio, language, **options)
            return _hear(audio, language, known, transcript=given, **options)[0]
        return _heard(audio, language, **options)[0]

    return shared_results.once("heard", audio.samples.tobytes() + made_of, listen)


Chunks = tuple[TranscriptChunk, ...]


def chunks(audio: Audio, language: str | None = "en", **options: Any) -> Chunks:
    """Return the recognized parts of a sound; a run that resumes with them recognizes nothing."""
    return _heard(audio, language, **options)[1]


def _heard(audio: Audio, language: str | None, **options: Any) -> tuple[Transcript, Chunks]:
    made_of = repr((language, sorted(options.items()))).encode()
    return shared_results.once(
        "recognized",
        audio.samples.tobytes() + made_of,
        lambda: _hear(audio, language, (), **options),
    )


def _hear(
    audio: Audio, language: str | None, known: Chunks, **options: Any
) -> tuple[Transcript, Chunks]:
    parts = list[TranscriptChunk]()
    control = Control(on_chunk=parts.append, resume_from=known)
    found = pipeline.hear(audio, models=models(), language=language, control=control, **options)
    return found, tuple(parts)


def sample_heard() -> Transcript:
    """Transcribe the whole sample, with language detection."""
    return hear(sound(SAMPLE), None)


def heard_in(path: Path) -> str:
    """Transcribe a file and return its words as text."""
    return " ".join(word.text for word in hear(sound(path)).words)


def embed(texts: Sequence[str], check: Check = unchecked) -> F32:
    """Embed texts with MiniLM, as one call of the encoder does; `check` stops nothing here."""
    check()
    return shared_results.once(
        "embedded", repr(list(texts)).encode(), lambda: models().text_encoder(texts)
    )


def embed_any(texts: Sequence[str]) -> F32:
    """Embed texts of any language, comparable with what moments mean."""
    return shared_results.once(
        "embedded-any", repr(list(texts)).encode(), lambda: _reader().embed(texts)
    )


def embed_new(texts: Sequence[str]) -> F32:
    """Embed texts as `embed_any` does, but none of them twice in this process."""
    new = [text for text in dict.fromkeys(texts) if text not in _EMBEDDED]
    if new:
        _EMBEDDED.update(zip(new, embed_any(new), strict=True))
    return np.stack([_EMBEDDED[text] for text in texts])


_EMBEDDED: dict[str, F32] = {}


def read(sentences: Sequence[Sentence]) -> Reading:
    """Read sentences: where moments begin and end, and what each is good for in print."""
    return shared_results.once("read", repr(list(sentences)).encode(), lambda: _reader()(sentences))


def edit(sentences: Sequence[Spoken]) -> tuple[str, ...]:
    """Leave out of sentences what an editor leaves out."""
    texts = tuple(s.text for s in sentences)
    return copy_edits.stored(models().device)(sentences, _encode_once(texts))


def find_moments(sentences: Sequence[Sentence]) -> Moments:
    """Find where moments begin and end."""
    return read(sentences).moments


def rate(materials: Sequence[Material]) -> list[Ratings]:
    """Say how good titles the clauses of materials are."""
    own = repr(list(materials)).encode()
    return shared_results.once("rate", own, lambda: _reader().rate(materials))


text_models = TextModels(read, embed_any, rate)
"""As `models().text_models`, with every list of texts read once."""


def _reader() -> SentenceReader:
    return SentenceReader(cast("MultilingualEncoder", _encode), models().device)


def _encode(texts: Sequence[str], _check: Check) -> Encoded:
    return _encode_once(tuple(texts))


@lru_cache(maxsize=16)  # some 5 MB each
def _encode_once(texts: tuple[str, ...]) -> Encoded:
    """Encode texts; the same talk with other speakers or times is encoded once."""
    return models().multilingual_encoder(texts)
