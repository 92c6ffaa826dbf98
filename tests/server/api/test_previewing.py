"""What was looked at for pictures is kept, whatever other threads look at meanwhile."""

import asyncio
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fake_engine import FakeEngine

from klipfast_server.api.pictures import previewing
from klipfast_server.api.pictures.previewing import Edited, Previewing
from klipfast_server.core.turns import shared
from pipeline.core.control import Control
from pipeline.core.data import Options, Talk

LOOKS = 40


class Slow(OrderedDict[object, object]):
    """Lets other threads run once something was added."""

    def __setitem__(self, key: object, value: object) -> None:
        super().__setitem__(key, value)
        time.sleep(0.001)


@pytest.fixture
def talk(tmp_path: Path) -> Talk:
    """A talk with one highlight."""
    file = tmp_path / "source"
    file.write_text("seconds 10")
    engine = FakeEngine()
    source = engine.probe(file, max_duration_s=None)
    return engine.listen(source, options=Options(), work_dir=tmp_path, control=Control())


async def test_looks_of_two_threads_do_not_disturb_each_other(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previewing, "KEPT", 1)  # each look displaces another thread's
    monkeypatch.setattr(previewing, "OrderedDict", Slow)
    engine = FakeEngine()
    with shared(ThreadPoolExecutor(4)) as threads:
        previews = Previewing(engine, threads)
        looks = (
            previews.look(
                Edited(
                    account_id=f"account {number % 4}",
                    clip_id=f"clip {number}",
                    job_id=f"job {number}",
                    talk=talk,
                    options=Options(),
                    known=(),
                )
            )
            for number in range(LOOKS)
        )
        assert len(await asyncio.gather(*looks)) == LOOKS
