"""Plays clips before they are rendered, in the threads of previews.

The pieces of a clip are kept until others need their room, so that a change taken back, or another
start, costs nothing twice. Whoever plays a clip has a run of the renderer of his own; there are
few, and the one that has waited longest ends where another begins: it goes on at its next piece.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Lock

from klipfast_server.api.pictures.previewing import Edited, Previewing
from klipfast_server.core.engine import Engine
from klipfast_server.core.errors import NotFound
from pipeline.core.brand import Brand
from pipeline.core.control import Control
from pipeline.core.errors import Canceled
from pipeline.framing.views import ClipView
from pipeline.rendering.preview_stream import Prepared

MAX_BYTES = 256 << 20  # sound and pieces of all streams
LOOK_S = 0.03  # between two looks whether a viewer is still there
MAX_RUNS = 6  # at once, each with a decoder and an encoder


@dataclass(slots=True, kw_only=True)
class Stream:
    """A clip with changes, and the pieces of it that are made."""

    stream_id: str
    edited: Edited
    view: ClipView
    clip: Prepared
    header: bytes = b""
    pieces: dict[int, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes that it holds."""
        return self.clip.sound.nbytes + sum(map(len, self.pieces.values()))


class Playing:
    """The streams of all accounts."""

    def __init__(self, engine: Engine, previewing: Previewing) -> None:
        self._engine, self._previewing = engine, previewing
        self._streams: OrderedDict[str, Stream] = OrderedDict()
        self._runs: OrderedDict[_Viewer, _Run] = OrderedDict()
        self._lock = Lock()  # guards the runs

    async def open(self, stream_id: str, edited: Edited) -> Stream:
        """Return a clip that can be played. Raises Unprocessable."""
        known = self._streams.get(stream_id)
        if known is None:
            view = await self._previewing.look(edited)
            prepare = partial(self._prepare, edited, view, self._latest(edited))
            clip = await self._previewing.take(edited.account_id, prepare)
            known = Stream(stream_id=stream_id, edited=edited, view=view, clip=clip)
            self._streams[stream_id] = known
        self._use(known)
        return known

    def get(self, account_id: str, stream_id: str) -> Stream:
        """Return an open stream of an account. Raises NotFound."""
        found = self._streams.get(stream_id)
        if found is None or found.edited.account_id != account_id:
            raise NotFound(
                f"There is no stream {stream_id}, or no more; POST to the same path opens it again."
            )
        self._use(found)
        return found

    async def pieces(
        self,
        stream: Stream,
        first: int,
        *,
        brand: Brand | None,
        has_left: Callable[[], bool],
    ) -> AsyncGenerator[bytes, None]:
        """Yield the header, then piece after piece, until the viewer has left.

        `brand`: that of the clip, where it has one, with its files on this disk. Raises
        Unprocessable.
        """
        clip = stream.clip
        if brand is not None:  # its files were elsewhere when it was opened
            options = replace(stream.edited.options, brand=brand)
            edited = replace(stream.edited, options=options)
            prepare = partial(self._prepare, edited, stream.view, clip)
            clip = await self._previewing.take(edited.account_id, prepare)
        viewer = _Viewer()
        try:
            for number in range(first, clip.pieces):
                if number not in stream.pieces:
                    make = partial(self._make, viewer, stream, clip, number)
                    making = self._previewing.take(stream.edited.account_id, make)
                    await _unless(has_left, asyncio.ensure_future(making))
                    self._use(stream)
                if number not in stream.pieces:  # the source ends early
                    return
                if number == first:
                    yield stream.header
                yield stream.pieces[number]
        finally:
            self._leave(viewer)

    def _make(
        self, viewer: "_Viewer", stream: Stream, clip: Prepared, number: int, _control: Control
    ) -> None:
        """Make a piece, if the clip has it. Blocks."""
        with self._lock:
            if viewer.has_left:
                return
            run, ended = self._runs.pop(viewer, None), list[_Run]()
            if run is None or run.number != number:
                ended += [] if run is None else [run]
                run = _Run(partial(self._engine.play, clip, number), number, self._previewing)
            self._runs[viewer] = run
            while len(self._runs) > MAX_RUNS:
                ended.append(self._runs.popitem(last=False)[1])
        for each in ended:
            each.close()
        run.make(stream)

    def _leave(self, viewer: "_Viewer") -> None:
        with self._lock:
            viewer.has_left = True
            run = self._runs.pop(viewer, None)
        if run is not None:
            run.control.cancel.set()
            asyncio.get_running_loop().run_in_executor(None, run.close)

    def _latest(self, edited: Edited) -> Prepared | None:
        """Return the clip as it was played last, with other changes; None if it was not."""
        same = (s.clip for s in self._streams.values() if s.edited.clip_id == edited.clip_id)
        return next(iter([*same][-1:]), None)

    def _prepare(
        self, edited: Edited, view: ClipView, before: Prepared | None, control: Control
    ) -> Prepared:
        return self._engine.prepare_preview(
            edited.talk,
            edited.highlight,
            view,
            options=edited.options,
            control=control,
            before=before,
        )

    def _use(self, stream: Stream) -> None:
        """Note that a stream was used last, and forget those that there is no room for."""
        if stream.stream_id in self._streams:
            self._streams.move_to_end(stream.stream_id)
        size = sum(known.size for known in self._streams.values())
        while size > MAX_BYTES and len(self._streams) > 1:
            _, oldest = self._streams.popitem(last=False)
            size -= oldest.size


async def _unless(has_left: Callable[[], bool], making: asyncio.Future[None]) -> None:
    """Wait for what is made, or give it up once its viewer has left."""
    try:
        while not making.done() and not has_left():
            await asyncio.wait({making}, timeout=LOOK_S)
        if making.done():
            making.result()
    finally:
        making.cancel()


@dataclass(slots=True, eq=False)
class _Viewer:
    """Somebody who plays a clip."""

    has_left: bool = False


class _Run:
    """The renderer at work on one clip, from a piece on."""

    def __init__(
        self,
        play: Callable[[Control], Generator[bytes, None, None]],
        number: int,
        previewing: Previewing,
    ) -> None:
        self.number = number  # that of the next piece
        self.control = Control(on_check=previewing.control.check)
        self._play = play(self.control)
        self._lock = Lock()
        self._is_new = True

    def make(self, stream: Stream) -> None:
        """Make the next piece; none where the clip has ended, or the run is canceled. Blocks."""
        with self._lock, suppress(Canceled, StopIteration):
            if self._is_new:
                stream.header, self._is_new = next(self._play), False
            stream.pieces[self.number] = next(self._play)
            self.number += 1

    def close(self) -> None:
        """Free what it holds. Blocks until a piece that is being made is given up."""
        with self._lock:
            self._play.close()
