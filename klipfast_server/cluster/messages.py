"""What the server and the machines tell each other about stages, as MessagePack.

The driver between them passes it on unread, so that it loads nothing of the pipeline.
"""

import dataclasses
import hashlib
from functools import cache
from importlib.metadata import version
from typing import Any

import msgspec
from msgspec import Struct

from klipfast_server.cluster.frames import Failure
from klipfast_server.core import config
from klipfast_server.store.job_queue import ClipKeys
from pipeline.core import json_hooks
from pipeline.core.data import Clip, Options, Talk, TranscriptChunk
from pipeline.framing import known_shots

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


class ListenRequest(Struct, frozen=True, kw_only=True, tag="listen"):
    """Listen to a source."""

    source: StoredFile
    options: Options
    brand: dict[str, StoredFile]  # by name
    resume_from: tuple[TranscriptChunk, ...]


class ClipRequest(Struct, frozen=True, kw_only=True, tag="clip"):
    """Make a clip, and store its files."""

    source: StoredFile
    options: Options
    brand: dict[str, StoredFile]
    talk: bytes  # encoded once for all clips
    ordinal: int
    known: bytes  # shots, see known_shots
    stem: str  # stem of its files' keys


Request = ListenRequest | ClipRequest


class Heard(Struct, frozen=True, kw_only=True):
    """The end of a ListenRequest."""

    talk: Talk
    worked_s: float


class Made(Struct, frozen=True, kw_only=True):
    """The end of a ClipRequest; its files are stored."""

    clip: Clip  # without its shots
    shots: bytes
    keys: ClipKeys
    size_bytes: int
    worked_s: float


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


def encode_made(clip: Clip, *, keys: ClipKeys, size_bytes: int, worked_s: float) -> bytes:
    """Return the end of a ClipRequest."""
    return encode(
        Made(
            clip=dataclasses.replace(clip, shots=()),
            shots=known_shots.encode(clip.shots),
            keys=keys,
            size_bytes=size_bytes,
            worked_s=worked_s,
        )
    )


@cache
def fingerprint() -> str:
    """Return klipfast's version, and a digest of the form of these messages.

    Two machines with the same understand each other.
    """
    kinds = (MachineSettings, ListenRequest, ClipRequest, Heard, Made, Failure, Progress)
    schema = msgspec.json.schema_components(kinds, schema_hook=lambda _: {"type": "string"})
    digest = hashlib.sha256(msgspec.json.encode(schema, order="deterministic")).hexdigest()
    return f"{VERSION} ({digest[:8]})"
