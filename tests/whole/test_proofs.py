"""`make prove` runs the proofs of a table, each to its end or its limit, and keeps the results."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from documented_commands import TARGETS
from project_paths import ROOT

PATIENCE_S = 60.0
MAKEFILE = r"""
good:
	@echo "SKIPPED [2] tests/a.py:3: no card here"
	@echo "===== 1,5 =====" && echo "===== 3 passed, 2 skipped in 0.10s ====="
	@echo "4 passed in 1.00s"
	@echo "all                    7      6      1      0      0  3 s"
bad:
	@echo "FAILED tests/a.py::test_b - assert 1 == 2"
	@echo "1 failed, 2 passed in 0.20s" && exit 1
	@echo nothing
endless waiting:
	@sleep 600 & echo $$! > sleeper; touch begun; wait
absent elsewhere:
	@touch $@; echo "error: the index has no data"; exit 2
skipping:
	@echo "SKIPPED [9] tests/b.py: no browser" && echo "9 skipped in 0.10s"
"""
TABLE = """
[needs]
"a card" = "exit 1"

[proofs]
good = { proves = "It works.", limit_s = 600, needs = ["sh"] }
bad = { proves = "It does not.", limit_s = 600 }
endless = { proves = "It ends.", limit_s = 2 }
waiting = { proves = "It is interrupted.", limit_s = 600 }
absent = { proves = "A card computes.", limit_s = 600, needs = ["sh", "a card", "no-such-program"] }
elsewhere = { proves = "The index knows.", limit_s = 600, cannot = "no data" }
skipping = { proves = "A browser shows.", limit_s = 600 }
"""


class Project:
    """A folder with a Makefile, a table of proofs and a commit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "tools").mkdir()
        (folder / "tools" / "proofs.toml").write_text(TABLE)
        (folder / "Makefile").write_text(MAKEFILE)
        self.git("init", "--quiet")
        self.commit()

    def git(self, *words: str) -> str:
        person = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        command = ["git", *person, *words]
        return subprocess.check_output(command, cwd=self.folder, text=True).strip()

    def commit(self) -> None:
        self.git("add", "tools", "Makefile")
        self.git("commit", "--quiet", "--allow-empty", "--message=x")

    def start(self, *names: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "tools.prove", *names],
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def prove(self, *names: str, code: int) -> str:
        process = self.start(*names)
        out, _ = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == code, out
        return out

    def results(self) -> dict[str, Any]:
        path = self.folder / "bench" / "results" / "proofs.json"
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found

    def page(self) -> str:
        return (self.folder / "docs" / "proofs.md").read_text(encoding="utf-8")

    def sleeper_has_ended(self) -> bool:
        """Whether the process that the endless proof leaves behind is gone, or a zombie."""
        shown = ["ps", "-o", "stat=", "-p", (self.folder / "sleeper").read_text().strip()]
        state = subprocess.run(shown, capture_output=True, text=True, check=False).stdout.strip()
        return not state or state.startswith("Z")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


# stays fast: most of its four seconds are the endless proof's limit
def test_each_proof_ends_as_it_should_and_stops_no_other(project: Project) -> None:
    project.prove("good", "bad", "endless", "absent", "elsewhere", "skipping", code=1)
    found = project.results()
    assert {name: result["ended"] for name, result in found.items()} == {
        "good": "passed",
        "bad": "failed",
        "endless": "over its limit",
        "absent": "cannot run here",
        "elsewhere": "cannot run here",
        "skipping": "cannot run here",
    }
    good, bad = found["good"], found["bad"]
    assert (good["passed"], good["failed"]) == (13, 1)
    assert good["skipped"] == {"no card here": 2}
    assert (bad["passed"], bad["failed"]) == (2, 1)
    assert bad["why"] == ["FAILED tests/a.py::test_b - assert 1 == 2"]
    assert found["absent"]["why"] == ["needs a card, no-such-program"]
    assert not (project.folder / "absent").exists()  # it was not tried
    assert found["elsewhere"]["why"] == ["error: the index has no data"]
    assert found["skipping"]["why"] == ["no browser"]
    assert "4 passed" in (project.folder / "build/proofs/good.log").read_text()
    assert project.sleeper_has_ended()
    for result in found.values():
        assert result["commit"] == project.git("rev-parse", "--short", "HEAD")
        assert result["processor"]
        assert result["cores"] >= 1


def test_the_page_says_what_is_proven_when_and_where(project: Project) -> None:
    project.prove("good", "bad", "absent", code=1)
    result, page = project.results()["good"], project.page()
    [title] = re.findall(r"^## (.+, \d+ cores.*)$", page, re.MULTILINE)
    where = (result["date"][:10], result["commit"], result["processor"])
    assert title.startswith(", ".join(where))
    assert "| `good` | It works. | 1 failed, 13 passed, 2 skipped |" in page
    assert "| `bad` | It does not. | **failed: 1 failed, 2 passed** |" in page
    assert (
        "| `absent` | A card computes. | cannot run here: needs a card, no-such-program |" in page
    )
    assert "| `waiting` | It is interrupted. |" in page.partition("## Not run yet")[2]


def test_some_proofs_leave_the_results_of_others_as_they_are(project: Project) -> None:
    project.prove("good", "absent", code=0)
    before = project.results()
    project.commit()
    (project.folder / "Makefile").write_text(MAKEFILE.replace("4 passed", "5 passed"))
    project.prove("good", code=0)
    after = project.results()
    assert after["absent"] == before["absent"]
    assert after["good"]["passed"] == 14
    head = project.git("rev-parse", "--short", "HEAD")
    assert after["good"]["commit"] == f"{head} with changes"
    assert before["good"]["commit"] != head
    assert project.page().count(" cores") == 2  # a table for each commit


def test_an_interrupt_ends_the_proof_that_runs_and_keeps_the_others(project: Project) -> None:
    process = project.start("bad", "waiting", "elsewhere")
    deadline = time.monotonic() + PATIENCE_S
    while not (project.folder / "begun").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert "stopped" in out
    assert list(project.results()) == ["bad"]
    assert project.sleeper_has_ended()


def test_an_unknown_proof_is_refused(project: Project) -> None:
    assert "no proof nonsense; there are good, bad" in project.prove("nonsense", code=1)


def test_every_target_that_proves_something_is_in_the_table() -> None:
    listed = tomllib.loads((ROOT / "tools" / "proofs.toml").read_text(encoding="utf-8"))
    assert {name for name in TARGETS if name.startswith("test-")} <= set(listed["proofs"])
    assert set(listed["proofs"]) <= TARGETS
    for proof in listed["proofs"].values():
        assert proof["proves"].endswith(".")
        for need in proof.get("needs", ()):
            assert " " not in need or need in listed["needs"]
