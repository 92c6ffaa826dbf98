"""Shows the progress of uploads, jobs and downloads on stderr: a bar, or a line per stage."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from klipfast_client import ProgressEvent

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


def bar(console: Console) -> Progress:
    """Create the progress bar of one job."""
    return Progress(
        TextColumn("{task.description:26}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TimeElapsedColumn(),
        console=console,
    )


class Display:
    """Shows nothing, as for --json."""

    def note(self, text: str) -> None:
        """Print a message once."""

    def show(self, what: str, fraction: float) -> None:
        """Show the current stage and its progress, 0..1."""

    def end(self) -> None:
        """Stop showing progress, before the result is printed."""

    def sent(self, fraction: float) -> None:
        """Show the progress of an upload."""
        self.show("uploading", fraction)

    def fetched(self, fraction: float) -> None:
        """Show the progress of the downloads."""
        self.show("downloading", fraction)

    def worked(self, job: ProgressEvent) -> None:
        """Show the progress of a job."""
        self.show(describe(job), job.progress)


class Lines(Display):
    """Prints a line at the start of each stage, for logs and pipes."""

    def __init__(self) -> None:
        self._last = ""

    def note(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def show(self, what: str, fraction: float) -> None:  # noqa: ARG002 - a line has no bar
        if what != self._last:
            self._last = what
            self.note(what)


class Bar(Display):
    """Shows a moving bar."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("waiting", total=1.0)

    def note(self, text: str) -> None:
        self._progress.console.print(text, highlight=False, markup=False, soft_wrap=True)

    def show(self, what: str, fraction: float) -> None:
        self._progress.update(self._task, description=what, completed=fraction)

    def end(self) -> None:
        self._progress.stop()


@contextmanager
def open_display(*, quiet: bool) -> Iterator[Display]:
    """Yield the display that suits stderr; with `quiet` it shows nothing."""
    if quiet:
        yield Display()
    elif sys.stderr.isatty():
        with bar(Console(stderr=True)) as progress:
            yield Bar(progress)
    else:
        yield Lines()
