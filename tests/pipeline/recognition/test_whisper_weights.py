"""Checkpoints of Whisper as people have them: every form of file, and what is wrong with one."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from project_paths import ROOT
from safetensors.torch import load_file, save_file

from pipeline.core.errors import ModelMisconfigured
from pipeline.models import checkpoints, pinned
from pipeline.models.model_config import ModelConfig, default_cache_dir
from pipeline.models.registry import load_models
from pipeline.recognition.whisper import DecoderState, Whisper
from pipeline.recognition.whisper_weights import WhisperWeights

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def base() -> Path:
    """The folder of Whisper base."""
    return checkpoints.resolve("auto", pinned.WHISPER_BASE, default_cache_dir())


@pytest.fixture(scope="module")
def tiny() -> Any:  # transformers has no types
    """A small network with random weights, as transformers makes it."""
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    torch.manual_seed(0)
    return WhisperForConditionalGeneration(
        WhisperConfig(
            vocab_size=300,
            num_mel_bins=8,
            d_model=16,
            encoder_layers=2,
            decoder_layers=2,
            encoder_attention_heads=2,
            decoder_attention_heads=2,
            encoder_ffn_dim=32,
            decoder_ffn_dim=32,
            pad_token_id=0,
            bos_token_id=1,
            eos_token_id=2,
            decoder_start_token_id=3,
        )
    )


def _whole(network: Any, folder: Path) -> None:
    network.save_pretrained(folder)


def _shards(network: Any, folder: Path) -> None:
    network.save_pretrained(folder, max_shard_size="20KB")
    assert (folder / "model.safetensors.index.json").is_file()


def _pickled(network: Any, folder: Path) -> None:
    network.config.save_pretrained(folder)
    torch.save(network.state_dict(), folder / "pytorch_model.bin")


def _inside(network: Any, folder: Path) -> None:
    network.model.save_pretrained(folder)


def _by_its_other_name(network: Any, folder: Path) -> None:
    network.config.save_pretrained(folder)
    state = {name: value.clone() for name, value in network.state_dict().items()}
    del state["model.decoder.embed_tokens.weight"]
    save_file(state, folder / "model.safetensors")


@pytest.mark.xdist_group("recognition")  # which loads transformers
@pytest.mark.parametrize("save", [_whole, _shards, _pickled, _inside, _by_its_other_name])
def test_a_checkpoint_is_read_in_each_form(
    save: Callable[[Any, Path], None], tiny: Any, tmp_path: Path
) -> None:
    save(tiny, tmp_path)
    found = WhisperWeights.load(tmp_path, CPU, torch.bfloat16).state_dict()
    theirs = tiny.model.state_dict()
    assert found.keys() == theirs.keys()
    for name, value in found.items():
        assert torch.equal(value, theirs[name].to(torch.bfloat16)), name


@pytest.mark.slow  # loads transformers
@pytest.mark.xdist_group("recognition")  # which loads transformers
@torch.inference_mode()
def test_the_network_is_that_of_transformers(base: Path) -> None:
    """The scores of every token of a prompt are those of the reference implementation.

    Takes seconds: they are two networks of real size, and no other test compares them.
    """
    from transformers import WhisperForConditionalGeneration

    ours = Whisper.load(base, CPU, torch.float32)
    theirs = WhisperForConditionalGeneration.from_pretrained(base, dtype=torch.float32).eval()
    draw = torch.Generator().manual_seed(0)
    samples: npt.NDArray[np.float32] = torch.randn(1, 480_000, generator=draw).numpy()
    mel = ours.log_mel(samples)
    tokens = torch.tensor([[ours.vocabulary.start, *[ours.vocabulary.transcribe] * 2, 440, 7, 13]])
    wanted = theirs(input_features=mel, decoder_input_ids=tokens).logits
    scores = DecoderState(ours, ours.encode(mel)).prompt(tokens)
    assert (scores - wanted).abs().max() < 1e-3 * wanted.abs().max()


def _without_a_size(folder: Path) -> None:
    _change_config(folder, lambda config: config.pop("d_model"))


def _of_another_kind(folder: Path) -> None:
    _change_config(folder, lambda config: config.update(model_type="wav2vec2"))


def _of_another_size(folder: Path) -> None:
    _change_config(folder, lambda config: config.update(num_mel_bins=128))


def _without_a_weight(folder: Path) -> None:
    state = load_file(folder / "model.safetensors")
    del state["model.encoder.conv1.weight"]
    (folder / "model.safetensors").unlink()
    save_file(state, folder / "model.safetensors")


def _cut_off(folder: Path) -> None:
    file = folder / "model.safetensors"
    read = file.read_bytes()
    file.unlink()
    file.write_bytes(read[: len(read) // 2])


def _change_config(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    config = json.loads((folder / "config.json").read_text())
    change(config)
    (folder / "config.json").unlink()
    (folder / "config.json").write_text(json.dumps(config))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_without_a_size, "config.json lacks d_model"),
        (_of_another_kind, "config.json is of a model of type wav2vec2, not whisper"),
        (
            _of_another_size,
            r"conv1.weight has the sizes \[512, 80, 3\], by config.json \[512, 128, 3\]",
        ),
        (_without_a_weight, r"1 of \d+ weights are missing: encoder.conv1.weight"),
        (_cut_off, "SafetensorError"),
    ],
)
def test_what_is_wrong_with_a_checkpoint_is_said(
    spoil: Callable[[Path], None], said: str, base: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(base, folder, copy_function=lambda a, b: Path(b).symlink_to(a))
    spoil(folder)
    models = load_models(ModelConfig(whisper=str(folder), device="cpu"))
    with pytest.raises(
        ModelMisconfigured, match=f"models.whisper: {folder} cannot be loaded: .*{said}"
    ):
        _ = models.whisper


WARM = "models.warm(), models.warm_optional(), models.punctuation, models.text_models\n"


@pytest.mark.slow  # a process of its own
@pytest.mark.parametrize("use", [pytest.param("", id="import"), pytest.param(WARM, id="warm")])
def test_no_network_of_a_job_loads_transformers(use: str) -> None:
    """The library takes four seconds to import, by which each command would take longer."""
    program = (
        "import sys, pipeline\n"
        "models = pipeline.load_models(pipeline.ModelConfig(device='cpu'))\n"
        f"{use}"
        "pipeline.listen, models.voice_activity\n"
        "sys.exit('transformers' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120.0, cwd=ROOT)
