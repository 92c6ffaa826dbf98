"""Looks at clips and draws pictures of them in shared threads.

What had to be looked at anew is kept for the next pictures: whoever edits a clip asks for one after
another.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import TypeVar

from klipfast_server.core.engine import Engine
from klipfast_server.core.errors import Unprocessable
from klipfast_server.core.turns import SharedThreads
from pipeline.core.brand import Brand
from pipeline.core.control import Control
from pipeline.core.data import Highlight, Options, Shot, Talk
from pipeline.core.errors import SourceError
from pipeline.framing.views import ClipView

Result = TypeVar("Result")

KEPT = 64  # looks, of some 100 kB each


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A clip as it would be rendered: the one highlight of its talk."""

    account_id: str
    clip_id: str
    job_id: str  # the job that transcribed the talk
    talk: Talk  # whose source is on this disk
    options: Options
    known: tuple[Shot, ...]  # what was seen in the clip before
    brand: Brand | None = None  # that of the options, whose files may be elsewhere by now

    @property
    def highlight(self) -> Highlight:
        """The span of the clip."""
        return self.talk.highlights[0]


class Previewing:
    """The threads that look and draw."""

    def __init__(self, engine: Engine, threads: SharedThreads) -> None:
        self.control = Control()  # shared by all previews
        self._engine = engine
        self._threads = threads
        self._looks: OrderedDict[object, tuple[Shot, ...]] = OrderedDict()
        self._lock = Lock()  # guards the looks

    async def look(self, edited: Edited) -> ClipView:
        """Return what is seen in a clip, once it is the account's turn. Raises Unprocessable."""
        return await self._in_turn(edited.account_id, partial(self._look, edited))

    async def draw(self, edited: Edited, at_s: float, width: int) -> bytes:
        """Return a JPEG of a clip, once it is the account's turn. Raises Unprocessable."""
        return await self._in_turn(edited.account_id, partial(self._draw, edited, at_s, width))

    async def take(self, account_id: str, take: Callable[[Control], Result]) -> Result:
        """Return what `take` returns, once it is the account's turn. Raises Unprocessable."""
        return await self._in_turn(account_id, partial(take, self.control))

    async def _in_turn(self, account_id: str, work: Callable[[], Result]) -> Result:
        try:
            return await self._threads.run(account_id, work)
        except SourceError as error:
            raise Unprocessable(str(error), reason=error.reason) from error
        except FileNotFoundError:
            raise Unprocessable("The source was just deleted.", reason="source_gone") from None

    def _look(self, edited: Edited) -> ClipView:
        """Look at a clip, of which as much as possible is known already."""
        highlight = edited.highlight
        place = edited.job_id, highlight.start_s, highlight.end_s, edited.options.mode
        with self._lock:
            known = self._looks.get(place, edited.known)
        view = self._engine.look_at(
            edited.talk, highlight, options=edited.options, control=self.control, known=known
        )
        with self._lock:
            self._looks[place] = view.looked
            self._looks.move_to_end(place)
            while len(self._looks) > KEPT:
                self._looks.popitem(last=False)
        return view

    def _draw(self, edited: Edited, at_s: float, width: int) -> bytes:
        return self._engine.preview(
            edited.talk,
            edited.highlight,
            self._look(edited),
            options=edited.options,
            at_s=at_s,
            width=width,
            control=self.control,
        )
