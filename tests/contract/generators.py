"""`make test-openapi`: linters and generators read docs/openapi.json without a complaint.

What each generator writes is compiled or checked by types. The tools are pinned in tools/ and are
installed into .venv-tools, apart from the project: npm and Go are needed, Java for one of them.
What is excused is listed below with its reason, and an excuse that is not needed is a fault, too.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "openapi.json"
PINNED = Path(__file__).with_name("tools")
TOOLS = ROOT / ".venv-tools"
NPM, PYTHON = TOOLS / "node_modules" / ".bin", TOOLS / "python" / "bin"
WARNING = re.compile(r"\bwarn(ing)?\b|\bissue in line\b|\berror\b", re.IGNORECASE)
Excuses = dict[str, str]  # part of a complaint → why it is none of the document's
REDIRECT: Excuses = {
    "operation-2xx-response /paths/~1api~1v1~1brands~1{brand_id}~1{file}/get": "it only redirects",
}
BETA: Excuses = {"OpenAPI 3.1 support is still in beta": "told of every document of 3.1"}
FREE: Excuses = {
    "quicktype cannot infer this type": "options of a feed are as free as its operator's settings",
    '`json:"options"`': "the line that it is about",
}


def prepare() -> None:
    """Install the pinned tools, unless they are there."""
    pins = b"".join(path.read_bytes() for path in sorted(PINNED.iterdir()))
    digest, stamp = hashlib.sha256(pins).hexdigest(), TOOLS / "installed"
    if stamp.is_file() and stamp.read_text() == digest:
        return
    shutil.rmtree(TOOLS, ignore_errors=True)
    shutil.copytree(PINNED, TOOLS)
    _run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=TOOLS)
    uv = Path(sys.executable).with_name("uv")
    _run(uv, "venv", "--quiet", "--python", sys.executable, "python", folder=TOOLS)
    sync = (uv, "pip", "sync", "--quiet", "--require-hashes", "--python", "python/bin/python")
    _run(*sync, "requirements.txt", folder=TOOLS)
    stamp.write_text(digest)


def main() -> int:
    """Run every tool, print what each says, and return 1 if any complains."""
    prepare()
    complained = 0
    with tempfile.TemporaryDirectory(prefix="klipfast-openapi-") as name:
        for number, (tool, excuses, read) in enumerate(_tools()):
            folder = Path(name) / str(number)
            folder.mkdir()
            complaints = list(_unexcused(list(read(folder)), excuses))
            print(f"{tool}: {len(complaints)} complaints", flush=True)
            for complaint in complaints:
                print(f"    {complaint[:300]}")
            complained += len(complaints)
    return 1 if complained else 0


def _tools() -> Iterator[tuple[str, Excuses, Callable[[Path], Iterator[str]]]]:
    yield "redocly lint", REDIRECT, _redocly
    yield "spectral lint", {}, _spectral
    yield "openapi-typescript, tsc", {}, _openapi_typescript
    yield "hey-api/openapi-ts, tsc", {}, _hey_api
    yield "orval, tsc", {}, _orval
    yield "quicktype, go vet", FREE, _quicktype
    yield "openapi-python-client, mypy, import", {}, _openapi_python_client
    yield "datamodel-code-generator, mypy, import", {}, _datamodel_code_generator
    if shutil.which("java"):
        yield "openapi-generator, go vet", BETA, _openapi_generator
    else:
        print("openapi-generator: left out, there is no Java")


def _unexcused(complaints: list[str], excuses: Excuses) -> Iterator[str]:
    for part, why in excuses.items():
        if not any(part in complaint for complaint in complaints):
            yield f"an excuse is not needed any more: {part} ({why})"
    for complaint in complaints:
        if not any(part in complaint for part in excuses):
            yield complaint


def _redocly(folder: Path) -> Iterator[str]:
    rules = ("--extends=recommended-strict", "--format=json")
    found = _output(NPM / "redocly", "lint", *rules, DOCUMENT, folder=folder, may_fail=True)
    for problem in json.loads(found)["problems"]:
        at = problem["location"][0]["pointer"].removeprefix("#").removesuffix("/responses")
        yield f"{problem['ruleId']} {at}: {problem['message']}"


def _spectral(folder: Path) -> Iterator[str]:
    (folder / "rules.yaml").write_text("extends: ['spectral:oas']\n")
    rules = ("--ruleset", "rules.yaml", "--format", "json", "--quiet", "--fail-severity", "hint")
    found = _output(NPM / "spectral", "lint", *rules, DOCUMENT, folder=folder, may_fail=True)
    for problem in json.loads(found):
        yield f"{problem['code']} {'/'.join(map(str, problem['path']))}: {problem['message']}"


def _openapi_typescript(folder: Path) -> Iterator[str]:
    yield from _said(NPM / "openapi-typescript", DOCUMENT, "-o", "klipfast.ts", folder=folder)
    yield from _typescript(folder)


def _hey_api(folder: Path) -> Iterator[str]:
    plugins = ("-p", "@hey-api/typescript", "@hey-api/sdk", "@hey-api/client-fetch")
    yield from _said(NPM / "openapi-ts", "-i", DOCUMENT, "-o", "client", *plugins, folder=folder)
    yield from _typescript(folder)


def _orval(folder: Path) -> Iterator[str]:
    out = ("--client", "fetch", "--output", "./klipfast.ts")
    yield from _said(NPM / "orval", "--input", DOCUMENT, *out, folder=folder)
    yield from _typescript(folder)


def _typescript(folder: Path) -> Iterator[str]:
    options = {
        "strict": True,
        "noEmit": True,
        "target": "ES2022",
        "module": "ESNext",
        "moduleResolution": "bundler",
        "lib": ["ES2022", "DOM", "DOM.Iterable"],
        "types": [],
    }
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": options}))
    yield from _said(NPM / "tsc", "-p", ".", folder=folder, all_lines=True)


def _quicktype(folder: Path) -> Iterator[str]:
    """Types of all schemas, as properties of one object."""
    schemas = json.loads(DOCUMENT.read_text(encoding="utf-8"))["components"]["schemas"]
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {name: {"$ref": f"#/components/schemas/{name}"} for name in schemas},
        "additionalProperties": False,
        "components": {"schemas": schemas},
    }
    (folder / "schema.json").write_text(json.dumps(schema))
    words = ("--src-lang", "schema", "--lang", "go", "--package", "klipfast", "--top-level", "All")
    command = (NPM / "quicktype", *words, "-o", "types.go", "schema.json")
    yield from _said(*command, folder=folder, all_lines=True)
    (folder / "go.mod").write_text("module klipfast\n\ngo 1.21\n")
    yield from _said("go", "vet", ".", folder=folder, all_lines=True)


def _openapi_python_client(folder: Path) -> Iterator[str]:
    # It knows JSON, forms, texts in answers, and bytes: what else there is are bytes to it.
    media = ["image/png", "image/jpeg", "image/webp", "video/*", "audio/*", "video/mp4"]
    media += ["application/zip", "application/offset+octet-stream", "text/plain", "text/markdown"]
    settings = {"content_type_overrides": dict.fromkeys(media, "application/octet-stream")}
    (folder / "settings.json").write_text(json.dumps(settings))
    words = ("--meta", "none", "--output-path", "klipfast_api", "--config", "settings.json")
    command = (PYTHON / "openapi-python-client", "generate", "--path", DOCUMENT, *words)
    yield from _said(*command, folder=folder)
    # In client.py, the same for every document, it takes object where a type is meant; and it takes
    # the schema of a stream for that of the whole body: OpenAPI 3.1 has none for one event.
    ignored = ("klipfast_api.client", "klipfast_api.api.jobs.follow_job")
    rules = "".join(f"[mypy-{module}]\nignore_errors = True\n" for module in ignored)
    (folder / "mypy.ini").write_text(f"[mypy]\n{rules}")
    yield from _checked(folder, "klipfast_api")


def _datamodel_code_generator(folder: Path) -> Iterator[str]:
    kinds = ("--input-file-type", "openapi", "--output-model-type", "pydantic_v2.BaseModel")
    style = ("--use-annotated", "--capitalise-enum-members", "--formatters", "builtin")
    command = (PYTHON / "datamodel-codegen", "--input", DOCUMENT, *kinds, *style)
    yield from _said(*command, "--output", "klipfast_api.py", folder=folder)
    yield from _checked(folder, "klipfast_api.py", "--strict")


def _checked(folder: Path, package: str, *options: str) -> Iterator[str]:
    """Check a package of Python by its types, and import all of it."""
    yield from _said(PYTHON / "mypy", *options, package, folder=folder)
    load = "import importlib, pkgutil, klipfast_api as k\n"
    load += "for m in pkgutil.walk_packages(getattr(k, '__path__', []), 'klipfast_api.'):\n"
    load += "    importlib.import_module(m.name)"
    yield from _said(PYTHON / "python", "-W", "error", "-c", load, folder=folder, all_lines=True)


def _openapi_generator(folder: Path) -> Iterator[str]:
    words = ("generate", "-g", "go", "-i", DOCUMENT, "-o", ".")
    yield from _said(PYTHON / "openapi-generator-cli", *words, folder=folder)
    shutil.rmtree(folder / "test")  # its tests need a package from elsewhere, and test nothing
    yield from _said("go", "vet", ".", folder=folder, all_lines=True)


def _said(*command: str | Path, folder: Path, all_lines: bool = False) -> Iterator[str]:
    """Yield the lines in which a command complains, or all that it says; and its failure."""
    done = _begun(*command, folder=folder)
    for line in (done.stdout + done.stderr).splitlines():
        if line.strip() and (all_lines or (WARNING.search(line) and "INFO" not in line)):
            yield line.strip()
    if done.returncode:
        yield f"{Path(command[0]).name} ended with {done.returncode}: {done.stderr[-500:]}"


def _output(*command: str | Path, folder: Path, may_fail: bool) -> str:
    done = _begun(*command, folder=folder)
    if done.returncode and not may_fail:
        raise SystemExit(f"error: {command[0]}: {done.stdout}{done.stderr}")
    return done.stdout


def _run(*command: str | Path, folder: Path) -> None:
    _output(*command, folder=folder, may_fail=False)


def _begun(*command: str | Path, folder: Path) -> "subprocess.CompletedProcess[str]":
    environ: dict[str, Any] = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",  # with ruff
        "GOFLAGS": "-mod=mod",
        "GOPROXY": "off",
        "NO_COLOR": "1",
        "REDOCLY_TELEMETRY": "off",
    }
    try:
        return subprocess.run(
            command, cwd=folder, env=environ, text=True, capture_output=True, check=False
        )
    except FileNotFoundError as error:
        raise SystemExit(f"error: {command[0]} is needed: {error}") from error


if __name__ == "__main__":
    sys.exit(main())
