"""A separate program that fetches the video of one web page with yt-dlp, and nothing else.

Redirects, fragments and all other URLs on a page lead only to public addresses, and no program runs
but the JavaScript runtime that the settings name by its path (page_guard.py). Memory and the size
of a page are limited. That protects against pages, not against a malicious yt-dlp.

Picture and sound come as two files where a site has them better apart, and are joined here. Reads
one JSON object from stdin, page_video.Task. Writes lines of JSON: {"title": text} once the page is
read, {"fraction": 0.5} during the download, {"error": sentence} on failure. It ends when stdin
closes, so it never outlives its parent.
"""

import http.client
import io
import json
import os
import re
import resource
import shutil
import sys
import threading
import time
import zlib
from pathlib import Path
from typing import Any

# Writable, and for Deno as much again: it takes 725 MB for a script as large as YouTube's, and
# reserves 50 GB of addresses. This process has a whole fragment of a video in memory.
MEMORY_BYTES = 2 << 30
# Inflated. The playlist of 12 hours in short fragments has about 7 MB; what yt-dlp makes of a page
# may take 60 times its size in memory.
PAGE_BYTES = 10_000_000
WRITE_SLACK_BYTES = 16 << 20  # beyond the limit, so that _Watch can report the reason
PROGRESS_INTERVAL_S = 0.5  # interval between two lines of progress
PAGE_TOO_LARGE = (
    f"The web page is larger than the {PAGE_BYTES // 1_000_000} MB that are read of one."
)
NO_MEMORY = "The web page takes more memory than it may have."
NO_SPACE = "The server has no disk space left for the source; try again later."
PICTURE_SHARE = 0.9  # picture's share of the progress, if picture and sound come in separate files
MAX_HEARD, MAX_HEARD_CHARS = 5, 500  # limits on yt-dlp's messages, for the log
NO_VIDEO = "No video could be found in the web page."
LIVE = "The web page shows a live broadcast; a recording can be fetched once it has ended."
JAVASCRIPT = (
    "the site needs a JavaScript runtime on this server: install Deno and yt-dlp-ejs, and set "
    "sources.js_runtime"
)
LOGIN = (
    "the site asks for a login; sources.cookies_file of this server can give it the cookies of one"
)
# In yt-dlp's messages, which are for its own command line. The first that occurs decides.
HINTS = (
    (re.compile(r"--cookies|log ?in\b|sign in|registered users", re.IGNORECASE), LOGIN),
    (re.compile(r"JavaScript runtime|\bJS runtime"), JAVASCRIPT),
)


class Stop(BaseException):
    """The download is not worth continuing; the text is for the person who submitted the URL.

    No Exception, which yt-dlp would take for a fault of the site, and try again or elsewhere.
    """


def main() -> int:
    """Return 0 with the file at `path`, or 1 with an error line."""
    sys.path.insert(0, sys.argv[1])
    from klipfast_server.net.page_guard import guard  # noqa: PLC0415  (the path is known now)

    task = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    limit(task["max_bytes"])
    import yt_dlp  # noqa: PLC0415  (before the hook: it looks for programs on import)

    refused: list[str] = []
    heard = Heard()
    guard(allow_private=task["allow_private"], refused=refused, program=task["js_runtime"])
    error = fetch(yt_dlp, task, heard, refused)
    if error is not None:
        _print_line(
            error=error, heard=[text[:MAX_HEARD_CHARS] for text in heard.texts[-MAX_HEARD:]]
        )
    return 0 if error is None else 1


def limit(max_bytes: int) -> None:
    """Limit memory, files and what is read of a page; before yt-dlp is imported."""
    largest = max_bytes + WRITE_SLACK_BYTES
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    # The hook misses the sockets of the first; the others read and inflate without these limits.
    for name in ("curl_cffi", "requests", "brotli", "brotlicffi"):
        sys.modules[name] = None  # type: ignore[assignment]
    http.client.HTTPConnection.response_class = _Answer
    zlib.decompress = _inflate


