"""A separate program that fetches the video of one web page with yt-dlp, and nothing else.

An audit hook, which cannot be removed, sees every socket before it connects and every program
before it starts, so redirects, fragments and all other URLs on a page lead only to public
addresses, and no program runs. The hook protects against pages, not against a malicious yt-dlp.

Reads one JSON object from stdin: {url, path, max_bytes, min_free_bytes, idle_s, allow_private}.
Writes lines of JSON: {"fraction": 0.5} during the download, {"error": sentence} on failure. It ends
when stdin closes, so it never outlives its parent.
"""

import json
import os
import resource
import shutil
import sys
import threading
import time
from pathlib import Path
from typing import Any

PROCESS_EVENTS = (
    "subprocess.Popen",
    "os.exec",
    "os.posix_spawn",
    "os.system",
    "os.fork",
    "os.forkpty",
)
WRITE_SLACK_BYTES = 16 << 20  # beyond the limit, so that _Watch can report the reason
DATAGRAM_EVENTS = ("socket.bind", "socket.sendto", "socket.sendmsg")
PROGRESS_INTERVAL_S = 0.5  # between two lines of progress
NO_VIDEO = "No video could be found in the web page."


class Refused(OSError):
    """An address is not allowed; an OSError, so that the next address is tried."""


class Stop(Exception):
    """The download is not worth continuing; the text is for the person who submitted the URL."""


def main() -> int:
    """Return 0 with the file at `path`, or 1 with an error line."""
    sys.path.insert(0, sys.argv[1])
    job = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    largest = job["max_bytes"] + WRITE_SLACK_BYTES
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    sys.modules["curl_cffi"] = None  # type: ignore[assignment]  # the hook misses its sockets
    import yt_dlp  # noqa: PLC0415  (before the hook: it looks for programs on import)

    refused: list[str] = []
    guard(allow_private=job["allow_private"], refused=refused)
    error = fetch(yt_dlp, job, refused)
    if error is not None:
        _print_line(error=error)
    return 0 if error is None else 1


def guard(*, allow_private: bool, refused: list[str]) -> None:
    """Install the hook: only public addresses, others are added to `refused`; no programs."""
    from klipfast_server.net.addresses import is_public  # noqa: PLC0415

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect" and not allow_private:
            address = arguments[1]
            host = str(address[0]) if isinstance(address, tuple) and address else "a local socket"
            if not is_public(host):
                refused.append(host)
                raise Refused(f"{host} is not a public address")
        elif event in DATAGRAM_EVENTS and not allow_private:
            host = str(arguments[1][0]) if isinstance(arguments[1], tuple) else ""
            if host != "0.0.0.0" and not is_public(host):  # noqa: S104 (bound for outgoing calls)
                raise Refused(f"{host} is not a public address")
        elif event in PROCESS_EVENTS:
            raise Refused(f"{event} is not allowed")

    sys.addaudithook(watch)


def fetch(yt_dlp: Any, job: dict[str, Any], refused: list[str]) -> str | None:
    """Fetch the video; return an error, or None on success."""
    try:
        with yt_dlp.YoutubeDL(_options(yt_dlp, job)) as page:
            page.download([job["url"]])
    except Stop as stop:
        return str(stop)
    except Exception as error:
        if refused:
            return f"The web page leads to {refused[-1]}, which is not a public address."
        return _sentence(yt_dlp, error)
    path = Path(job["path"])
    return None if path.is_file() and path.stat().st_size > 0 else NO_VIDEO


def _options(yt_dlp: Any, job: dict[str, Any]) -> dict[str, Any]:
    return {
        "outtmpl": {"default": job["path"].replace("%", "%%")},
        "format": "b",  # sound and picture in one file: joining two would need a program
        "noplaylist": True,
        "playlist_items": "1",
        "match_filter": yt_dlp.utils.match_filter_func("!is_live"),
        "progress_hooks": [_Watch(job)],
        "socket_timeout": job["idle_s"],
        "source_address": "0.0.0.0",  # noqa: S104 (IPv4 only, as everywhere here)
        "proxy": "",
        "retries": 3,
        "fragment_retries": 3,
        "skip_unavailable_fragments": False,
        "hls_prefer_native": True,
        "fixup": "never",
        "nopart": True,
        "overwrites": True,
        "cachedir": False,
        "js_runtimes": {},
        "quiet": True,
        "no_warnings": True,
        "noprogress": True,
        "logger": _Silent(),
    }


class _Silent:
    """Discards yt-dlp's messages: stdout is for JSON lines."""

    def debug(self, _text: str) -> None:
        """Do nothing."""

    info = warning = error = debug


class _Watch:
    """Checks limits and reports progress after each piece."""

    def __init__(self, job: dict[str, Any]) -> None:
        self._job = job
        self._looked_at = 0.0

    def __call__(self, state: dict[str, Any]) -> None:
        """Raises Stop."""
        have, now = state.get("downloaded_bytes") or 0, time.monotonic()
        if max(have, state.get("total_bytes") or 0) > self._job["max_bytes"]:
            raise Stop(f"The source is larger than the {self._job['max_bytes']:,} bytes allowed.")
        if now - self._looked_at < PROGRESS_INTERVAL_S:
            return
        self._looked_at = now
        if shutil.disk_usage(Path(self._job["path"]).parent).free < self._job["min_free_bytes"]:
            raise Stop("The server has no disk space left for the source; try again later.")
        length = state.get("total_bytes") or state.get("total_bytes_estimate")
        if length:
            _print_line(fraction=min(1.0, have / length))


def _sentence(yt_dlp: Any, error: Exception) -> str:
    """Return yt-dlp's message for users, or a sentence of our own."""
    cause = (getattr(error, "exc_info", None) or (None, error))[1]
    if isinstance(cause, yt_dlp.utils.UnsupportedError):
        return NO_VIDEO
    if isinstance(cause, yt_dlp.utils.ExtractorError) and cause.expected:
        message = "".join(letter for letter in cause.orig_msg if letter.isprintable())
        return f"The web page gives no video: {message[:200].rstrip('. ')}."
    return "The video in the web page could not be fetched."


def _print_line(**line: object) -> None:
    print(json.dumps(line), flush=True)


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
