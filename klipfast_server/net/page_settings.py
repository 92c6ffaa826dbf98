"""Checks and reads what the settings name for web pages: a JavaScript runtime, a cookies file."""

import importlib.util
import os
import stat
from pathlib import Path

import structlog

from klipfast_server.core.config import Sources
from klipfast_server.core.setting_names import ConfigError
from klipfast_server.net.guarded_client import FetchError

log = structlog.get_logger()

# Deno alone: it runs a site's script without files, programs or network, and so keeps the promise
# that pages lead to public addresses only.
RUNTIME = "deno"
SCRIPTS = "yt_dlp_ejs"  # the package with what yt-dlp runs in it
MAX_COOKIES_BYTES = 1_000_000  # a browser's own file has some 100,000
FIELDS = 7  # fields per line: domain, subdomains, path, secure, expiry, name, value
NOT_SENT = "#HttpOnly_"  # begins a line that is a cookie, not a comment


def check(sources: Sources) -> None:
    """Check the files. Raises ConfigError; warns in the log where others can read the cookies."""
    if sources.js_runtime:
        _check_runtime(Path(sources.js_runtime))
    if not sources.cookies_file:
        return
    path = Path(sources.cookies_file)
    text = _read(path)
    if not text.startswith(("# Netscape HTTP Cookie File", "# HTTP Cookie File")):
        raise ConfigError(
            f"sources.cookies_file: {path} is not in Netscape's format, whose first line is "
            "'# Netscape HTTP Cookie File'."
        )
    for number, line in enumerate(text.splitlines(), start=1):
        is_comment = line.startswith("#") and not line.startswith(NOT_SENT)
        if line.strip() and not is_comment and line.count("\t") != FIELDS - 1:
            raise ConfigError(  # without the line, which may be a secret
                f"sources.cookies_file: line {number} of {path} has not {FIELDS} fields with tabs "
                "between them."
            )
    if path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        log.warning("cookies can be read by others", path=str(path), remedy="chmod 600")


def cookies(sources: Sources) -> str:
    """Return the text of the cookies file; "" without one. Raises FetchError."""
    if not sources.cookies_file:
        return ""
    try:
        return _read(Path(sources.cookies_file))
    except ConfigError as error:
        log.error("cookies not readable", error=str(error))
        raise FetchError("The cookies for web pages cannot be read on this server.") from error


def _check_runtime(path: Path) -> None:
    if not path.is_absolute() or path.name != RUNTIME:
        raise ConfigError(
            f"sources.js_runtime: expected the absolute path of Deno, such as /usr/bin/{RUNTIME}, "
            f"and not {path}."
        )
    if not path.is_file() or not os.access(path, os.X_OK):
        raise ConfigError(f"sources.js_runtime: there is no program {path}.")
    if importlib.util.find_spec(SCRIPTS) is None:
        log.warning("scripts for the runtime are missing", remedy="pip install yt-dlp-ejs")


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(MAX_COOKIES_BYTES + 1)
    except UnicodeDecodeError as error:
        raise ConfigError(f"sources.cookies_file: {path} is not a text.") from error
    except OSError as error:
        raise ConfigError(
            f"sources.cookies_file: {path} cannot be read ({error.strerror})."
        ) from error
    if len(text) > MAX_COOKIES_BYTES:
        raise ConfigError(f"sources.cookies_file: {path} is larger than any cookies file.")
    return text
