"""The parts of a release as a CycloneDX 1.6 document: each package of requirements.lock, and ours.

A package has the hashes of all its files in the lock, and the license that its installed metadata
name; what is not installed on this system has none.
"""

import json
import re
import uuid
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PINNED = re.compile(
    r"^([\w.-]+)==([^\s;]+)(?: ; ([^\\\n]+?))? ?((?:\\\n    --hash=sha256:[0-9a-f]{64} ?)+)$", re.M
)
PACKAGE = re.compile(r"^[\w.-]+==", re.M)
OWN = {"klipfast": "the server", "klipfast-client": "its Python client"}
Part = dict[str, Any]


def document(version: str, files: dict[str, str], epoch: int) -> Part:
    """Return the document; `files`: our own files' SHA-256 by name."""
    time = datetime.fromtimestamp(epoch, UTC).isoformat().replace("+00:00", "Z")
    own = [_own(name, version, files) for name in OWN]
    parts = [_part(*found.groups()) for found in PINNED.finditer(_lock())]
    serial = uuid.uuid5(uuid.NAMESPACE_URL, f"pkg:pypi/klipfast@{version}#{epoch}")
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {"timestamp": time, "component": own[0]},
        "components": own[1:] + parts,
        "dependencies": [
            {"ref": own[0]["bom-ref"], "dependsOn": [each["bom-ref"] for each in own[1:] + parts]}
        ],
    }


def check(told: Part) -> str:
    """Compare a document with the lock and the schema, and return what it was compared with.

    Raises ValueError.
    """
    refs = [each["bom-ref"] for each in told["components"]]
    if len(set(refs)) != len(refs) or len(refs) != len(PACKAGE.findall(_lock())) + len(OWN) - 1:
        raise ValueError("the components are not those of requirements.lock, each once")
    try:
        from cyclonedx.schema import SchemaVersion  # noqa: PLC0415  (seldom installed)
        from cyclonedx.validation.json import JsonStrictValidator  # noqa: PLC0415
    except ImportError:
        return "its structure (cyclonedx-python-lib, which has the schema, is not installed)"
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(told))
    if fault is not None:
        raise ValueError(str(fault))
    return "the schema of CycloneDX 1.6"


def _lock() -> str:
    return (ROOT / "requirements.lock").read_text(encoding="utf-8")


def _own(name: str, version: str, files: dict[str, str]) -> Part:
    stem = name.replace("-", "_")
    hashes = [_hash(value) for file, value in files.items() if file.startswith(f"{stem}-{version}")]
    return _named("application", name, version, hashes) | {
        "description": OWN[name],
        "licenses": [{"license": {"id": "MIT"}}],
    }


def _part(name: str, version: str, marker: str | None, hashes: str) -> Part:
    listed = [_hash(each) for each in re.findall(r"sha256:(\w+)", hashes)]
    part = _named("library", name, version, listed)
    if licenses := _licenses(name):
        part["licenses"] = licenses
    if marker is not None:
        part["properties"] = [{"name": "klipfast:marker", "value": marker}]
    return part


def _named(kind: str, name: str, version: str, hashes: list[Part]) -> Part:
    purl = f"pkg:pypi/{name}@{version}"
    return {
        "type": kind,
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        "hashes": hashes,
    }


def _hash(content: str) -> Part:
    return {"alg": "SHA-256", "content": content}


def _licenses(name: str) -> list[Part]:
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return []
    if expression := told.get_all("License-Expression"):
        return [{"expression": expression[0]}]
    named = [
        line.rpartition(" :: ")[2]
        for line in told.get_all("Classifier") or []
        if line.startswith("License :: ")
    ]
    first = (told.get_all("License") or [""])[0].strip().partition("\n")[0]
    return [{"license": {"name": each}} for each in named or [first] if each]
