"""The fake pipeline of a machine in a cluster, which the environment of the machine sets up.

A source may say more than its length: `seconds 30 kills` ends the process that listens to it, and
`seconds 30 hangs` is never heard of again. Each stage writes a line to a file that all share.
"""

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from fake_engine import FakeEngine

from klipfast_server.core import config
from klipfast_server.files import s3_calls
from pipeline.core.control import Control
from pipeline.core.data import Clip, Highlight, Options, Shot, Source, Talk, TranscriptChunk, Word
from pipeline.core.errors import DiskFull, ModelUnavailable
from pipeline.framing.views import ClipView

NAMED = "machine_engine:make"
WITNESS = "TEST_WITNESS"  # path of the file
NAME = "TEST_MACHINE"
CHUNK_S = "TEST_CHUNK_S"  # seconds of work for each ten of the source
CLIP_S = "TEST_CLIP_S"  # seconds of work for each clip
FULL_DISK = "TEST_FULL_DISK"  # if set, no stage can write
CALL_S = "TEST_CALL_S"  # seconds after which a call of the bucket hangs
NO_WEIGHTS = "TEST_NO_WEIGHTS"  # path of a file: while it is there, no weights load


class MachineEngine(FakeEngine):
    """Listens chunk by chunk, and tells where it was."""

    def warm(self) -> None:
        """Load nothing, or fail to."""
        if os.environ.get(NO_WEIGHTS) and Path(os.environ[NO_WEIGHTS]).exists():
            raise ModelUnavailable("The weights of the recognizer cannot be downloaded.")
        super().warm()

    def listen(
        self,
        source: Source,
        *,
        options: Options,
        work_dir: Path,
        control: Control,
    ) -> Talk:
        """Listen to ten seconds at a time, behind what was heard before."""
        _write()
        said = source.path.read_text()
        known = {chunk.first for chunk in control.resume_from}
        for first in range(int(float(said.split()[1])) // 10):
            if first in known:
                continue
            self._spend("transcribe", float(os.environ.get(CHUNK_S, "0")), control)
            if first == 1 and "kills" in said:
                os.kill(os.getpid(), signal.SIGKILL)
            while first == 1 and "hangs" in said:
                time.sleep(1.0)
            _testify(f"heard {first}")
            word = Word(text=f"Word{first}.", start_s=first, end_s=first + 1, probability=0.9)
            control.on_chunk(
                TranscriptChunk(key="fake", first=first, windows=1, language="en", words=(word,))
            )
        return super().listen(source, options=options, work_dir=work_dir, control=control)

    def make_clip(
        self,
        talk: Talk,
        highlight: Highlight,
        *,
        options: Options,
        stem: Path,
        control: Control,
        known: Sequence[Shot] = (),
        view: ClipView | None = None,
    ) -> Clip:
        """Take the time that the machine takes."""
        _write()
        _testify(f"begins clip {highlight.first_sentence}")
        self._spend("render", float(os.environ.get(CLIP_S, "0")), control)
        made = super().make_clip(
            talk,
            highlight,
            options=options,
            stem=stem,
            control=control,
            known=known,
            view=view,
        )
        _testify(f"made clip {highlight.first_sentence}")
        return made

    def _spend(self, stage: str, seconds: float, control: Control) -> None:
        until = time.monotonic() + seconds
        control.report(stage, 0.0)
        while time.monotonic() < until:
            time.sleep(0.02)
            control.report(stage, 0.5)


def make(_models: config.Models, _llm: config.Llm) -> MachineEngine:
    """Return the engine of this machine."""
    s3_calls.CALL_S = float(os.environ.get(CALL_S, s3_calls.CALL_S))
    return MachineEngine()


def _write() -> None:
    if FULL_DISK in os.environ:
        raise DiskFull


def _testify(what: str) -> None:
    if WITNESS in os.environ:
        with Path(os.environ[WITNESS]).open("a") as file:
            file.write(f"{os.environ.get(NAME, '')} {what}\n")
