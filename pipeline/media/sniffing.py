"""Recognize files that are certainly not media by their first bytes."""

from pathlib import Path

from pipeline.core.errors import Corrupt, NotAVideo

HEAD_BYTES = 4096
WANTED = "Send a video or audio file, for example MP4, MOV, MKV, WebM or MP3."

# (offset, bytes at the offset, description of such a file)
SIGNATURES = (
    (0, b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"GIF87a", "a GIF picture"),
    (0, b"GIF89a", "a GIF picture"),
    (0, b"BM", "a BMP picture"),
    (8, b"WEBP", "a WebP picture"),
    (0, b"II*\x00", "a TIFF picture"),
    (0, b"MM\x00*", "a TIFF picture"),
    (4, b"ftypheic", "a HEIC picture"),
    (4, b"ftypmif1", "a HEIF picture"),
    (4, b"ftypavif", "an AVIF picture"),
    (0, b"%PDF-", "a PDF document"),
    (0, b"PK\x03\x04", "a ZIP archive or an office document"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (0, b"Rar!\x1a\x07", "a RAR archive"),
    (0, b"\x7fELF", "a program"),
    (0, b"MZ", "a program"),
)


def refuse_non_media(path: Path) -> None:
    """Inspect the start of a local file.

    Raises Corrupt for an empty file, NotAVideo for pages, pictures, texts and archives, and OSError
    as open() would.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise Corrupt(f"The file is empty (0 bytes). {WANTED}")
    if not head.strip(b"\x00"):
        raise Corrupt("The file begins with zero bytes only; the upload seems incomplete.")
    for offset, magic, name in SIGNATURES:
        if head[offset:].startswith(magic):
            raise NotAVideo(f"This is {name}, not a video. {WANTED}")
    _refuse_text(head)


def _refuse_text(head: bytes) -> None:
    """Raise NotAVideo if the start reads as markup or plain text."""
    text = _as_text(head)
    if text is None:
        return
    start = text.lstrip("\ufeff \t\r\n").lower()
    if start.startswith(("<!doctype html", "<html", "<head", "<body")) or "<html" in start:
        raise NotAVideo(
            "This is an HTML page instead of a video. Use the direct URL of the file, one "
            "that needs no sign-in."
        )
    if start.startswith("#extm3u"):
        raise NotAVideo(f"This is a playlist (HLS), which only lists videos. {WANTED}")
    if start.startswith("<"):
        raise NotAVideo(f"This is XML, not a video. {WANTED}")
    raise NotAVideo(f"This is plain text, not a video. {WANTED}")


def _as_text(head: bytes) -> str | None:
    """Decode the start of a file; return None if its bytes are not text."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) and len(head) > 3:
        # An MPEG audio frame may also start with ff fe: accept as text only if letters follow.
        text = head[: len(head) // 2 * 2].decode("utf-16", errors="replace")
        ordinary = sum(c.isprintable() or c in "\r\n\t" for c in text)
        return text if ordinary >= 0.95 * len(text) and "\ufffd" not in text else None
    if any(byte < 9 or 13 < byte < 27 for byte in head):
        return None  # control characters: binary
    try:
        return head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start >= len(head) - 3:  # the read split a character
            return head[: error.start].decode("utf-8")
    high = sum(byte > 126 for byte in head)
    return head.decode("latin-1") if high < 0.1 * len(head) else None
