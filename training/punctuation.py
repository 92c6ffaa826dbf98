"""Trains and measures the punctuation tagger (pipeline/models/punctuation_tagger.py).

    python -m training.punctuation ../shared/data/highlights

The words of transcripts that people punctuated, without their marks and capitals, each with the
mark that follows it. Low-rank changes (LoRA, Hu et al. 2021, arXiv:2106.09685) of the sentence
encoder are trained with a small head on it, measured on shows left out, and saved.
"""

import gzip
import json
import math
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import nn

import pipeline
from bench.support.report import show
from pipeline.language.punctuation import MARKS
from pipeline.models.model_config import ModelConfig
from pipeline.models.punctuation_tagger import (
    Network,
    adapted_layers,
    fingerprint,
    word_pieces,
)
from pipeline.models.sentence_encoder import TextEncoder
from training import ranking

FILES = ("changelog_turns.jsonl.gz", "changelog_laughs.jsonl.gz")
LEFT_OUT = ("Brain Science", "Founders Talk", "Spotlight", "Away from Keyboard")
RANK = 16
BATCH = 16  # windows
SORTED = 40  # batches among which windows are ordered by length
RATE = 6e-4
WARM_UP = 100  # steps
MEASURED = 400  # windows of the shows left out
UPPER_WEIGHT = 0.3  # weight of capitals in the loss
OUT = Path(__file__).parent.parent / "pipeline" / "weights" / "punctuation.safetensors"

# What people write → the mark that a caption has. A dash that is a word of its own joins like a
# comma; a semicolon separates like a period.
_MARK = {",": ",", ":": ",", "-": ",", "–": ",", "—": ",", ";": ".", ".": ".", "!": ".", "?": "?"}
_TRAILING = re.compile(r"^(.*?)([.,:;!?…\-–—]*)[\"'”’)\]]*$", re.DOTALL)
_DASHES = frozenset({"-", "--", "–", "—"})


@dataclass(frozen=True, slots=True)
class Said:
    """The words of one episode: bare, with the mark after each and whether each is capitalized."""

    show: str
    words: list[str]
    marks: npt.NDArray[np.int8]  # index into MARKS
    upper: npt.NDArray[np.int8]  # 1 capitalized; -1: the beginning of a sentence, not known


def read(folder: Path) -> Iterator[Said]:
    """Read the episodes of all shows."""
    for name in FILES:
        with gzip.open(folder / name, "rt") as lines:
            for line in lines:
                record = json.loads(line)
                parts = record.get("turns") or record["sentences"]
                yield parse(" ".join(part["text"] for part in parts), record["show"])


def parse(text: str, name: str = "") -> Said:
    """Take the marks and brackets off a text."""
    words, marks, upper = list[str](), list[int](), list[int]()
    for token in text.replace("[", " [").split():
        if token in _DASHES or not any(c.isalnum() for c in token):
            mark = _mark("-" if token in _DASHES else token)
            if words and mark and not marks[-1]:
                marks[-1] = mark
            continue
        found = _TRAILING.match(token.lstrip("\"'“‘([*_"))
        assert found is not None
        bare, trail = found.groups()
        if not bare:
            continue
        begins = not words or marks[-1] >= MARKS.index(".")
        words.append(bare)
        marks.append(_mark(trail))
        upper.append(-1 if begins else int(bare[0].isupper()))
    return Said(name, words, np.array(marks, np.int8), np.array(upper, np.int8))


def _mark(trail: str) -> int:
    """Return the class of the marks behind a word; three dots are a pause, which may be either."""
    if "?" in trail:
        return MARKS.index("?")
    if trail.startswith(("...", "…")):
        return MARKS.index(",")
    return max((MARKS.index(_MARK[c]) for c in trail if c in _MARK), default=0)


@dataclass(frozen=True, slots=True)
class Window:
    """Consecutive words as the network reads them."""

    ids: list[int]
    last: list[int]  # last piece of each word
    marks: npt.NDArray[np.int8]
    upper: npt.NDArray[np.int8]


def windows(said: Said, tokenizer: Tokenizer, generator: np.random.Generator) -> Iterator[Window]:
    """Cut an episode into windows of random lengths, so that edges and short talks are known."""
    at = 0
    while at < len(said.words):
        count = int(generator.integers(20, 170))
        part = slice(at, at + count)
        ids, last = word_pieces(tokenizer, said.words[part])
        used = slice(at, at + len(last))
        yield Window(ids, last, said.marks[used], said.upper[used])
        at += max(1, len(last))


def alike(some: list[Window], generator: np.random.Generator) -> list[Window]:
    """Order windows so that those of a batch are about as long: nothing is spent on padding."""
    found = list[Window]()
    for start in range(0, len(some) - SORTED * BATCH + 1, SORTED * BATCH):
        part = sorted(some[start : start + SORTED * BATCH], key=lambda w: len(w.ids))
        for place in generator.permutation(SORTED):
            found += part[place * BATCH : (place + 1) * BATCH]
    return found or some


def batch_of(some: Sequence[Window]) -> tuple[torch.Tensor, ...]:
    """Pad windows: ids and mask (b, t), last pieces, marks and capitals (b, w); -1 is nothing."""
    tokens, words = max(len(w.ids) for w in some), max(len(w.last) for w in some)
    ids = torch.zeros(len(some), tokens, dtype=torch.long)
    mask = torch.zeros(len(some), tokens, dtype=torch.long)
    last = torch.zeros(len(some), words, dtype=torch.long)
    marks = torch.full((len(some), words), -1)
    upper = torch.full((len(some), words), -1)
    for i, window in enumerate(some):
        ids[i, : len(window.ids)] = torch.tensor(window.ids)
        mask[i, : len(window.ids)] = 1
        last[i, : len(window.last)] = torch.tensor(window.last)
        marks[i, : len(window.last)] = torch.from_numpy(window.marks.astype(np.int64))
        upper[i, : len(window.last)] = torch.from_numpy(window.upper.astype(np.int64))
    return ids, mask, last, marks, upper


