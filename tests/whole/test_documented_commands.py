"""Every command and every setting that the documentation shows exists."""

import re
import tomllib

import documented_commands as documented
import pytest

from klipfast_server.core import setting_names
from klipfast_server.core.config import Config

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


def test_what_does_not_exist_is_found() -> None:
    for command, why in (
        ("klipfast submitt talk.mp4", "submitt"),
        ("klipfast clips talk.mp4 -o clips/ --no-such", "--no-such"),
        ("docker compose exec klipfast klipfast-server keys make", "make"),
        ("sudo reboot", "sudo"),
        ("make demoo", "demoo"),
        ("python -m bench.nothing", "bench.nothing"),
        ("python -m pytest tests/nothing", "tests/nothing"),
        ("pip install 'klipfast[nothing]'", "nothing"),
        ("KLIPFAST_PORT=9000 klipfast-server \\\n  start && make demo", "start"),
    ):
        [line] = documented.lines(command, page="planted.md", first=1)
        [fault] = filter(None, map(documented.fault, line.parts))
        assert why in fault
    for text in ("klipfast-server accounts forget", "klipfast texts --no-such", "tests/no/such.py"):
        assert text.split()[-1] in (documented.mention_fault(text) or "")


VARIABLE = re.compile(r"\bKLIPFAST_[A-Z_]*[A-Z]\b")
OF_CHECKS = {"KLIPFAST_ORDERS"}  # read by the tests alone


def test_every_block_of_settings_has_settings_that_exist() -> None:
    shown = 0
    for place, language, content in documented.blocks():
        if language == "toml":
            setting_names.check(tomllib.loads(content), Config, place)
            shown += 1
    assert shown > 5


def test_every_variable_exists() -> None:
    named = {
        name: page.name
        for page in documented.PAGES
        for name in VARIABLE.findall(page.read_text(encoding="utf-8"))
        if name not in OF_CHECKS
    }
    assert len(named) > 5
    for name, page in named.items():
        try:
            list(setting_names.from_environment({name: ""}, Config))
        except setting_names.ConfigError as error:
            pytest.fail(f"{page}: {error}")
