"""IDs: unguessable, and distinct by kind."""

import hashlib
import re
import secrets
import string

ALPHABET = string.ascii_letters + string.digits
KEY_PREFIX = "kf_live_sk_"
KEY_LENGTH = 32  # characters after the prefix
KEY = re.compile(rf"{KEY_PREFIX}[A-Za-z0-9]{{{KEY_LENGTH}}}")
SESSION_PREFIX = "kf_session_"
SESSION = re.compile(rf"{SESSION_PREFIX}[A-Za-z0-9]{{{KEY_LENGTH}}}")
PATTERN = re.compile(r"[a-z]+_[A-Za-z0-9]{1,40}")


def random_text(length: int) -> str:
    """Return random letters and digits, 5.95 bits each.

    One number is drawn for all of them. Each draw lets go of the interpreter's lock, which the
    event loop may have to wait for; an ID for each request would ask for it 22 times.
    """
    return _letters(secrets.randbelow(len(ALPHABET) ** length), length)


def new(kind: str) -> str:
    """Return an ID such as job_8fK…: 22 characters, 131 bits."""
    return f"{kind}_{random_text(22)}"


def new_key() -> str:
    """Return a new API key."""
    return KEY_PREFIX + random_text(KEY_LENGTH)


def new_session() -> str:
    """Return what the cookie of a new session has."""
    return SESSION_PREFIX + random_text(KEY_LENGTH)


def clip_id(job_id: str, ordinal: int) -> str:
    """Return the ID of a clip; the same in every attempt of a job."""
    digest = hashlib.sha256(f"{job_id}/{ordinal}".encode()).digest()
    return "clip_" + _letters(int.from_bytes(digest), 22)


def _letters(number: int, length: int) -> str:
    """Return the last `length` digits of a number in base 62, the last one first."""
    letters = []
    for _ in range(length):
        number, index = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[index])
    return "".join(letters)


def is_valid(kind: str, value: str) -> bool:
    """Return whether `value` has the form of a `kind`; other values need no query."""
    return value.startswith(kind + "_") and PATTERN.fullmatch(value) is not None
