"""The examples for several languages do what they say, as they stand in the documentation."""

import asyncio
import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from caller import Caller
from project_paths import ROOT

from klipfast_server.schema.list_queries import ClipsQuery
from klipfast_server.schema.process_request import Process
from klipfast_server.schema.queries import UploadQuery
from klipfast_server.schema.vocabulary import Event

FOLDER = ROOT / "docs" / "examples" / "clients"
TYPESCRIPT = FOLDER / "typescript"
MODULES = ROOT / ".venv-tools" / "node_modules"
NODES = {"formTrigger", "set", "httpRequest", "wait", "if", "splitOut"}  # n8n's own
PROGRAMS = {
    "talk_to_clips.sh": ("bash", "curl", "jq"),
    "talk_to_clips.py": (sys.executable,),
    "talk_to_clips.mjs": ("node",),
}


async def run(name: str, ada: Caller, *words: str) -> tuple[int | None, str]:
    """(exit code, what it says) of an example; skips without its programs."""
    for program in PROGRAMS[name]:
        if shutil.which(program) is None:
            pytest.skip(f"there is no {program} on this machine")
    return await ran(ada, PROGRAMS[name][0], str(FOLDER / name), *words)


async def ran(ada: Caller, *command: str) -> tuple[int | None, str]:
    """(exit code, what it says) of a command with Ada's key and server."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "KLIPFAST_SERVER": str(ada.client.make_url("/")).rstrip("/"),
            "KLIPFAST_KEY": ada.key,
        },
    )
    out, _ = await asyncio.wait_for(process.communicate(), 120)
    return process.returncode, out.decode()


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[] if n.endswith(".py") else [pytest.mark.slow]) for n in PROGRAMS],
)
async def test_a_file_becomes_clips_in_a_folder(name: str, ada: Caller, tmp_path: Path) -> None:
    talk, folder = tmp_path / "my talk & more.mp4", tmp_path / "clips of it"
    talk.write_text("seconds 20")
    code, told = await run(name, ada, str(talk), str(folder))
    assert code == 0, told
    saved = sorted(path.read_text() for path in folder.iterdir())
    assert saved == ["clip of 0.0 to 9.5 s", "clip of 10.0 to 19.5 s"]
    [job] = (await ada.get("/api/v1/jobs"))["jobs"]
    assert job["file_name"] == talk.name
    assert {path.stem for path in folder.iterdir()} == {
        clip["clip_id"] for clip in (await ada.get("/api/v1/clips"))["clips"]
    }


@pytest.mark.parametrize("name", PROGRAMS)
async def test_a_refusal_is_told(name: str, ada: Caller, tmp_path: Path) -> None:
    silent = tmp_path / "silent.mp4"
    silent.write_text("no audio")
    code, told = await run(name, ada, str(silent), str(tmp_path / "clips"))
    assert code not in (0, None)
    assert "no sound" in told
    assert not (tmp_path / "clips").exists()


@pytest.fixture
def typescript(tmp_path: Path) -> Path:
    """The example for TypeScript in a folder of its own, with its packages."""
    if shutil.which("node") is None or not MODULES.is_dir():
        pytest.skip("needs Node, and the packages that `make test-openapi` installs")
    folder = tmp_path / "typescript"
    shutil.copytree(TYPESCRIPT, folder, ignore=shutil.ignore_patterns("node_modules", "build"))
    (folder / "node_modules").symlink_to(MODULES)
    return folder


async def test_the_typescript_example_compiles_and_lists_clips(
    typescript: Path, ada: Caller
) -> None:
    assert await ran(ada, str(MODULES / ".bin" / "tsc"), "-p", str(typescript)) == (0, "")
    program = str(typescript / "build" / "list_clips.js")
    upload = await ada.upload(b"seconds 30")
    code, told = await ran(ada, "node", program, upload["video_url"])
    assert code == 0, told
    clips = (await ada.get("/api/v1/clips?order=best"))["clips"]
    assert len(clips) == 3
    assert [line.split()[-1].partition("?")[0] for line in told.splitlines()] == [
        clip["download_url"].partition("?")[0] for clip in clips
    ]
    code, told = await ran(ada, "node", program, "ftp://example.com/a.mp4")
    assert code not in (0, None)
    assert "video_url" in told


async def test_the_types_of_the_typescript_example_are_current(
    typescript: Path, ada: Caller
) -> None:
    written = typescript / "again.d.ts"
    document = str(ROOT / "docs" / "openapi.json")
    code, told = await ran(
        ada, str(MODULES / ".bin" / "openapi-typescript"), document, "-o", str(written)
    )
    assert code == 0, told
    current = (TYPESCRIPT / "klipfast.d.ts").read_text(encoding="utf-8")
    assert written.read_text(encoding="utf-8") == current, "make openapi-types writes them anew"


def test_the_typescript_example_names_the_versions_that_are_tried() -> None:
    tools = ROOT / "tests" / "contract" / "tools" / "package.json"
    tried = json.loads(tools.read_text(encoding="utf-8"))["devDependencies"]
    named = json.loads((TYPESCRIPT / "package.json").read_text(encoding="utf-8"))
    wanted = named["dependencies"] | named["devDependencies"]
    assert wanted.items() <= tried.items()


@pytest.fixture
def workflow() -> Any:
    """The workflow of n8n."""
    return json.loads((FOLDER / "n8n.json").read_text(encoding="utf-8"))


def test_every_node_is_one_of_n8n_and_is_reached(workflow: Any) -> None:
    names = [node["name"] for node in workflow["nodes"]]
    assert len(names) == len(set(names))
    assert {node["type"] for node in workflow["nodes"]} == {f"n8n-nodes-base.{n}" for n in NODES}
    assert not any("credentials" in node for node in workflow["nodes"])
    links = {
        (source, target["node"])
        for source, outputs in workflow["connections"].items()
        for output in outputs["main"]
        for target in output
    }
    assert {source for source, _ in links} <= set(names)
    assert {target for _, target in links} == set(names) - {"Form"}
    for expression in re.findall(r"\$\('([^']+)'\)", json.dumps(workflow)):
        assert expression in names


def test_its_calls_and_fields_are_those_of_the_api(workflow: Any) -> None:
    document = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
    nodes = {node["name"]: node["parameters"] for node in workflow["nodes"]}
    known: dict[str, type[msgspec.Struct]] = {"Upload": UploadQuery, "List clips": ClipsQuery}
    for name in ("Upload", "Submit", "List clips"):
        path = nodes[name]["url"].partition("}}")[2]
        assert nodes[name]["method"].lower() in document["paths"][path]
        assert nodes[name]["genericAuthType"] == "httpBearerAuth"
    for name, query in known.items():
        for parameter in nodes[name]["queryParameters"]["parameters"]:
            assert parameter["name"] in query.__struct_fields__
    assert "authentication" not in nodes["Download"]  # the link is the permission
    fields = re.findall(r"(\w+): [$']", nodes["Submit"]["jsonBody"])
    assert len(fields) == 3
    assert set(fields) <= set(Process.__struct_fields__)
    [condition] = nodes["Only a clip so far"]["conditions"]["conditions"]
    again, on = workflow["connections"]["Only a clip so far"]["main"]
    assert condition["rightValue"] in get_args(Event)
    assert [again[0]["node"], on[0]["node"]] == ["Wait for a message", "List clips"]
