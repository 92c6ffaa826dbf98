"""Weights come only from where their hash is right, and a broken fetch leaves nothing behind."""

import hashlib
import re
from pathlib import Path

import huggingface_hub
import pytest

from pipeline.core.errors import ModelUnavailable
from pipeline.models import checkpoints
from pipeline.models.checkpoints import Pinned
from pipeline.models.registry import default_cache_dir

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


@pytest.mark.parametrize(
    "pinned",
    [p for p in vars(checkpoints).values() if isinstance(p, Pinned)],
    ids=lambda pinned: str(pinned.name),
)
def test_every_file_of_a_checkpoint_has_a_hash_or_the_reason_why_not(pinned: Pinned) -> None:
    assert set(pinned.sha256) <= set(pinned.files)
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in pinned.sha256.values())
    assert set(pinned.sha256) == set(pinned.files) or pinned.unhashed
    if pinned.repo:  # a branch may move
        assert re.fullmatch("[0-9a-f]{40}", pinned.revision)


def test_the_cached_checkpoints_are_the_pinned_ones_where_they_are_not_converted() -> None:
    folder = default_cache_dir() / checkpoints.MINILM.name
    if not folder.is_dir():
        pytest.skip("all-MiniLM-L6-v2 is not in the cache")
    for name, digest in checkpoints.MINILM.sha256.items():
        with (folder / name).open("rb") as file:
            assert hashlib.file_digest(file, "sha256").hexdigest() == digest
