"""Shows the progress of uploads, jobs and downloads on stderr: a bar, or a line per stage."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

from klipfast_client import ProgressEvent
from pipeline.core.timecode import format_clock

STAGES = {
    "fetch": "fetching",
    "probe": "probing the file",
    "audio": "decoding audio",
    "speech": "detecting speech",
    "transcribe": "transcribing",
    "voices": "labeling speakers",
    "highlights": "choosing highlights",
    "look": "detecting faces",
    "render": "rendering",
    "write": "writing texts",
}


def describe(job: ProgressEvent) -> str:
    """Return the current stage, and the number of ready clips during rendering."""
    stage = STAGES.get(job.stage or "", job.status)
    return stage + (
        f" ({job.clips} ready)" if job.clips and job.stage in ("look", "render") else ""
    )


class Elapsed(ProgressColumn):
    """The time since the start. rich's own column stops at 100 %, where an upload ends."""

    def render(self, task: Task) -> Text:
        """Return it as 1:05 or 1:02:05."""
        return Text(format_clock(task.elapsed or 0.0))


def bar(console: Console) -> Progress:
    """Create the progress bar of one job."""
    return Progress(
        TextColumn("{task.description:26}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        Elapsed(),
        console=console,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """Shows what happens; without --json and a terminal, or in a pipe, each in its own way."""

    note: Callable[[str], None]  # prints a message once
    show: Callable[[str, float], None]  # the current stage and its progress, 0..1
    end: Callable[[], None] = lambda: None  # called before the result is printed

    def sent(self, fraction: float) -> None:
        """Show the progress of an upload."""
        self.show("uploading", fraction)

    def fetched(self, fraction: float) -> None:
        """Show the progress of the downloads."""
        self.show("downloading", fraction)

    def worked(self, job: ProgressEvent) -> None:
        """Show the progress of a job."""
        self.show(describe(job), job.progress)


@contextmanager
def open_display(*, quiet: bool) -> Iterator[Display]:
    """Yield what shows a bar on a terminal, else a line per stage; with `quiet` nothing."""
    if quiet:
        yield Display(note=lambda _text: None, show=lambda _stage, _fraction: None)
    elif sys.stderr.isatty():
        with bar(Console(stderr=True)) as progress:
            task = progress.add_task("waiting", total=1.0)
            yield Display(
                note=partial(progress.console.print, highlight=False, markup=False, soft_wrap=True),
                show=lambda stage, fraction: progress.update(
                    task, description=stage, completed=fraction
                ),
                end=progress.stop,
            )
    else:
        yield Display(note=_print, show=_lines())


def _print(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _lines() -> Callable[[str, float], None]:
    """Return what prints a line at the start of each stage, for logs and pipes."""
    last = ""

    def show(stage: str, _fraction: float) -> None:
        nonlocal last
        if stage != last:
            last = stage
            _print(stage)

    return show
