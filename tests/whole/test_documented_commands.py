"""Every command of the documentation exists: its program, subcommand, options, target and files."""

import documented_commands as documented
import pytest

PROGRAMS = (*documented.OWN, *documented.FOREIGN, "make", "python")


def test_no_command_stands_where_none_is_looked_for() -> None:
    hidden = [
        f"{place}: {line}"
        for place, language, content in documented.blocks()
        if language in (None, "text", "ini", "http")
        for line in content.splitlines()
        if line.split(" ")[0] in PROGRAMS and " " in line
    ]
    assert hidden == []


def test_every_typed_command_exists() -> None:
    typed = list(documented.typed())
    assert len(typed) > 50
    faults = [
        f"{line.place}: {' '.join(words)}: {fault}"
        for line in typed
        for words in line.parts
        if (fault := documented.fault(words))
    ]
    assert faults == []


def test_every_command_and_every_path_in_a_sentence_exists() -> None:
    said = list(documented.in_sentences())
    assert len(said) > 1000
    faults = [
        f"{place}: {text}: {fault}"
        for place, text in said
        if (fault := documented.mention_fault(text))
    ]
    assert faults == []


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("klipfast submitt talk.mp4", "submitt"),
        ("klipfast clips talk.mp4 -o clips/ --no-such", "--no-such"),
        ("klipfast-server keys create --acount me", "required: --account"),
        ("docker compose exec klipfast klipfast-server keys make", "make"),
        ("sudo reboot", "sudo"),
        ("make demoo", "demoo"),
        ("python -m bench.nothing", "bench.nothing"),
        ("python -m pytest tests/nothing", "tests/nothing"),
        ("pip install 'klipfast[nothing]'", "nothing"),
        ("install -m 644 deploy/nothing.service /etc/systemd/system/", "deploy/nothing.service"),
        ("make demo && klipfast nothing", "nothing"),
        ("KLIPFAST_PORT=9000 klipfast-server \\\n  start", "start"),
    ],
)
def test_a_command_that_does_not_exist_is_found(command: str, why: str) -> None:
    [line] = documented.lines(command, page="planted.md", first=1)
    [fault] = filter(None, map(documented.fault, line.parts))
    assert why in fault


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("klipfast submitt", "submitt"),
        ("klipfast-server accounts forget NAME", "forget"),
        ("klipfast texts JOB --no-such", "--no-such"),
        ("make demoo VIDEO=talk.mp4", "demoo"),
        ("python -m bench.nothing", "bench.nothing"),
        ("pipeline/core/nothing.py", "pipeline/core/nothing.py"),
    ],
)
def test_a_command_in_a_sentence_that_does_not_exist_is_found(text: str, why: str) -> None:
    assert why in (documented.mention_fault(text) or "")
