"""Learns which words of a moment can be its title, from what an editor chose of 640 moments.

    python -m training.titles

titles.jsonl names moments of real talks (talk, first and last sentence) and words of them that a
reader judged as titles: those to post, the best first ("good"), those for want of a better one
("fair"), and the others ("bad"). Words are named by the sentence of the moment and their positions
in it as it was said, "2:5-11": what an editor leaves out in between is left out.

Printed: how often the best clause is to be posted, of shows left out. What ships learned from all.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch.nn.functional import binary_cross_entropy_with_logits

import pipeline
from pipeline.analysis import copy_edits, sentence_roles, title_fitness
from pipeline.analysis.moments import Encode
from pipeline.analysis.title_fitness import Network
from pipeline.core.arrays import F32
from pipeline.highlights import titles
from training import real_talk
from training.sentences import Said

LABELS = Path(__file__).parent / "titles.jsonl"
OUT = Path(pipeline.__file__).parent / "weights" / "titles.safetensors"
LANGUAGE = "en"
FOLDS = 5
NETWORKS = 4
EPOCHS = 14
BATCH = 8  # moments
RATE = 3e-3
DECAY = 0.05
DROP = 0.4
DROP_INPUT = 0.5
WORTH = {"best": 1.0, "good": 0.8, "fair": 0.4, "bad": 0.0}
WEIGHT_OF_CHOICE = 0.3  # weight of being a moment's best title, beside being good


@dataclass(frozen=True, slots=True)
class Example:
    """The judged clauses of one moment, as a network sees them."""

    show: str
    states: F32  # (n, 4 d)
    counted: F32  # (n, k)
    worth: F32  # (n,): of WORTH


def read(encode: Encode) -> list[Example]:
    """Return the moments whose talks are at hand.

    Raises ValueError if a talk has other sentences than those that were read.
    """
    records = [json.loads(line) for line in LABELS.read_text(encoding="utf-8").splitlines()]
    talks = {
        (source, talk.id): talk
        for source in sorted({r["source"] for r in records})
        for talk in real_talk.read(source)
    }
    found = []
    for record in records:
        talk = talks[record["source"], record["talk"]]
        if talk.digest != record["digest"]:
            raise ValueError(f"{talk.id} has other sentences than those that were read")
        said = talk.sentences[record["first"] : record["last"] + 1]
        own = [Said(s.speaker, s.text) for s in said]
        if (example := _example(talk.show, own, record, encode)) is not None:
            found.append(example)
    return found


def _example(
    show: str, said: Sequence[Said], record: dict[str, Any], encode: Encode
) -> Example | None:
    """Return a moment's example; None if nothing that was judged is among its clauses now."""
    edited = copy_edits.stored(torch.device("cpu"))(said, encode([s.text for s in said]))
    sentences = titles.sentences(edited, LANGUAGE)
    worth = {name: WORTH[kind] for kind in ("bad", "fair", "good") for name in record[kind]}
    worth |= dict.fromkeys(record["good"][:1], WORTH["best"])
    places = list(_places([s.text for s in said], edited))
    judged = [
        (clause, worth[name])
        for clause in titles.clauses(sentences, LANGUAGE)
        if (name := _name(clause, places)) in worth
    ]
    if not judged:
        return None
    printed = [title_fitness.Sentence(text) for text in sentences]
    encoded = encode(sentences)
    roles = sentence_roles.stored(torch.device("cpu"))(printed, encoded)
    rows, states, counted = title_fitness.describe(
        [clause for clause, _ in judged], printed, encoded, roles
    )
    values = np.array([judged[row][1] for row in rows], np.float32)
    return Example(show, states, counted, values) if rows else None


def _places(said: Sequence[str], edited: Sequence[str]) -> Iterator[list[tuple[int, int]]]:
    """Yield which words each printed sentence has: of which sentence, and the how-manieth."""
    for number, (spoken, printed) in enumerate(zip(said, edited, strict=True)):
        words = [copy_edits.bare(w) for w in spoken.split()]
        parts = [sentence.split() for sentence in titles.sentences([printed], LANGUAGE)]
        kept = [copy_edits.bare(w) for part in parts for w in part]
        places = [(number, -1)] * len(kept)
        for a, b, size in SequenceMatcher(None, words, kept, autojunk=False).get_matching_blocks():
            places[b : b + size] = [(number, a + k) for k in range(size)]
        at = 0
        for part in parts:
            yield places[at : at + len(part)]
            at += len(part)


def _name(clause: title_fitness.Clause, places: Sequence[Sequence[tuple[int, int]]]) -> str:
    own = places[clause.sentence]
    return f"{own[clause.first][0]}:{own[clause.first][1]}-{own[clause.last][1]}"