class _Answer(http.client.HTTPResponse):
    """An answer that is read whole, as pages are, only up to PAGE_BYTES; media come in pieces."""

    def read(self, amt: int | None = None) -> bytes:
        """Raises Stop."""
        if amt is not None:
            return super().read(amt)
        if self.length is None:  # not told beforehand
            data = super().read(PAGE_BYTES + 1)
            if len(data) <= PAGE_BYTES:
                return data
        elif self.length <= PAGE_BYTES:
            return super().read()
        raise Stop(PAGE_TOO_LARGE)


def _inflate(data: Any, /, wbits: int = zlib.MAX_WBITS, bufsize: int = 0) -> bytes:
    """Do as zlib.decompress, up to PAGE_BYTES. Raises Stop."""
    del bufsize  # at first, of the result
    inflater = zlib.decompressobj(wbits)
    inflated = inflater.decompress(data, PAGE_BYTES + 1)
    if len(inflated) > PAGE_BYTES:
        raise Stop(PAGE_TOO_LARGE)
    if not inflater.eof:
        raise zlib.error("incomplete or truncated stream")
    return inflated


def fetch(yt_dlp: Any, task: dict[str, Any], heard: "Heard", refused: list[str]) -> str | None:
    """Fetch the video; return an error, or None on success."""
    path = Path(task["path"])
    try:
        with yt_dlp.YoutubeDL(_options(task, heard)) as page:
            _download(page, task, path)
    except Stop as stop:
        return str(stop)
    except MemoryError:
        return NO_MEMORY
    except Exception as error:
        if refused:
            return f"The web page leads to {refused[-1]}, which is not a public address."
        sentence = _sentence(yt_dlp, error, heard)
        heard.texts.append(repr(error))
        return sentence
    return None if path.is_file() and path.stat().st_size > 0 else NO_VIDEO


def _options(task: dict[str, Any], heard: "Heard") -> dict[str, Any]:
    fits = f"[filesize<?{task['max_bytes']}][filesize_approx<?{task['max_bytes']}]"
    runtime = {"deno": {"path": task["js_runtime"]}} if task["js_runtime"] else {}
    cookies = {"cookiefile": io.StringIO(task["cookies"])} if task["cookies"] else {}
    return {
        # The best picture with the best sound, or one file with both; `*`: the best picture may be
        # in such a file, and then nothing is joined. What is known not to fit is the last choice.
        "format": f"bv*{fits}+ba{fits}/b{fits}/bv*+ba/b",
        # Among renditions of one size, prefer the codec that decodes fastest.
        "format_sort": ["lang", f"res:{task['height']}", "vcodec:h264", "acodec:aac"],
        "noplaylist": True,
        "playlist_items": "1",
        "socket_timeout": task["idle_s"],
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
        "js_runtimes": runtime,
        "remote_components": (),  # no scripts but those that are installed
        "quiet": True,
        "no_warnings": False,  # `heard` takes them, for hints
        "noprogress": True,
        "logger": heard,
        **cookies,  # a text, not a path: yt-dlp writes cookies back
    }


def _download(page: Any, task: dict[str, Any], path: Path) -> None:
    """Save the video at `path`, and tell what the page says of it.

    Raises Stop, and yt-dlp's errors.
    """
    from klipfast_server.net.page_facts import page_replays, page_title  # noqa: PLC0415  (as in main)

    info = _first_video(page.extract_info(task["url"], download=False))
    if info is None:
        raise Stop(NO_VIDEO)
    if info.get("live_status") in ("is_live", "is_upcoming", "post_live") or info.get("is_live"):
        raise Stop(LIVE)
    _print_line(title=page_title(_title(info)), replayed=page_replays(info.get("heatmap")))
    watch = _Watch(task)
    page.add_progress_hook(watch)
    parts = info.pop("requested_formats", None) or [info]
    if len(parts) == 1:
        page.dl(str(path), {**info, **parts[0]})
        return
    files = (path.with_name("picture"), path.with_name("sound"))
    for part, file, share in zip(parts, files, (PICTURE_SHARE, 1 - PICTURE_SHARE), strict=True):
        watch.begin(share)
        page.dl(str(file), {**info, **part})
        watch.end()
    _join(files, path, task["min_free_bytes"])


