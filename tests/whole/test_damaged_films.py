"""Damaged films end as clips or as errors that say so; `make fuzz` tries thousands of them."""

import random
from pathlib import Path

import pytest
from damaged_clip import make_clip
from fuzz import FORMATS, mutate, seeds

from pipeline.core.errors import PipelineError

MUTANTS = 3  # of each format


def end(path: Path, folder: Path) -> str:
    """How the film ends."""
    try:
        return make_clip(path, folder)
    except PipelineError as error:
        return "error" if str(error).endswith(".") else str(error)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return seeds(tmp_path_factory.mktemp("films"))


@pytest.mark.parametrize("kind", FORMATS)
def test_a_damaged_film_is_a_clip_or_an_error_that_says_so(
    films: dict[str, bytes], kind: str, tmp_path: Path
) -> None:
    chosen = random.Random(kind)
    path = tmp_path / f"mutant.{kind}"
    for number in range(MUTANTS):
        path.write_bytes(mutate(films[kind], kind, chosen))
        folder = tmp_path / str(number)
        folder.mkdir()
        assert end(path, folder) in {"clip", "sound alone", "error"}
