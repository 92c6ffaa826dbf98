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
from documented_examples import EXAMPLES, documented_answers
from project_paths import ROOT

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
    program = await reader(document, list(EXAMPLES), tmp_path)
    examples = {name: [example] for name, example in EXAMPLES.items()}
    await ran(program, folder=tmp_path, given=json.dumps(examples).encode())

    answers = {name: [answer] for name, answer in (await documented_answers(ada)).items()}
    answers["JobList"].append(await ada.get("/api/v1/jobs"))
    await ran(program, folder=tmp_path, given=json.dumps(answers).encode())

    [job] = answers["JobDetail"]
    job["clips"][0]["duration_seconds"] = 9.5  # the types are as strict as it is claimed
    with pytest.raises(AssertionError, match="duration_seconds"):
        await ran(program, folder=tmp_path, given=json.dumps({"JobDetail": [job]}).encode())
