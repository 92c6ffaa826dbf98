"""Builds wheels of the weights in this machine's cache: dist/weights, for an index of one's own.

    python -m tools.weights [FOLDER]

A wheel has data alone, in the folder klipfast_weights, where the product looks before it asks the
network. Indexes limit a file to 100 MB, so a large checkpoint has several wheels; the first of them
requires the others. The same weights and version make the same bytes.
"""

import base64
import hashlib
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from pipeline.models import pinned, weight_sources
from pipeline.models.checkpoints import cached_files
from pipeline.models.model_config import default_cache_dir

ROOT = Path(__file__).parents[1]
OUT = ROOT / "dist" / "weights"
MOST = 95_000_000  # bytes of weights in one wheel
# Name of a checkpoint → its license, and whose it is.
LICENSES = {
    "whisper-base": ("MIT", "Copyright (c) 2022 OpenAI"),
    "whisper-large-v3-turbo": ("MIT", "Copyright (c) 2022 OpenAI"),
    "all-MiniLM-L6-v2": ("Apache-2.0", "Copyright (c) the authors of sentence-transformers"),
    "multilingual-e5-small-q4": ("MIT", "Copyright (c) Microsoft Corporation"),
    "campplus-zh-en": ("Apache-2.0", "Copyright (c) Alibaba (3D-Speaker)"),
}
METADATA = """\
Metadata-Version: 2.4
Name: {name}
Version: {version}
Summary: Weights of {checkpoint} for KlipFast, part {number} of {count}
License-Expression: {license}
License-File: LICENSE
{requires}
{owner}. Checked by SHA-256 against: {origin}.
"""
WHEEL = "Wheel-Version: 1.0\nGenerator: klipfast\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def build(cache_dir: Path, out: Path, *, most: int = MOST) -> list[Path]:
    """Write the wheels of every checkpoint in the cache; `most` bytes of weights in each.

    Raises ValueError for a file that does not have its pinned SHA-256.
    """
    out.mkdir(parents=True, exist_ok=True)
    made = []
    for known in pinned.ALL:
        found = cached_files(known, cache_dir)
        if found.wrong:
            raise ValueError(f"{found.folder / found.wrong} does not have its pinned SHA-256")
        if not found.files:
            print(f"not in {cache_dir}: {known.name}", file=sys.stderr)
            continue
        wheels = list(_divided(found.files, most))
        for number, ranges in enumerate(wheels, 1):
            made.append(_write(known, ranges, out, number, len(wheels)))
    return made


Range = tuple[Path, int, int, str]  # a file, its first byte, the number of bytes, name of the part


def _divided(files: tuple[Path, ...], most: int) -> Iterator[list[Range]]:
    """Yield what goes into each wheel; a file is in parts if it is larger than one."""
    wheel: list[Range] = []
    free = most
    for file in sorted(files):
        size, begin, number = file.stat().st_size, 0, 1
        while begin < size:
            if not free:
                yield wheel
                wheel, free = [], most
            count = min(free, size - begin)
            name = file.name if count == size else f"{file.name}.part{number:02}"
            wheel.append((file, begin, count, name))
            begin, number, free = begin + count, number + 1, free - count
    yield wheel


def _named(known: pinned.Pinned, number: int) -> str:
    name = f"klipfast-weights-{known.name.lower()}"
    return name if number == 1 else f"{name}-part{number}"


def _write(known: pinned.Pinned, ranges: list[Range], out: Path, number: int, count: int) -> Path:
    """Write one wheel: its weights, and the metadata that pip needs."""
    name, release = _named(known, number), version("klipfast")
    license_name, owner = LICENSES[known.name]
    others = range(2, count + 1) if number == 1 else ()
    stem = f"{name.replace('-', '_')}-{release}"
    path, info = out / f"{stem}-py3-none-any.whl", f"{stem}.dist-info"
    metadata = METADATA.format(
        name=name,
        version=release,
        checkpoint=known.name,
        number=number,
        count=count,
        license=license_name,
        requires="".join(f"Requires-Dist: {_named(known, n)}=={release}\n" for n in others),
        owner=owner,
        origin="; ".join(source.told for source in weight_sources.published(known)),
    )
    texts = {
        "METADATA": metadata,
        "WHEEL": WHEEL,
        "licenses/LICENSE": _license_text(license_name, owner),
    }
    records = []
    with zipfile.ZipFile(path, "w") as archive:

        def add(member: str, content: bytes) -> None:
            entry = zipfile.ZipInfo(member)  # its date is fixed, so that the bytes are the same
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
            records.append(f"{member},sha256={digest.decode()},{len(content)}\n")

        for file, begin, size, part in ranges:
            with file.open("rb") as weights:
                weights.seek(begin)
                add(f"{weight_sources.INSTALLED}/{known.name}/{part}", weights.read(size))
        for member, text in texts.items():
            add(f"{info}/{member}", text.encode())
        add(f"{info}/RECORD", "".join([*records, f"{info}/RECORD,,\n"]).encode())
    return path


def _license_text(name: str, owner: str) -> str:
    if name == "Apache-2.0":
        return f"{owner}\n\n" + (ROOT / "tools" / "apache-2.0.txt").read_text()
    lines = (ROOT / "LICENSE").read_text().splitlines(keepends=True)
    return "".join(f"{owner}\n" if line.startswith("Copyright") else line for line in lines)


if __name__ == "__main__":
    for wheel in build(default_cache_dir(), Path(sys.argv[1]) if sys.argv[1:] else OUT):
        print(f"{wheel.stat().st_size / 1e6:6.1f} MB  {wheel}")
