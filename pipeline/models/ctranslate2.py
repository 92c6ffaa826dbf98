"""Read a CTranslate2 Whisper `model.bin` and rename its variables as in a Hugging Face checkpoint.

The format (CTranslate2 docs, "model structure"; all little-endian): u32 version, name, u32
revision, u32 count, then for each variable a u16-length name, u8 rank, u32 dimensions, u8 type, u32
bytes and the data; then the aliases, which only state that the output projection is tied. The
caller has verified the hash of the file.
"""

import json
import re
import struct
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from pipeline.recognition.whisper_weights import Shape

_TYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}

_NORMS = {"beta": "bias", "gamma": "weight"}
_LAYER = re.compile(r"(encoder|decoder)/layer_(\d+)/(.+)")
_TOP = {
    "encoder/conv1/weight": "model.encoder.conv1.weight",
    "encoder/conv1/bias": "model.encoder.conv1.bias",
    "encoder/conv2/weight": "model.encoder.conv2.weight",
    "encoder/conv2/bias": "model.encoder.conv2.bias",
    "encoder/position_encodings/encodings": "model.encoder.embed_positions.weight",
    "encoder/layer_norm/gamma": "model.encoder.layer_norm.weight",
    "encoder/layer_norm/beta": "model.encoder.layer_norm.bias",
    "decoder/embeddings/weight": "model.decoder.embed_tokens.weight",
    "decoder/position_encodings/encodings": "model.decoder.embed_positions.weight",
    "decoder/layer_norm/gamma": "model.decoder.layer_norm.weight",
    "decoder/layer_norm/beta": "model.decoder.layer_norm.bias",
}


def convert(folder: Path) -> None:
    """Write the checkpoint of `model.bin` in the Hugging Face layout beside it."""
    variables = read_variables(folder / "model.bin")
    state = to_hugging_face(variables)
    del state["proj_out.weight"]  # tied; safetensors refuses shared memory
    side = json.loads((folder / "config.json").read_text())
    width = variables["encoder/conv1/weight"].shape
    layers = {
        kind: len(
            {k.split("/")[1] for k in variables if k.startswith(f"{kind}/layer_")} - {"layer_norm"}
        )
        for kind in ("encoder", "decoder")
    }
    feed = variables["encoder/layer_0/ffn/linear_0/weight"].shape[0]
    shape = Shape(
        vocab_size=variables["decoder/embeddings/weight"].shape[0],
        d_model=width[0],
        num_mel_bins=width[1],
        encoder_layers=layers["encoder"],
        decoder_layers=layers["decoder"],
        encoder_attention_heads=int(variables["encoder/num_heads"]),
        decoder_attention_heads=int(variables["decoder/num_heads"]),
        encoder_ffn_dim=feed,
        decoder_ffn_dim=feed,
        max_target_positions=variables["decoder/position_encodings/encodings"].shape[0],
    )
    kind = {"model_type": "whisper", "architectures": ["WhisperForConditionalGeneration"]}
    generation = {
        "alignment_heads": side["alignment_heads"],
        "suppress_tokens": side["suppress_ids"],
        "begin_suppress_tokens": side["suppress_ids_begin"],
    }
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(kind | asdict(shape)))
    (folder / "generation_config.json").write_text(json.dumps(generation))


def read_variables(path: Path) -> dict[str, np.ndarray]:
    """Return every variable of the file by its own name.

    Raises ValueError for another kind of file.
    """
    data = path.read_bytes()
    offset = 0

    def take(form: str) -> int:
        nonlocal offset
        (value,) = struct.unpack_from("<" + form, data, offset)
        offset += struct.calcsize("<" + form)
        return int(value)

    def name() -> str:
        nonlocal offset
        length = take("H")
        raw = data[offset : offset + length]
        offset += length
        return raw.rstrip(b"\0").decode()

    version = take("I")
    if version < 4 or name() != "WhisperSpec":
        raise ValueError(f"{path.name} is not a CTranslate2 Whisper model")
    take("I")  # revision of the specification
    variables = {}
    for _ in range(take("I")):
        key = name()
        shape = [take("I") for _ in range(take("B"))]
        kind = _TYPES[take("B")]
        size = take("I")
        variables[key] = np.frombuffer(data, kind, size // np.dtype(kind).itemsize, offset)
        variables[key] = variables[key].reshape(shape)
        offset += size
    return variables


def to_hugging_face(variables: dict[str, np.ndarray]) -> dict[str, torch.Tensor]:
    """Return the state dict of `WhisperForConditionalGeneration`, complete for a strict load."""
    state: dict[str, torch.Tensor] = {}
    for key, value in variables.items():
        if key in _TOP:
            state[_TOP[key]] = torch.from_numpy(value.copy())
        elif match := _LAYER.fullmatch(key):
            side, number, rest = match.groups()
            prefix = f"model.{side}.layers.{number}."
            for suffix, part in _layer_part(rest, torch.from_numpy(value.copy())):
                state[prefix + suffix] = part
    state["proj_out.weight"] = state["model.decoder.embed_tokens.weight"]
    return state


def _layer_part(name: str, value: torch.Tensor) -> list[tuple[str, torch.Tensor]]:
    """Return the names and tensors for one variable of a layer; stacked projections are split."""
    block, *parts = name.split("/")
    if block == "ffn":
        if parts[0] == "layer_norm":
            return [(f"final_layer_norm.{_NORMS[parts[1]]}", value)]
        return [(f"fc{int(parts[0][-1]) + 1}.{parts[1]}", value)]
    target = "encoder_attn" if block == "attention" else "self_attn"
    if parts[0] == "layer_norm":
        return [(f"{target}_layer_norm.{_NORMS[parts[1]]}", value)]
    if target == "encoder_attn":
        heads = {"linear_0": ["q_proj"], "linear_1": ["k_proj", "v_proj"]}
    else:
        heads = {"linear_0": ["q_proj", "k_proj", "v_proj"], "linear_1": ["out_proj"]}
    names = heads.get(parts[0], ["out_proj"])
    return [
        (f"{target}.{projection}.{parts[1]}", part.contiguous())
        for projection, part in zip(names, value.chunk(len(names)), strict=True)
        if (projection, parts[1]) != ("k_proj", "bias")  # zero by construction, and absent there
    ]
