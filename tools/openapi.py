"""Writes the description of the API that a server has at /openapi.json to docs/openapi.json.

There it can be read and compared without a server: what a change adds to the API is in its diff.
"""

import sys
from pathlib import Path

import msgspec

from klipfast_server.api import app_keys
from klipfast_server.app import create_app
from klipfast_server.core.config import load
from klipfast_server.core.engine import PipelineEngine

ROOT = Path(__file__).parents[1]
OUT = ROOT / "docs" / "openapi.json"


def text() -> str:
    """Return the description as it is in the file."""
    config = load(ROOT / "config.toml", {"KLIPFAST_SECRET": "none is needed"})
    app = create_app(config, PipelineEngine(config.models, config.llm))
    return msgspec.json.format(app[app_keys.REFERENCE].json, indent=1).decode() + "\n"


def main() -> int:
    """Write the file and return the exit code."""
    OUT.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
