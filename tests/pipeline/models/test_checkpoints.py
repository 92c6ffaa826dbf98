"""Weights come only from where their hash is right, and a broken fetch leaves nothing behind."""

import hashlib
from pathlib import Path

import huggingface_hub
import pytest

from pipeline.core.errors import ModelUnavailable
from pipeline.models import checkpoints
from pipeline.models.checkpoints import Pinned

CONTENT = b"these are weights"


def pinned(sha256: str) -> Pinned:
    return Pinned(
        name="toy",
        repo="nobody/toy",
        revision="main",
        files=("model.safetensors",),
        sha256={"model.safetensors": sha256},
        packages=("toy==1",),
    )


@pytest.fixture
def packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry that hands out CONTENT; the hub cannot be reached."""

    def fetch(_: Pinned, into: Path) -> None:
        (into / "model.safetensors").write_bytes(CONTENT)
        (into / "config.json").write_text("{}")

    monkeypatch.setattr(checkpoints, "from_packages", fetch)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)


@pytest.mark.usefixtures("packages")
def test_the_right_bytes_are_kept_and_found_again(tmp_path: Path) -> None:
    toy = pinned(hashlib.sha256(CONTENT).hexdigest())
    folder = checkpoints.resolve("auto", toy, tmp_path)
    assert (folder / "model.safetensors").read_bytes() == CONTENT
    assert checkpoints.resolve("auto", toy, tmp_path) == folder
    assert [p.name for p in tmp_path.iterdir()] == ["toy"]


@pytest.mark.usefixtures("packages")
def test_wrong_bytes_are_refused_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable) as refused:
        checkpoints.resolve("auto", pinned("0" * 64), tmp_path)
    assert list(tmp_path.iterdir()) == []
    message = str(refused.value)
    assert "HF_HUB_OFFLINE" in message  # why not from the hub
    assert "SHA-256" in message  # why not from the packages
    assert str(tmp_path / "toy") in message  # what to do


def test_a_local_folder_is_used_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    found = checkpoints.resolve(str(tmp_path), checkpoints.MINILM, tmp_path / "cache")
    assert found == tmp_path
    assert not (tmp_path / "cache").exists()
