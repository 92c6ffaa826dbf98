"""Run as a program of its own: gets the video of one web page by yt-dlp, and may do nothing else.

An audit hook, which cannot be taken off, sees every socket before it connects and every program
before it is started, so redirects, fragments and whatever else a page names lead to public
addresses only, and nothing is run. It guards against pages, not against a hostile yt-dlp.

Reads one JSON object from stdin: {url, path, max_bytes, min_free_bytes, idle_s, allow_private}.
Writes lines of JSON: {"fraction": 0.5} as it goes, {"error": sentence} where it fails. It ends
when stdin does, so it never outlives its parent.
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

STARTS = ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "os.fork", "os.forkpty")
SLACK = 16 << 20  # bytes that may be written beyond the limit, so that _Watch can say why
DATAGRAMS = ("socket.bind", "socket.sendto", "socket.sendmsg")
TOLD_S = 0.5  # seconds between two lines of progress
NOTHING = "No video could be found in the web page."


class Refused(OSError):
    """What the page leads to is not allowed; an OSError, so that the next address is tried."""


class Stop(Exception):
    """It is not worth going on; the text is for the person who sent the URL."""


def main() -> int:
    """0 with the file at `path`, or 1 with an error line."""
    sys.path.insert(0, sys.argv[1])
    job = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    largest = job["max_bytes"] + SLACK
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    sys.modules["curl_cffi"] = None  # type: ignore[assignment]  # its sockets would not be seen
    import yt_dlp  # noqa: PLC0415  (before the hook: it looks for programs when it is imported)

    refused: list[str] = []
    guard(allow_private=job["allow_private"], refused=refused)
    error = fetch(yt_dlp, job, refused)
    if error is not None:
        _tell(error=error)
    return 0 if error is None else 1


def guard(*, allow_private: bool, refused: list[str]) -> None:
    """From here on: public addresses only, noted in `refused` otherwise, and no other program."""
    from klipfast_server.net.addresses import is_public  # noqa: PLC0415

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect" and not allow_private:
            address = arguments[1]
            host = str(address[0]) if isinstance(address, tuple) and address else "a local socket"
            if not is_public(host):
                refused.append(host)
                raise Refused(f"{host} is not a public address")
        elif event in DATAGRAMS and not allow_private:
            host = str(arguments[1][0]) if isinstance(arguments[1], tuple) else ""
            if host != "0.0.0.0" and not is_public(host):  # noqa: S104 (what it binds to call out)
                raise Refused(f"{host} is not a public address")
        elif event in STARTS:
            raise Refused(f"{event} is not allowed")

    sys.addaudithook(watch)


def fetch(yt_dlp: Any, job: dict[str, Any], refused: list[str]) -> str | None:
    """Why there is no file; None: there is."""
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
    return None if path.is_file() and path.stat().st_size > 0 else NOTHING


def _options(yt_dlp: Any, job: dict[str, Any]) -> dict[str, Any]:
    return {
        "outtmpl": {"default": job["path"].replace("%", "%%")},
        "format": "b",  # sound and picture in one file: to join two, a program would be needed
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
    """yt-dlp's own words go nowhere: stdout is for ours."""

    def debug(self, _text: str) -> None:
        """Nothing."""

    info = warning = error = debug


class _Watch:
    """Sees each piece that was written."""

    def __init__(self, job: dict[str, Any]) -> None:
        self._job = job
        self._looked_at = 0.0

    def __call__(self, state: dict[str, Any]) -> None:
        """Raises Stop."""
        have, now = state.get("downloaded_bytes") or 0, time.monotonic()
        if max(have, state.get("total_bytes") or 0) > self._job["max_bytes"]:
            raise Stop(f"The source is larger than the {self._job['max_bytes']:,} bytes allowed.")
        if now - self._looked_at < TOLD_S:
            return
        self._looked_at = now
        if shutil.disk_usage(Path(self._job["path"]).parent).free < self._job["min_free_bytes"]:
            raise Stop("The server has no disk space left for the source; try again later.")
        length = state.get("total_bytes") or state.get("total_bytes_estimate")
        if length:
            _tell(fraction=min(1.0, have / length))


def _sentence(yt_dlp: Any, error: Exception) -> str:
    """What yt-dlp expects users to see, or a sentence of our own."""
    cause = (getattr(error, "exc_info", None) or (None, error))[1]
    if isinstance(cause, yt_dlp.utils.UnsupportedError):
        return NOTHING
    if isinstance(cause, yt_dlp.utils.ExtractorError) and cause.expected:
        told = "".join(letter for letter in cause.orig_msg if letter.isprintable())
        return f"The web page gives no video: {told[:200].rstrip('. ')}."
    return "The video in the web page could not be fetched."


def _tell(**line: object) -> None:
    print(json.dumps(line), flush=True)


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
