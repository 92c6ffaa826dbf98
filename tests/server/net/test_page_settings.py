"""What the settings name for web pages is checked before the server starts."""

from pathlib import Path

import msgspec
import pytest
from project_paths import ROOT
from structlog.testing import capture_logs

from klipfast_server.core.config import Sources, load
from klipfast_server.core.setting_names import ConfigError
from klipfast_server.net import page_settings

COOKIES = "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\tsecret-of-ada\n"


@pytest.fixture
def sources() -> Sources:
    """As shipped."""
    return load(ROOT / "config.toml", {}).sources


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[{"domain": "127.0.0.1"}]', "Netscape"),
        (COOKIES + "127.0.0.1 FALSE / FALSE 0 session secret-of-ada", "line 3 .* 7 fields"),
        ("# Netscape HTTP Cookie File\n" + "x" * 1_000_001, "larger"),
        (None, "cannot be read"),
    ],
)
def test_a_cookies_file_that_is_none_is_told_at_the_start_without_its_secrets(
    sources: Sources, tmp_path: Path, text: str | None, told: str
) -> None:
    file = tmp_path / "cookies.txt"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ConfigError, match=told) as raised:
        page_settings.check(msgspec.structs.replace(sources, cookies_file=str(file)))
    assert "sources.cookies_file" in str(raised.value)
    assert "secret-of-ada" not in str(raised.value)


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o640, True), (0o604, True)])
def test_cookies_that_others_can_read_are_warned_about(
    sources: Sources, tmp_path: Path, mode: int, warned: bool
) -> None:
    file = tmp_path / "cookies.txt"
    file.write_text(COOKIES)
    file.chmod(mode)
    with capture_logs() as logged:
        page_settings.check(msgspec.structs.replace(sources, cookies_file=str(file)))
    assert bool(logged) is warned
    assert "secret-of-ada" not in str(logged)


@pytest.mark.parametrize("path", ["deno", "/usr/bin/true", "/nowhere/deno"])
def test_a_runtime_that_cannot_be_it_is_told_at_the_start(sources: Sources, path: str) -> None:
    with pytest.raises(ConfigError, match=r"sources\.js_runtime"):
        page_settings.check(msgspec.structs.replace(sources, js_runtime=path))
