"""The files of the studio, the web page at /: read once, compressed once, and kept.

Each file is served under a path with the version of all of them, so that a browser keeps it for
good and never mixes two versions. Only the page itself is asked for again.
"""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from yarl import URL

from klipfast_server.core.config import S3

PAGE = "index.html"
LATER = ("js/docs.js", "js/help.js")  # modules that the first view has no use for
MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StudioFile:
    """A file as it is sent."""

    body: bytes
    packed: bytes  # the same, gzipped
    media_type: str
    tag: str  # hash of its content


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """The page, and the files that it loads by their paths."""

    page: StudioFile
    version: str
    files: Mapping[str, StudioFile]


@cache
def load() -> Studio:
    """Return all files of the studio."""
    found = dict(_contents(resources.files("klipfast_server.studio"), ""))
    page = found.pop(PAGE)
    digest = hashlib.sha256(page)
    for path, body in sorted(found.items()):
        digest.update(path.encode() + b"\0" + body)
    version = digest.hexdigest()[:16]
    files = {path: _file(path, body) for path, body in found.items()}
    # Modules name each other, so that without this a browser would find them one after another.
    preloads = "\n".join(
        f'<link rel="modulepreload" href="/studio/{version}/{path}">'
        for path in sorted(found)
        if path.startswith(("js/", "vendor/lit-html/"))
        and path.endswith(".js")
        and path not in LATER
    )
    text = page.decode().replace("{version}", version).replace("{preloads}", preloads)
    return Studio(page=_file(PAGE, text.encode()), version=version, files=files)


def policy(s3: S3 | None) -> str:
    """Return the Content-Security-Policy of the page.

    Pictures and videos also come from the bucket, to which the server's own links lead.
    """
    media = " ".join(["'self'", *_bucket_origins(s3)])
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"img-src {media} blob: data:",
            f"media-src {media} blob:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def _bucket_origins(s3: S3 | None) -> list[str]:
    if s3 is None:
        return []
    if s3.endpoint_url:
        return [str(URL(s3.endpoint_url).origin())]
    hosts = f"s3.{s3.region}.amazonaws.com", "s3.amazonaws.com"
    return [f"https://{part}{host}" for host in hosts for part in (f"{s3.bucket}.", "")]


def _contents(folder: Traversable, path: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _contents(entry, f"{path}{entry.name}/")
        elif entry.name == PAGE or _suffix(entry.name) in MEDIA_TYPES:
            found.append((f"{path}{entry.name}", entry.read_bytes()))
    return found


def _suffix(path: str) -> str:
    return "." + path.rpartition(".")[2]


def _file(path: str, body: bytes) -> StudioFile:
    return StudioFile(
        body=body,
        packed=gzip.compress(body, mtime=0),
        media_type=MEDIA_TYPES.get(_suffix(path), "text/html"),
        tag=hashlib.sha256(body).hexdigest()[:32],
    )
