"""How far an upload, a job, a download is, on stderr: a bar on a terminal, else a line a stage."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from klipfast_server.client.api_client import JobProgress

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


def described(job: JobProgress) -> str:
    """What is being done, and how many clips are ready while some are rendered."""
    stage = STAGES.get(job.stage or "", job.status)
    return stage + (
        f" ({job.clips} ready)" if job.clips and job.stage in ("look", "render") else ""
    )


def bar(console: Console) -> Progress:
    """One line for one job."""
    return Progress(
        TextColumn("{task.description:26}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TimeElapsedColumn(),
        console=console,
    )


class Display:
    """Says nothing: what --json has."""

    def note(self, text: str) -> None:
        """Say something once."""

    def show(self, what: str, fraction: float) -> None:
        """Say what is being done, and how far it is."""

    def end(self) -> None:
        """What was being done is done: what comes now is its result."""

    def sent(self, fraction: float) -> None:
        """An upload is so far."""
        self.show("uploading", fraction)

    def fetched(self, fraction: float) -> None:
        """Downloads are so far."""
        self.show("downloading", fraction)

    def worked(self, job: JobProgress) -> None:
        """A job is so far."""
        self.show(described(job), job.progress)


class Lines(Display):
    """A line where something new begins: for logs and pipes."""

    def __init__(self) -> None:
        self._last = ""

    def note(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def show(self, what: str, fraction: float) -> None:  # noqa: ARG002 - a line has no bar
        if what != self._last:
            self._last = what
            self.note(what)


class Bar(Display):
    """A bar that moves."""

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
def displayed(*, quiet: bool) -> Iterator[Display]:
    """What suits stderr; nothing at all when `quiet`."""
    if quiet:
        yield Display()
    elif sys.stderr.isatty():
        with bar(Console(stderr=True)) as progress:
            yield Bar(progress)
    else:
        yield Lines()
