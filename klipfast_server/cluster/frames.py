"""What the server's process and its driver tell each other, over a socket. Loads no pipeline."""

import asyncio
import struct
from collections.abc import AsyncIterator
from typing import Any, Literal

import msgspec
from msgspec import Struct

Lane = Literal["recogniser", "encoder"]
LANES: tuple[Lane, ...] = ("recogniser", "encoder")
State = Literal["loading", "ready", "busy", "resting"]
SIZE = struct.Struct("!I")  # bytes of the frame that follows


class Failure(Struct, frozen=True, kw_only=True):
    """Why a stage did not succeed."""

    kind: str  # name of a class of pipeline.core.errors, or StorageError; empty: unforeseen
    message: str
    details: str = ""  # for the log


class Setup(Struct, frozen=True, kw_only=True, tag=True):
    """The first frame: what the driver works with."""

    address: str  # host:port of Ray's head
    own_address: str  # empty: Ray finds it
    gpus: dict[Lane, float]  # GPUs per actor
    stall_s: float  # time without a sign of life after which an actor is ended
    fingerprint: str  # this server's; a machine with another one is refused
    settings: bytes  # messages.MachineSettings
    only_looks: bool = False  # send an Offer and end


class Start(Struct, frozen=True, kw_only=True, tag=True):
    """Run a stage on some machine."""

    stage_id: int
    lane: Lane
    request: bytes  # messages.Request


class Cancel(Struct, frozen=True, kw_only=True, tag=True):
    """Stop a stage; `Told` or `Lost` ends it all the same."""

    stage_id: int


class Told(Struct, frozen=True, kw_only=True, tag=True):
    """What a stage tells.

    `begun` and `alive` come without a body, `progress` with messages.Progress, `chunk` with a
    TranscriptChunk. The last is `done` with the result, or `failed` with a Failure.
    """

    stage_id: int
    kind: Literal["begun", "alive", "progress", "chunk", "done", "failed"]
    body: bytes = b""
    machine: str = ""  # set in `begun`


class Lost(Struct, frozen=True, kw_only=True, tag=True):
    """A stage has ended without a result, through no fault of the source: try it elsewhere."""

    stage_id: int
    machine: str
    reason: str
    failure: Failure | None = None  # where the machine could still say


class Actor(Struct, frozen=True, kw_only=True):
    """A recognizer or an encoder of a machine."""

    lane: Lane
    machine: str
    state: State
    reason: str = ""  # why it rests


class Crew(Struct, frozen=True, kw_only=True, tag=True):
    """All actors; sent whenever one has changed."""

    actors: tuple[Actor, ...]


class Offer(Struct, frozen=True, kw_only=True, tag=True):
    """What the machines offer, whether or not it can be used."""

    version: str  # Ray's version
    machines: int  # machines that offer anything
    actors: dict[Lane, int]


class Unconnected(Struct, frozen=True, kw_only=True, tag=True):
    """Ray cannot be joined; the driver ends."""

    reason: str


FromServer = Setup | Start | Cancel
FromDriver = Told | Lost | Crew | Offer | Unconnected


async def read(stream: asyncio.StreamReader, kind: Any) -> AsyncIterator[Any]:
    """Yield frames, which are one of `kind`, until the other side has ended."""
    try:
        while True:
            size: int = SIZE.unpack(await stream.readexactly(SIZE.size))[0]
            yield msgspec.msgpack.decode(await stream.readexactly(size), type=kind)
    except (asyncio.IncompleteReadError, ConnectionError):
        return


def write(stream: asyncio.StreamWriter, frame: Struct) -> None:
    """Send a frame; one to a side that has ended is lost."""
    body = msgspec.msgpack.encode(frame)
    if not stream.is_closing():
        stream.write(SIZE.pack(len(body)) + body)
