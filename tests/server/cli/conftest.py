"""What the tests of klipfast share."""

from pathlib import Path

import pytest
from caller import Caller
from operator_command import Call, Done, called, environment


@pytest.fixture
def klipfast(ada: Caller, tmp_path: Path) -> Call:
    """Calls the command with Ada's key, in a folder of the test's own."""

    async def call(*words: str) -> Done:
        return await called(*words, cwd=tmp_path, environ=environment(ada))

    return call


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """A talk of two clips."""
    path = tmp_path / "talk.mp4"
    path.write_text("seconds 20")
    return path
