"""What needs no network loads none: clients and the server's own commands start at once."""

import subprocess
import sys

import pytest
from project_paths import ROOT

import pipeline

HEAVY = ("av", "opentimelineio", "skia", "torch", "torchaudio", "transformers")


def loaded_by(statement: str, packages: tuple[str, ...] = HEAVY) -> str:
    """Those of the packages that a fresh interpreter has loaded after a statement."""
    told = f"{statement}\nimport sys\nprint(*sorted(set(sys.modules) & set({packages})))"
    done = subprocess.run(
        [sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    "module",
    [
        "klipfast_client",
        "klipfast_server.__main__",
        "klipfast_server.cli.commands",
        "klipfast_server.schema.process_request",
        "pipeline.cli.commands",
        "pipeline.core.data",
    ],
)
def test_what_needs_no_network_loads_none(module: str) -> None:
    assert loaded_by(f"import {module}") == ""


def test_a_client_loads_neither_word_lists_nor_the_servers_inside() -> None:
    unneeded = ("asyncpg", "mcp", "pipeline.language.lexicon", "stop_words", "tokenizers")
    assert loaded_by("import klipfast_client", unneeded) == ""
    assert loaded_by("import klipfast_server.cli.mcp_command", ("mcp", "pydantic")) == ""


@pytest.mark.slow  # imports everything
def test_a_name_of_the_pipeline_is_loaded_when_it_is_used() -> None:
    assert loaded_by("import pipeline; pipeline.Options") == ""
    assert "torch" in loaded_by("import pipeline; pipeline.listen").split()


@pytest.mark.slow  # imports everything
def test_an_import_changes_no_other_packages_log() -> None:
    seen = """
import transformers
before = transformers.logging.get_verbosity()
import pipeline.models.registry, pipeline.vision.face_detector
assert transformers.logging.get_verbosity() == before
"""
    subprocess.run([sys.executable, "-c", seen], cwd=ROOT, check=True)


def test_every_offered_name_is_there_and_no_other() -> None:
    for name in pipeline.__all__:
        assert callable(getattr(pipeline, name))
    assert set(pipeline.__all__) <= set(dir(pipeline))
    with pytest.raises(AttributeError, match="has no attribute 'lisen'"):
        _ = pipeline.lisen  # type: ignore[attr-defined]  # the misspelling is the point


@pytest.mark.slow  # starts Pythons
def test_the_thread_policy_is_set_before_torch_is_loaded() -> None:
    seen = """
import os, sys
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"
            print("watched", file=sys.stderr)
os.environ.pop("OMP_WAIT_POLICY", None)
sys.meta_path.insert(0, Watch())
"""
    for door in ("import pipeline.stages", "import klipfast_server.core.engine"):
        assert "torch" in loaded_by(seen + door).split()
