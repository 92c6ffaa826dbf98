"""Every setting that the documentation shows exists: in blocks of TOML and as a variable."""

import re
import tomllib

import documented_commands as documented
import pytest

from klipfast_server.core import setting_names
from klipfast_server.core.config import Config

VARIABLE = re.compile(r"\bKLIPFAST_[A-Z_]*[A-Z]\b")
OF_CHECKS = {"KLIPFAST_ORDERS"}  # of a command of the tests


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
