"""Signs links and cursors. One secret; each purpose has a derived key."""

import base64
import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

SIGNATURE_BYTES = 16  # 128 bits are beyond guessing and keep links short


def load_secret(configured: str, data_dir: Path) -> bytes:
    """Return the configured secret, or one created once in `data_dir`/secret, mode 600."""
    if configured:
        return configured.encode()
    path = data_dir / "secret"
    data_dir.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _make(path)
    return path.read_bytes()


def _make(path: Path) -> None:
    """Create a secret unless another process is first; it appears complete, and once."""
    part = path.with_name(f".secret.{secrets.token_hex(4)}")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_hex(32).encode())
            file.flush()
            os.fsync(file.fileno())  # links that are out must hold after a power cut
        with suppress(FileExistsError):  # then the other's counts
            os.link(part, path)
    finally:
        part.unlink(missing_ok=True)


def sign(secret: bytes, purpose: str, text: str) -> str:
    """Return a URL-safe signature of `text`, valid for `purpose` only."""
    key = hmac.digest(secret, purpose.encode(), hashlib.sha256)
    digest = hmac.digest(key, text.encode(), hashlib.sha256)[:SIGNATURE_BYTES]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def matches(secret: bytes, purpose: str, text: str, signature: str) -> bool:
    """Return whether `signature` is that of `text`, in constant time."""
    return hmac.compare_digest(sign(secret, purpose, text).encode(), signature.encode())
