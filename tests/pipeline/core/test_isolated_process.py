"""One thing after another is tried in a process apart, which may crash, hang or raise."""

import os
import time
from collections.abc import Callable

import pytest

from pipeline.core.errors import Corrupt, Encrypted
from pipeline.core.isolated_process import Bounds, Trials


def opened(content: bytes) -> Callable[[bytes], None]:
    """What does as it is asked, in the process."""

    def attempt(question: bytes) -> None:
        if question == b"crash":
            os.abort()
        if question == b"hang":
            time.sleep(60)
        if question == b"refuse":
            raise Encrypted(content.decode())

    return attempt


def test_each_question_is_answered_whatever_became_of_the_one_before() -> None:
    trials = Trials(opened, b"It is locked.", Bounds(wall_s=1.0))
    trials.ask(b"go on")
    with pytest.raises(Encrypted, match="It is locked"):
        trials.ask(b"refuse")
    for question, told in ((b"crash", "SIGABRT"), (b"hang", "longer than 1 s")):
        with pytest.raises(Corrupt, match=told):
            trials.ask(question)
        trials.ask(b"go on")