class LowRank(nn.Module):
    """A frozen linear layer and a trained change of low rank."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.layer = layer
        self.down = nn.Parameter(torch.randn(RANK, layer.in_features) / math.sqrt(RANK))
        self.up = nn.Parameter(torch.zeros(layer.out_features, RANK))

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Map (..., in) to (..., out)."""
        changed: torch.Tensor = self.layer(states) + (states @ self.down.T) @ self.up.T
        return changed


def adapt(network: Network) -> dict[str, LowRank]:
    """Put a low-rank change beside each of the encoder's products."""
    for parameter in network.encoder.parameters():
        parameter.requires_grad_(False)
    adapted = {}
    for name in adapted_layers(network):
        parent, _, leaf = name.rpartition(".")
        module = network.get_submodule(parent)
        adapted[name] = LowRank(getattr(module, leaf))
        setattr(module, leaf, adapted[name])
    return adapted


def loss_of(network: Network, batch: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """Return the cross-entropy of marks and capitals."""
    ids, mask, last, marks, upper = batch
    with torch.autocast("cpu", torch.bfloat16):
        found, capital = network(ids, mask, last)
    main = nn.functional.cross_entropy(
        found.float().flatten(0, 1), marks.flatten(), ignore_index=-1
    )
    known = upper >= 0
    return main + UPPER_WEIGHT * nn.functional.binary_cross_entropy_with_logits(
        capital.float()[known], upper[known].float()
    )


@torch.inference_mode()
def measure(network: Network, held: Sequence[Window]) -> list[dict[str, object]]:
    """Return F1 of each mark, of the ends of sentences and of capitals, over windows."""
    network.eval()
    found, truth, capital, upper = [], [], [], []
    for start in range(0, len(held), BATCH):
        ids, mask, last, marks, up = batch_of(held[start : start + BATCH])
        with torch.autocast("cpu", torch.bfloat16):
            scores, capitals = network(ids, mask, last)
        found.append(scores.float().argmax(-1)[marks >= 0].numpy())
        truth.append(marks[marks >= 0].numpy())
        capital.append((capitals.float()[up >= 0] > 0).numpy())
        upper.append((up[up >= 0] == 1).numpy())
    network.train()
    marked, right, end = np.concatenate(found), np.concatenate(truth), MARKS.index(".")
    kinds = {repr(mark): (marked == i, right == i) for i, mark in enumerate(MARKS)}
    kinds["end of a sentence"] = marked >= end, right >= end
    kinds["capital"] = np.concatenate(capital), np.concatenate(upper)
    return [
        {"mark": name, "n": int(known.sum()), "F1": ranking.f1(seen, known)}
        for name, (seen, known) in kinds.items()
    ]


def main(folder: str, minutes: str = "60") -> None:
    """Train for so many minutes, measure on shows left out, save."""
    torch.manual_seed(0)
    generator = np.random.default_rng(0)
    encoder = pipeline.load_models(ModelConfig(device="cpu", precision="float32")).text_encoder
    network = Network.beside(encoder)
    adapted = adapt(network)
    train, held = list[Window](), list[Window]()
    episodes = list(read(Path(folder)))
    order = generator.permutation(len(episodes))
    budget = float(minutes) * 60
    limit = round(budget * 10)  # windows; more than two cores read in that time
    for number in order:
        said = episodes[number]
        into, enough = (held, MEASURED) if said.show in LEFT_OUT else (train, limit)
        if len(into) < enough:
            into += windows(said, encoder.tokenizer, generator)
    generator.shuffle(held)
    held = held[:MEASURED]
    generator.shuffle(train)
    train = alike(train, generator)
    print(f"{len(episodes)} episodes, {len(train)} windows to train on", flush=True)
    trained = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=RATE, weight_decay=0.01)
    began, step, shown = time.monotonic(), 0, 0.0
    while (spent := (time.monotonic() - began) / budget) < 1.0:
        some = [train[(step * BATCH + i) % len(train)] for i in range(BATCH)]
        rate = RATE * min(1.0, (step + 1) / WARM_UP) * (0.5 + 0.5 * math.cos(math.pi * spent))
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = loss_of(network, batch_of(some))
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        shown = 0.98 * shown + 0.02 * loss.item()
        if step % 100 == 0:
            print(f"step {step}, {spent:.0%} of the time, loss {loss.item():.3f}", flush=True)
        if step % 500 == 499:
            show(f"step {step}", measure(network, held))
        step += 1
    show(f"Shows left out: {', '.join(LEFT_OUT)}", measure(network, held))
    save(network, adapted, encoder)
    print(f"{step} steps of {BATCH} windows, written to {OUT}")


def save(network: Network, adapted: dict[str, LowRank], encoder: TextEncoder) -> None:
    """Write the low-rank changes and the head."""
    kept = {f"{name}.down": low.down for name, low in adapted.items()}
    kept |= {f"{name}.up": low.up for name, low in adapted.items()}
    kept |= {f"head.{name}": value for name, value in network.head.state_dict().items()}
    stored = {k: v.detach().to(torch.float16).contiguous() for k, v in kept.items()}
    save_file(stored | {"fingerprint": fingerprint(encoder)}, OUT)


if __name__ == "__main__":
    main(*sys.argv[1:])
