"""Types that a generator makes of the OpenAPI document for a compiled language read every answer.

quicktype writes Go types from the document's schemas; Go refuses a fraction for a whole number, a
text for a time, and a field that the types do not know. The examples of the developer documentation
are read by the same types. Skipped without `go` and quicktype, which `make test-openapi` installs.
"""

import asyncio
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from caller import Caller
from project_paths import ROOT

SEED: dict[str, Any] = {
    "Accepted": {
        "job_id": "job_abc123",
        "status": "queued",
        "created_at": "2026-04-15T10:00:00Z",
        "estimated_seconds": 300,
    },
    "JobDetail": {
        "job_id": "job_abc123",
        "status": "completed",
        "clips": [
            {
                "clip_id": "clip_xyz",
                "title": "The best moment",
                "virality_score": 87,
                "duration_seconds": 62,
                "download_url": "https://cdn.klipfast.com/clips/clip_xyz.mp4",
            }
        ],
        "text_outputs": {
            "twitter_thread": "1/ This is the hook...",
            "linkedin_post": "Last week I learned...",
            "blog_post": "# Full blog article...",
        },
    },
    "JobList": {
        "jobs": [
            {
                "job_id": "job_abc123",
                "status": "completed",
                "created_at": "2026-04-15T10:00:00Z",
            },
            {
                "job_id": "job_def456",
                "status": "processing",
                "created_at": "2026-04-15T09:30:00Z",
            },
        ],
        "next_cursor": "cursor_opaque_token",
        "has_more": True,
    },
    "ClipDetail": {
        "clip_id": "clip_xyz",
        "job_id": "job_abc123",
        "title": "The best moment",
        "virality_score": 87,
        "duration_seconds": 62,
        "resolution": "1080x1920",
        "caption_style": "white_bold",
        "download_url": "https://cdn.klipfast.com/clips/clip_xyz.mp4",
        "expires_at": "2026-05-15T10:00:00Z",
    },
    "Usage": {
        "plan": "pro",
        "period_start": "2026-04-01",
        "period_end": "2026-04-30",
        "minutes_used": 47.5,
        "minutes_limit": 300,
        "storage_used_mb": 1240,
        "storage_limit_mb": 20480,
        "credits_remaining": 5,
    },
}
MAIN = """
func main() {
\tdecoder := json.NewDecoder(os.Stdin)
\tdecoder.DisallowUnknownFields()
\tvar answers Answers
\tif err := decoder.Decode(&answers); err != nil {
\t\tfmt.Println(err)
\t\tos.Exit(1)
\t}
\tfmt.Println("read")
}
"""
TOOLS = ROOT / ".venv-tools" / "node_modules" / ".bin"
QUICKTYPE = shutil.which("quicktype", path=f"{TOOLS}:{os.environ['PATH']}")
pytestmark = pytest.mark.skipif(
    shutil.which("go") is None or QUICKTYPE is None,
    reason="needs go, and quicktype, which `make test-openapi` installs",
)


async def ran(*command: str, folder: Path, given: bytes = b"") -> str:
    """The output of a command that must succeed."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate(given)
    assert process.returncode == 0, output.decode()
    return output.decode()


async def reader(document: Any, names: list[str], folder: Path) -> str:
    """The path of a program that reads an object with a list of answers of each name."""
    schemas = document["components"]["schemas"]
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {
            name: {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}
            for name in names
        },
        "additionalProperties": False,
        "components": {"schemas": schemas},
    }
    (folder / "schema.json").write_text(json.dumps(schema))
    assert QUICKTYPE is not None
    await ran(
        *(QUICKTYPE, "--src-lang", "schema", "--lang", "go", "--package", "main"),
        *("--top-level", "Answers", "-o", "types.go", "schema.json"),
        folder=folder,
    )
    types = (folder / "types.go").read_text()
    assert "DurationSeconds" in types
    (folder / "main.go").write_text(
        'package main\n\nimport (\n\t"encoding/json"\n\t"fmt"\n\t"os"\n)\n' + MAIN
    )
    (folder / "go.mod").write_text("module reader\n\ngo 1.21\n")
    await ran("go", "build", "-o", "reader", ".", folder=folder)
    return str(folder / "reader")


async def test_generated_types_read_the_documented_examples_and_the_answers_of_a_server(
    ada: Caller, tmp_path: Path
) -> None:
    document = await (await ada.client.get("/openapi.json")).json()
    program = await reader(document, list(SEED), tmp_path)
    examples = {name: [example] for name, example in SEED.items()}
    await ran(program, folder=tmp_path, given=json.dumps(examples).encode())

    upload = await ada.upload(b"seconds 30")
    accepted = await ada.post("/api/v1/process", {"video_url": upload["video_url"]}, 202)
    job = await ada.until(accepted["job_id"])
    clip_id = job["clips"][0]["clip_id"]
    answers = {
        "Accepted": [accepted],
        "JobDetail": [job],
        "JobList": [await ada.get("/api/v1/jobs"), await ada.get("/api/v1/jobs?limit=1")],
        "ClipDetail": [await ada.get(f"/api/v1/clips/{clip_id}")],
        "Usage": [await ada.get("/api/v1/usage")],
    }
    await ran(program, folder=tmp_path, given=json.dumps(answers).encode())

    job["clips"][0]["duration_seconds"] = 9.5  # the types are as strict as it is claimed
    with pytest.raises(AssertionError, match="duration_seconds"):
        await ran(program, folder=tmp_path, given=json.dumps({"JobDetail": [job]}).encode())
