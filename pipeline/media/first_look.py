"""Opens a file for the first time in a short-lived process, with limits on memory and time.

FFmpeg's demuxers and decoders are native code that reads what strangers made: a file may crash
them, make them allocate without end, or never return. That costs the small process here, not the
one with the models and everybody's jobs. The process is forked from one that has PyAV loaded, and
answers in JSON: nothing of what it sends is executed.
"""

import contextlib
import multiprocessing
import resource
import signal
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import av
import msgspec

from pipeline.core import errors, json_hooks
from pipeline.core.data import Source
from pipeline.core.errors import Corrupt, SourceError
from pipeline.media.container import demux, open_container, stream_at
from pipeline.media.probing import probe

PLACES = (0.25, 0.5, 0.75)  # of the duration, where each stream is decoded for a moment
MAX_PACKETS = 200  # read at each place until a frame comes
BROKEN = "The file is damaged, or made to do damage: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What the process may use."""

    memory_bytes: int = 4 << 30  # of address space; FFmpeg's threads reserve much and use little
    cpu_s: int = 60
    wall_s: float = 90.0


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the process sends: a source, or the name and the message of an error."""

    source: Source | None = None
    error: str = ""
    message: str = ""


def probe_apart(
    path: Path, *, max_duration_s: float | None = None, bounds: Bounds | None = None
) -> Source:
    """Return `probing.probe(path)`, made in a process of its own that also decodes a few places.

    Raises the same errors, and Corrupt where the process crashes or goes beyond its bounds.
    """
    bounds = bounds or Bounds()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(
        target=_answer, args=(theirs, str(path), max_duration_s, bounds), daemon=True
    )
    with ours, contextlib.ExitStack() as stack:
        stack.callback(_end, process)
        with theirs:
            process.start()
        if not ours.poll(bounds.wall_s):
            raise Corrupt(f"{BROKEN}opening it takes longer than {bounds.wall_s:g} s.")
        try:
            answer = msgspec.json.decode(
                ours.recv_bytes(), type=_Answer, dec_hook=json_hooks.decode
            )
        except EOFError:
            process.join()
            raise Corrupt(BROKEN + _explain(process.exitcode or 0)) from None
    if answer.source is not None:
        return answer.source
    kind = getattr(errors, answer.error, None)
    if isinstance(kind, type) and issubclass(kind, SourceError):
        raise kind(answer.message)
    raise OSError(answer.message)


def _end(process: Any) -> None:
    if process.pid is not None:
        process.kill()
        process.join()
        process.close()


def _explain(code: int) -> str:
    if code == -signal.SIGXCPU:
        return "opening it needs too much computation."
    return f"opening it ends the decoder ({signal.Signals(-code).name if code < 0 else code})."


def _answer(
    connection: Connection, path: str, max_duration_s: float | None, bounds: Bounds
) -> None:
    """Run in the process."""
    resource.setrlimit(resource.RLIMIT_AS, (bounds.memory_bytes, bounds.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (bounds.cpu_s, bounds.cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it writes no file
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        source = probe(path, max_duration_s=max_duration_s)
        _decode_places(source)
        answer = _Answer(source=source)
    except SourceError as error:
        answer = _Answer(error=type(error).__name__, message=str(error))
    except (MemoryError, av.error.MemoryError):
        answer = _Answer(error="Corrupt", message=f"{BROKEN}opening it needs too much memory.")
    except OSError as error:
        answer = _Answer(error="OSError", message=str(error))
    connection.send_bytes(msgspec.json.encode(answer, enc_hook=json_hooks.encode))


def _decode_places(source: Source) -> None:
    """Decode a frame of each stream at each place; damage is no error here, only a crash is."""
    streams = [s.index for s in (source.video, source.audio) if s is not None]
    for index in streams:
        for place in PLACES:
            with contextlib.suppress(av.FFmpegError), open_container(source.path) as container:
                stream, at_s = (
                    stream_at(container, index),
                    source.origin_s + place * source.duration_s,
                )
                container.seek(int(at_s / (stream.time_base or 1)), stream=stream)
                for number, packet in enumerate(demux(container, stream)):
                    if packet.decode() or number >= MAX_PACKETS:
                        break
