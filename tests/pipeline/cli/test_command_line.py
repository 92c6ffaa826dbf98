"""The command line tells users what they can mend, and hides no error of the program."""

import numpy as np
import pytest

from pipeline.cli import actions
from pipeline.cli import commands as command_line


def test_what_the_user_can_mend_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["write", "a.json", "b.json", "-o", "texts"]) == 1
    assert capsys.readouterr().err == "error: -o takes the texts of one transcript\n"


def test_an_option_that_is_gone_names_its_successor(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command_line.main(["clips", "a.mp4", "-o", "clips", "--captions-layer"])
    assert "use --clean-video" in capsys.readouterr().err


def test_an_error_of_the_program_is_not_told_as_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(actions.ACTIONS, "write", lambda *_: int(np.dot([1, 2], [1, 2, 3])))
    with pytest.raises(ValueError, match="not aligned"):
        command_line.main(["write", "a.json"])
