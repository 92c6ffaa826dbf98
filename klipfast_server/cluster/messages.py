"""What the server and the machines tell each other about stages, as MessagePack.

The driver between them passes it on unread, so that it loads nothing of the pipeline.
"""

import hashlib
from functools import cache
from importlib.metadata import version
from typing import Any

import msgspec
from msgspec import Struct

from klipfast_server.cluster.frames import Failure
from klipfast_server.core import config
from klipfast_server.store.queue.job_queue import StoredClip
from pipeline.core import json_hooks
from pipeline.core.data import Options, Shot, Source, Talk, TranscriptChunk

VERSION = version("klipfast")  # read as the program is loaded: it is in a file
PIPELINE_ENGINE = "klipfast_server.core.engine:PipelineEngine"


class MachineSettings(Struct, frozen=True, kw_only=True):
    """The server's settings that its machines need."""

    models: config.Models
    llm: config.Llm
    s3: config.S3
    styles_dir: str
    cache_dir: str
    cache_bytes: int
    engine: str = PIPELINE_ENGINE  # module:what; called with the models and the language model


class StoredFile(Struct, frozen=True, kw_only=True):
    """A file in the bucket that a stage reads."""

    key: str
    sha256: str  # hexadecimal; empty: not known, and the file at its key never changes


class StageRequest(Struct, frozen=True, kw_only=True):
    """What every stage reads."""

    source: StoredFile
    options: Options
    brand: dict[str, StoredFile]  # by name


class ListenRequest(StageRequest, frozen=True, kw_only=True, tag="listen"):
    """Listen to a source; the answer is Heard."""

    probed: Source  # which lies elsewhere there
    resume_from: tuple[TranscriptChunk, ...]


class ClipRequest(StageRequest, frozen=True, kw_only=True, tag="clip"):
    """Make a clip, and store its files; the answer is a StoredClip."""

    talk: bytes  # encoded once for all clips
    ordinal: int
    known: tuple[Shot, ...]
    stem: str  # stem of its files' keys


Request = ListenRequest | ClipRequest
Heard = tuple[Talk, float]  # and the seconds of work


class Progress(Struct, frozen=True, array_like=True):
    """How far a stage is."""

    stage: str
    fraction: float


def encode(value: object) -> bytes:
    """Return a message as it is sent. Blocks: a talk of hours takes a while."""
    return msgspec.msgpack.encode(value, enc_hook=json_hooks.encode)


def decode(data: bytes, kind: Any) -> Any:
    """Return a message that is one of `kind`. Raises msgspec.MsgspecError. Blocks."""
    return msgspec.msgpack.decode(data, type=kind, dec_hook=json_hooks.decode)


@cache
def fingerprint() -> str:
    """Return klipfast's version, and a digest of the form of these messages.

    Two machines with the same understand each other.
    """
    kinds = (MachineSettings, ListenRequest, ClipRequest, Heard, StoredClip, Failure, Progress)
    schema = msgspec.json.schema_components(kinds, schema_hook=lambda _: {"type": "string"})
    digest = hashlib.sha256(msgspec.json.encode(schema, order="deterministic")).hexdigest()
    return f"{VERSION} ({digest[:8]})"