def train(examples: Sequence[Example], seed: int) -> tuple[Network, dict[str, torch.Tensor]]:
    """Train one network and return how its input is scaled."""
    torch.manual_seed(seed)
    order = np.random.default_rng(seed)
    scales = scale(examples)
    network = Network(
        len(scales["center"]), len(scales["usual"]), drop=DROP, drop_input=DROP_INPUT
    ).train()
    steps = EPOCHS * -(-len(examples) // BATCH)
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=0.15)
    for _ in range(EPOCHS):
        shuffled = order.permutation(len(examples))
        for at in range(0, len(shuffled), BATCH):
            loss = _loss(network, scales, [examples[n] for n in shuffled[at : at + BATCH]])
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
            rate.step()
    return network.eval(), scales


def scale(examples: Sequence[Example]) -> dict[str, torch.Tensor]:
    """Return the means of what is seen, and how far it spreads."""
    states = np.concatenate([e.states for e in examples])
    counted = np.concatenate([e.counted for e in examples])
    return {
        "center": torch.from_numpy(states.mean(0)),
        "spread": torch.tensor(states.std()),
        "usual": torch.from_numpy(counted.mean(0)),
        "spreads": torch.from_numpy(counted.std(0) + 1e-3),
    }


def _loss(
    network: Network, scales: dict[str, torch.Tensor], some: Sequence[Example]
) -> torch.Tensor:
    """Return the cross-entropy of being good, and of being the best of a moment."""
    odds = _rate(network, scales, some)
    worth = [torch.from_numpy(e.worth) for e in some]
    loss = binary_cross_entropy_with_logits(torch.cat(odds), torch.cat(worth))
    choices = [
        -(share / share.sum() * own.log_softmax(0)).sum()
        for own, value in zip(odds, worth, strict=True)
        if (share := value.square()).sum() > 0
    ]
    return loss + WEIGHT_OF_CHOICE * torch.stack(choices).mean() if choices else loss


def _rate(
    network: Network, scales: dict[str, torch.Tensor], some: Sequence[Example]
) -> list[torch.Tensor]:
    states = torch.from_numpy(np.concatenate([e.states for e in some]))
    counted = torch.from_numpy(np.concatenate([e.counted for e in some]))
    odds: torch.Tensor = network(
        (states - scales["center"]) / scales["spread"],
        (counted - scales["usual"]) / scales["spreads"],
    )
    return list(torch.split(odds, [len(e.worth) for e in some]))


@torch.inference_mode()
def share_good(examples: Sequence[Example]) -> tuple[float, float]:
    """Return how often the best clause is good, and at least fair, of shows left out."""
    sizes = Counter(e.show for e in examples)
    folds: dict[int, set[str]] = defaultdict(set)
    for show, _ in sizes.most_common():
        fewest = min(range(FOLDS), key=lambda n: sum(sizes[s] for s in folds[n]))
        folds[fewest].add(show)
    found = []
    for unseen in folds.values():
        rest = [e for e in examples if e.show not in unseen]
        with torch.inference_mode(mode=False):
            voters = [train(rest, seed) for seed in range(NETWORKS)]
        for example in (e for e in examples if e.show in unseen):
            odds = [_rate(*voter, [example])[0] for voter in voters]
            found.append(float(example.worth[int(torch.stack(odds).mean(0).argmax())]))
    worth = np.array(found)
    return float((worth >= WORTH["good"]).mean()), float((worth >= WORTH["fair"]).mean())


def main() -> None:
    """Measure, train and write the weights."""
    torch.set_num_threads(1)
    examples = read(pipeline.load_models().multilingual_encoder)
    least = [WORTH[kind] for kind in ("good", "fair")]
    some = [np.mean([(e.worth >= w).any() for e in examples]) for w in least]
    chance = [np.mean([(e.worth >= w).mean() for e in examples]) for w in least]
    print(f"{len(examples)} moments; good and fair titles: {some[0]:.2f} {some[1]:.2f} have one")
    print(f"a clause at random: {chance[0]:.2f} {chance[1]:.2f}")
    print("the best of the network, shows left out: {:.2f} {:.2f}".format(*share_good(examples)))
    voters = [train(examples, seed) for seed in range(NETWORKS)]
    tensors = dict(voters[0][1])
    for k, (network, _) in enumerate(voters):
        tensors |= {f"network.{k}.{name}": v for name, v in network.state_dict().items()}
    save_file({name: v.half().contiguous() for name, v in tensors.items()}, OUT)
    print(f"{OUT.stat().st_size / 1024:.0f} KiB: {OUT}")


if __name__ == "__main__":
    main()
