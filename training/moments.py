"""Trains the networks that find whole moments (pipeline/analysis/moments.py).

    python -m training.moments

All spans of a talk between SHORTEST_S and LONGEST_S compete (softmax), and the planted moments of
the training half should win; a span that is almost one counts a little. Spans that tear a moment or
take bait have to lose by a margin (softmax-margin; Gimpel, Smith 2010, NAACL). The same talks give
the same networks. `python -m bench.moments --folds` measures on talks of the training half that
are left out: the test half stays untouched while anything is chosen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

import pipeline
from pipeline.analysis import moments
from pipeline.analysis.moments import Encode, Encoded, Ensemble, Inputs, Network
from pipeline.core.arrays import F32, F64, Indices
from training import scripts
from training.scripts import Script

SHORTEST_S, LONGEST_S = 12.0, 100.0
NETWORKS = 8
FOLDS = 4
EPOCHS = 25
TALKS = 4  # per step
RATE = 3e-3
DECAY = 0.01
DROP = 0.4
DROP_WORDS = 0.2
WORDS_DECAY = 0.1
TORN_MARGIN = 2.0  # nats by which a span that begins or ends inside a moment has to lose
BAIT_MARGIN = 3.0  # nats for a span that takes half of a bait
DROP_INPUT = 0.5  # of the encoder's vectors: a few hundred moments are few for 1,152 numbers
NEAR = 0.85  # overlap from which a span that is not quite a moment counts
NEAR_WEIGHT = 0.15  # of one with full overlap, against the moment itself
OUT = Path(__file__).parent.parent / "pipeline" / "weights" / "moments.safetensors"


@dataclass(frozen=True, slots=True)
class Example:
    """One talk as the network sees it."""

    script: Script
    encoded: Encoded
    vectors: F32  # (n, width_in), not yet centered
    counted: F32  # (n, len(moments.NAMES)), not yet scaled
    first: torch.Tensor  # (m,): of each span
    last: torch.Tensor
    wanted: torch.Tensor  # (m,), sums to 1
    margin: torch.Tensor  # (m,), nats


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
        moments.join(encoded),
        moments.features(sentences, encoded.meaning),
        torch.from_numpy(first),
        torch.from_numpy(last),
        torch.from_numpy(wanted / wanted.sum()).float(),
        torch.from_numpy(margins(script, first, last)).float(),
    )


def margins(script: Script, first: Indices, last: Indices) -> F64:
    """Return by how much each span has to lose, nats."""
    torn = np.zeros(len(first), bool)
    taken = np.zeros(len(first), bool)
    for moment in script.moments:
        torn |= (moment.first < first) & (first <= moment.last)
        torn |= (moment.first <= last) & (last < moment.last)
    for bait in script.bait:
        common = np.minimum(last, bait.last) - np.maximum(first, bait.first) + 1
        taken |= common * 2 >= bait.last - bait.first + 1
    return TORN_MARGIN * torn + BAIT_MARGIN * taken


def train(examples: Sequence[Example], networks: int = NETWORKS) -> Ensemble:
    """Train an ensemble on talks."""
    words = np.concatenate([e.encoded.words for e in examples]).astype(np.float32)
    counted = np.concatenate([e.counted for e in examples])
    scales = Ensemble(
        (),
        center=torch.from_numpy(np.concatenate([e.vectors for e in examples]).mean(0)),
        usual=torch.from_numpy(counted.mean(0)),
        spread=torch.from_numpy(counted.std(0) + 1e-6),
        words_center=torch.from_numpy(words.mean(0)),
        words_spread=torch.tensor(float(words.std())),
        device=torch.device("cpu"),
    )
    scaled = [(e, scales.inputs(e.vectors, e.counted, e.encoded)) for e in examples]
    return replace(scales, networks=tuple(_train_one(scaled, seed) for seed in range(networks)))


def held_out(
    examples: Sequence[Example], folds: int = FOLDS, networks: int = 2
) -> Iterator[tuple[Ensemble, list[Example]]]:
    """Yield ensembles with the talks that each has not seen; translations of a talk go together."""
    names = sorted({e.script.name for e in examples})
    for fold in range(folds):
        unseen = set(names[fold::folds])
        ensemble = train([e for e in examples if e.script.name not in unseen], networks)
        yield ensemble, [e for e in examples if e.script.name in unseen]


def _train_one(examples: Sequence[tuple[Example, Inputs]], seed: int) -> Network:
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    seen = examples[0][1]
    network = Network(
        seen.vectors.shape[1],
        seen.words.shape[1],
        drop=DROP,
        drop_input=DROP_INPUT,
        drop_words=DROP_WORDS,
    )
    of_words = {id(p) for p in network.pool.parameters()}
    others = [p for p in network.parameters() if id(p) not in of_words]
    optimizer = torch.optim.AdamW(
        [
            {"params": others, "weight_decay": DECAY},
            {"params": network.pool.parameters(), "weight_decay": WORDS_DECAY},
        ],
        lr=RATE,
    )
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


def loss(network: Network, example: Example, seen: Inputs) -> torch.Tensor:
    """Return the cross-entropy of the spans of a talk, nats."""
    begin, end, inside = network(seen).T
    sums = torch.cat((torch.zeros(1), inside.cumsum(0)))
    scores = begin[example.first] + end[example.last] + example.margin
    scores = scores + sums[example.last + 1] - sums[example.first]
    entropy: torch.Tensor = -(example.wanted * scores.log_softmax(0)).sum()
    return entropy / TALKS


def save(ensemble: Ensemble) -> None:
    """Write the weights."""
    data = {name: getattr(ensemble, name) for name in moments.SCALED}
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