def _title(info: dict[str, Any]) -> str:
    """Return the title, without the number that yt-dlp gives the videos of a page."""
    title = str(info.get("title") or "")
    return title.removesuffix(" (1)") if str(info.get("id")).endswith("-1") else title


def _first_video(info: Any) -> dict[str, Any] | None:
    """Return the first video of a list, however deep, that a page leads to."""
    while info is not None and info.get("entries") is not None:
        info = next(iter(info["entries"]), None)
    return None if info is None else dict(info)


def _join(files: tuple[Path, Path], path: Path, min_free_bytes: int) -> None:
    """Join the picture and the sound to one file, and remove both. Raises Stop."""
    # Slow to load, and needed only where there are two files.
    import av  # noqa: PLC0415  (see above, like the next two)

    from pipeline.core.errors import SourceError  # noqa: PLC0415  (see above)
    from pipeline.media import joining  # noqa: PLC0415  (see above)

    size = sum(file.stat().st_size for file in files)
    if shutil.disk_usage(path.parent).free - size < min_free_bytes:
        raise Stop(NO_SPACE)
    try:
        joining.join(*files, path)
    except (av.FFmpegError, SourceError) as error:
        raise Stop("Picture and sound of the web page's video cannot be joined.") from error
    for file in files:
        file.unlink()


class Heard:
    """Takes yt-dlp's messages: stdout is for JSON lines."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def debug(self, _text: str) -> None:
        """Do nothing."""

    info = debug

    def warning(self, text: str) -> None:
        """Keep it: it may say why nothing is found in the end."""
        self.texts.append(text)

    error = warning


class _Watch:
    """Checks limits and reports progress after each piece, over all files of the video."""

    def __init__(self, task: dict[str, Any]) -> None:
        self._task = task
        self._looked_at = 0.0
        self._share, self._ended_share = 1.0, 0.0  # shares of the progress: this file, those before
        self._have_bytes, self._ended_bytes = 0, 0

    def begin(self, share: float) -> None:
        """Expect a file that is this share of the progress."""
        self._share = share

    def end(self) -> None:
        """Count the file as complete."""
        self._ended_share += self._share
        self._ended_bytes += self._have_bytes

    def __call__(self, state: dict[str, Any]) -> None:
        """Raises Stop."""
        self._have_bytes, now = state.get("downloaded_bytes") or 0, time.monotonic()
        expected = max(self._have_bytes, state.get("total_bytes") or 0)
        if self._ended_bytes + expected > self._task["max_bytes"]:
            raise Stop(f"The source is larger than the {self._task['max_bytes']:,} bytes allowed.")
        if now - self._looked_at < PROGRESS_INTERVAL_S:
            return
        self._looked_at = now
        if shutil.disk_usage(Path(self._task["path"]).parent).free < self._task["min_free_bytes"]:
            raise Stop(NO_SPACE)
        length = state.get("total_bytes") or state.get("total_bytes_estimate")
        if length:
            part = min(1.0, self._have_bytes / length)
            _print_line(fraction=self._ended_share + self._share * part)


def _sentence(yt_dlp: Any, error: Exception, heard: Heard) -> str:
    """Return yt-dlp's message for users, or a sentence of our own."""
    cause = (getattr(error, "exc_info", None) or (None, error))[1]
    if isinstance(cause, yt_dlp.utils.UnsupportedError):
        return NO_VIDEO
    told = str(getattr(cause, "orig_msg", ""))
    if hint := _hint(told):
        return f"The web page gives no video: {hint}."
    if not (isinstance(cause, yt_dlp.utils.ExtractorError) and cause.expected):
        told = "it could not be fetched"
    perhaps = next(filter(None, map(_hint, heard.texts)), "")
    reason = "".join(letter for letter in told if letter.isprintable())[:200].rstrip(". ")
    return f"The web page gives no video: {reason}{perhaps and f'; perhaps {perhaps}'}."


def _hint(text: str) -> str:
    """Return what a message of yt-dlp means here; "" if there is nothing to say of it."""
    return next((hint for pattern, hint in HINTS if pattern.search(text)), "")


def _print_line(**line: object) -> None:
    print(json.dumps(line), flush=True)


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
