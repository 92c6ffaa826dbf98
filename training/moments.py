"""Trains the networks that find whole moments (pipeline/analysis/moments.py).

    python -m training.moments

All spans of a talk between SHORTEST_S and LONGEST_S compete (softmax), and the planted moments of
the training half should win; a span that is almost one counts a little. The same talks give the
same networks. `python -m bench.moments --folds 4` measures on talks of the training half that are
left out: the test half stays untouched while anything is chosen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

import pipeline
from pipeline.analysis import moments
from pipeline.analysis.moments import Encode, Encoded, Ensemble, Network
from training import scripts
from training.scripts import Script

SHORTEST_S, LONGEST_S = 12.0, 95.0
NETWORKS = 8
FOLDS = 4
EPOCHS = 25
TALKS = 4  # per step
RATE = 3e-3
DECAY = 0.01
DROP = 0.4
DROP_INPUT = 0.5  # of the encoder's vectors: a few hundred moments are few for 1,152 numbers
NEAR = 0.85  # overlap from which a span that is not quite a moment counts
NEAR_WEIGHT = 0.15  # of one with full overlap, against the moment itself
OUT = Path(__file__).parent.parent / "pipeline" / "weights" / "moments.safetensors"


@dataclass(frozen=True, slots=True)
class Example:
    """One talk as the network sees it."""

    script: Script
    encoded: Encoded
    vectors: torch.Tensor  # (n, width_in), not yet centered
    features: torch.Tensor  # (n, len(moments.NAMES)), not yet scaled
    first: torch.Tensor  # (m,): of each span
    last: torch.Tensor
    wanted: torch.Tensor  # (m,), sums to 1


def prepare(script: Script, encode: Encode) -> Example:
    """Return the spans of a talk, and which of them are wanted."""
    sentences = script.talk.sentences
    encoded = encode([s.text for s in sentences])
    starts, ends = np.array([(s.start_s, s.end_s) for s in sentences]).T
    lasts = ends[None] - starts[:, None]
    first, last = np.nonzero((lasts >= SHORTEST_S) & (lasts <= LONGEST_S))
    wanted = np.zeros(len(first))
    for moment in script.moments:
        common = np.minimum(last, moment.last) - np.maximum(first, moment.first) + 1
        union = np.maximum(last, moment.last) - np.minimum(first, moment.first) + 1
        alike = np.maximum(0, common) / union
        share = np.where(alike == 1, 1.0, NEAR_WEIGHT * np.maximum(0, alike - NEAR) / (1 - NEAR))
        wanted += share / max(1e-9, share.sum())
    return Example(
        script,
        encoded,
        torch.from_numpy(moments.join(encoded)),
        torch.from_numpy(moments.features(sentences, encoded.meaning)),
        torch.from_numpy(first),
        torch.from_numpy(last),
        torch.from_numpy(wanted / wanted.sum()).float(),
    )


def train(examples: Sequence[Example], networks: int = NETWORKS) -> Ensemble:
    """Train an ensemble on talks."""
    vectors = torch.cat([e.vectors for e in examples])
    features = torch.cat([e.features for e in examples])
    center, usual, spread = vectors.mean(0), features.mean(0), features.std(0) + 1e-6
    scaled = [(e, e.vectors - center, (e.features - usual) / spread) for e in examples]
    found = tuple(_train_one(scaled, seed) for seed in range(networks))
    return Ensemble(found, center, usual, spread, torch.device("cpu"))


def held_out(
    examples: Sequence[Example], folds: int = FOLDS, networks: int = 2
) -> Iterator[tuple[Ensemble, list[Example]]]:
    """Yield ensembles with the talks that each has not seen; translations of a talk go together."""
    names = sorted({e.script.name for e in examples})
    for fold in range(folds):
        unseen = set(names[fold::folds])
        ensemble = train([e for e in examples if e.script.name not in unseen], networks)
        yield ensemble, [e for e in examples if e.script.name in unseen]


def _train_one(
    examples: Sequence[tuple[Example, torch.Tensor, torch.Tensor]], seed: int
) -> Network:
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    network = Network(examples[0][1].shape[1], drop=DROP, drop_input=DROP_INPUT)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    steps = EPOCHS * -(-len(examples) // TALKS)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps + 1)
    for _ in range(EPOCHS):
        order = random.permutation(len(examples))
        for at in range(0, len(order), TALKS):
            optimizer.zero_grad()
            for k in order[at : at + TALKS]:
                torch.autograd.backward(loss(network, *examples[k]))
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    return network.eval()


def loss(
    network: Network, example: Example, vectors: torch.Tensor, features: torch.Tensor
) -> torch.Tensor:
    """Return the cross-entropy of the spans of a talk, nats."""
    begin, end, inside = network(vectors, features).T
    sums = torch.cat((torch.zeros(1), inside.cumsum(0)))
    scores = begin[example.first] + end[example.last]
    scores = scores + sums[example.last + 1] - sums[example.first]
    entropy: torch.Tensor = -(example.wanted * scores.log_softmax(0)).sum()
    return entropy / TALKS


def save(ensemble: Ensemble) -> None:
    """Write the weights."""
    data = {"center": ensemble.center, "usual": ensemble.usual, "spread": ensemble.spread}
    for k, network in enumerate(ensemble.networks):
        data |= {f"network.{k}.{name}": v for name, v in network.state_dict().items()}
    halves = {name: v.half().contiguous() for name, v in data.items()}
    save_file(halves, OUT, metadata={"talks": "training/talks/train"})


def main() -> None:
    """Train on the training half and save."""
    encode = pipeline.load_models().multilingual_encoder
    examples = [prepare(script, encode) for script in scripts.read_all("train")]
    moments_known = sum(len(e.script.moments) for e in examples)
    print(f"{len(examples)} talks, {moments_known} moments, {NETWORKS} networks", flush=True)
    save(train(examples))
    print(f"{OUT.stat().st_size / 1024:.0f} KiB, written to {OUT}")


if __name__ == "__main__":
    main()
