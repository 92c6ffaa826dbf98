"""Divides requirements.lock for the image: torch, which may come without CUDA, and all the rest.

triton is in neither: torch needs it for torch.compile alone, which nothing here calls, and it is
640 MB.

python lock_for_image.py cpu|"" requirements.lock torch.txt others.txt
"""

import re
import sys
from pathlib import Path

TORCH = ("torch", "torchaudio")
# What only the wheels with CUDA need.
CUDA = re.compile(r"(nvidia-|cuda-)")
UNUSED = "triton=="
ENTRY = re.compile(r"^(?=[A-Za-z0-9])", re.MULTILINE)


def divide(kind: str, lock: str) -> tuple[str, str]:
    """Return the requirements of torch without hashes, and the others with theirs.

    `kind` is cpu, or empty: then all are among the others. Raises ValueError.
    """
    if kind not in ("cpu", ""):
        raise ValueError(f"the kind is cpu or empty, not {kind!r}")
    entries = [
        entry for entry in ENTRY.split(lock) if entry.strip() and not entry.startswith(UNUSED)
    ]
    if not kind:
        return "", "".join(entries)
    torch = [entry for entry in entries if entry.partition("==")[0] in TORCH]
    if len(torch) != len(TORCH):
        raise ValueError("the lock does not name torch and torchaudio once each")
    others = [entry for entry in entries if entry not in torch and not CUDA.match(entry)]
    return "".join(f"{entry.split()[0]}\n" for entry in torch), "".join(others)


def main(kind: str, lock: str, torch: str, others: str) -> None:
    """Read the lock, and write the two files."""
    first, rest = divide(kind, Path(lock).read_text(encoding="utf-8"))
    Path(torch).write_text(first, encoding="utf-8")
    Path(others).write_text(rest, encoding="utf-8")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except ValueError as error:
        sys.exit(f"error: {error}")
