"""Trains the networks that find whole moments (pipeline/analysis/moments.py).

    python -m training.moments

All spans of a talk between SHORTEST_S and LONGEST_S compete (softmax), and the moments that readers
marked in real talks, or that were planted in written ones, should win; a span that is almost one
counts a little. Spans that tear a moment, take bait or small talk have to lose by a margin
(softmax-margin; Gimpel, Smith 2010, NAACL). Beside that, the sentences with which a stranger can
begin, and after which a clip may end, are learned as such, where readers have marked them. The same
talks give the same networks. The test halves stay untouched while anything is chosen.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch.nn.functional import binary_cross_entropy_with_logits

import pipeline
from pipeline.analysis import moments
from pipeline.analysis.moments import Encode, Encoded, Ensemble, Inputs, Network
from pipeline.core.arrays import F32, F64, Indices
from pipeline.core.data import Sentence
from pipeline.language import languages
from training import readings, scripts
from training.readings import Reading
from training.real_talk import Talk
from training.scripts import Script

SHORTEST_S, LONGEST_S = 12.0, 100.0
NETWORKS = 8
FOLDS = 4
EPOCHS = 10
EVERY = 7  # tokens, of which one tells what is usual
TALKS = 4  # per step
RATE = 3e-3
DECAY = 0.01
DROP = 0.4
DROP_WORDS = 0.2
WORDS_DECAY = 0.1
TORN_MARGIN = 2.0  # nats by which a span that begins or ends inside a moment has to lose
BAIT_MARGIN = 3.0  # nats for a span that takes half of a bait
DROP_INPUT = 0.5  # dropout of the encoder's 1,152 numbers: a few hundred moments are few
NEAR = 0.85  # overlap from which a span that is not quite a moment counts
NEAR_WEIGHT = 0.15  # weight of a span with nearly full overlap, against the moment itself
GRADE_WEIGHTS = {4: 1.0, 3: 0.8, 2: 0.35, 1: 0.12}  # weight by grade among the moments of a talk
WRITTEN_WEIGHT = 0.3  # weight of a written talk among real ones, which are English
FOREIGN_WEIGHT = 0.6  # weight of a written talk in another language
MIN_TORN_WEIGHT = 0.35  # weight from which no span should tear a moment
OUT = Path(__file__).parent.parent / "pipeline" / "weights" / "moments.safetensors"


@dataclass(frozen=True, slots=True)
class Marked:
    """A talk, and what should win in it."""

    name: str
    group: str  # a show, or a written talk with its translations: what is left out together
    sentences: tuple[Sentence, ...]
    moments: tuple[tuple[int, int, float], ...]  # first and last, both inclusive, and weight
    bait: tuple[tuple[int, int], ...]  # tempting, and no moment
    asides: tuple[tuple[int, int], ...] = ()  # passages that no moment may touch
    codes: Mapping[int, str] = field(default_factory=dict)  # see training.readings
    weight: float = 1.0  # weight of the talk among the others


def of_script(script: Script) -> Marked:
    """Return a written talk; its moments weigh as much as those that a reader posts gladly."""
    return Marked(
        script.name,
        script.name,
        script.talk.sentences,
        tuple((m.first, m.last, GRADE_WEIGHTS[4]) for m in script.moments),
        tuple((b.first, b.last) for b in script.bait),
        weight=WRITTEN_WEIGHT if script.talk.language == languages.ENGLISH else FOREIGN_WEIGHT,
    )


def of_reading(reading: Reading, talk: Talk) -> Marked:
    """Return a real talk as a reader marked it."""
    return Marked(
        reading.talk,
        talk.show,
        talk.sentences,
        tuple((m.first, m.last, GRADE_WEIGHTS[m.grade]) for m in reading.moments),
        tuple((a.first, a.last) for a in reading.asides if a.kind == "near"),
        tuple((a.first, a.last) for a in reading.asides if a.kind != "near"),
        reading.codes,
    )


@dataclass(frozen=True, slots=True)
class Example:
    """One talk as the network sees it."""

    marked: Marked
    encoded: Encoded
    vectors: F32  # (n, width_in), not yet centered
    counted: F32  # (n, len(moments.NAMES)), not yet scaled
    first: torch.Tensor  # (m,): of each span
    last: torch.Tensor
    wanted: torch.Tensor  # (m,), sums to 1, or to 0 in a talk without a moment
    margin: torch.Tensor  # (m,), nats
    opens: torch.Tensor  # (n,): 1 where a stranger can begin, 0 where not, -1 where unknown
    closes: torch.Tensor  # (n,): the same, where a clip may end


def prepare(marked: Marked, encode: Encode) -> Example:
    """Return the spans of a talk, and which of them are wanted."""
    encoded = encode([s.text for s in marked.sentences])
    starts, ends = np.array([(s.start_s, s.end_s) for s in marked.sentences]).T
    lasts = ends[None] - starts[:, None]
    first, last = np.nonzero((lasts >= SHORTEST_S) & (lasts <= LONGEST_S))
    wanted = np.zeros(len(first))
    for begin, end, weight in marked.moments:
        common = np.minimum(last, end) - np.maximum(first, begin) + 1
        union = np.maximum(last, end) - np.minimum(first, begin) + 1
        alike = np.maximum(0, common) / union
        share = np.where(alike == 1, 1.0, NEAR_WEIGHT * np.maximum(0, alike - NEAR) / (1 - NEAR))
        wanted += weight * share / max(1e-9, share.sum())
    opens, closes = _codes(marked)
    return Example(
        marked,
        encoded,
        moments.join(encoded),
        moments.features(marked.sentences, encoded.meaning),
        torch.from_numpy(first),
        torch.from_numpy(last),
        torch.from_numpy(wanted / max(1e-9, wanted.sum())).float(),
        torch.from_numpy(margins(marked, first, last)).float(),
        torch.from_numpy(opens).float(),
        torch.from_numpy(closes).float(),
    )


def margins(marked: Marked, first: Indices, last: Indices) -> F64:
    """Return by how much each span has to lose, nats."""
    torn = np.zeros(len(first), bool)
    taken = np.zeros(len(first), bool)
    for begin, end, weight in marked.moments:
        if weight >= MIN_TORN_WEIGHT:
            torn |= (begin < first) & (first <= end)
            torn |= (begin <= last) & (last < end)
    for begin, end in marked.bait:
        common = np.minimum(last, end) - np.maximum(first, begin) + 1
        taken |= common * 2 >= end - begin + 1
    for begin, end in marked.asides:
        taken |= (first <= end) & (last >= begin)
    return TORN_MARGIN * torn + BAIT_MARGIN * taken


def _codes(marked: Marked) -> tuple[F64, F64]:
    """Return Example.opens and .closes."""
    opens, closes = np.full((2, len(marked.sentences)), -1.0)
    for n, code in marked.codes.items():
        opens[n], closes[n] = code[0] == "o", code.endswith("e")
    if marked.codes:
        for first, last, _ in marked.moments:
            opens[first] = closes[last] = 1.0
        for first, last in marked.asides:
            opens[first : last + 1] = 0.0
    return opens, closes


def train(examples: Sequence[Example]) -> Ensemble:
    """Train an ensemble on talks; each network does without a fold (a cross-validated committee).

    So those that have not seen a fold tell what the ensemble makes of new talks, and no others are
    needed for that (Krogh, Vedelsby 1995, NIPS 7).
    """
    words = np.concatenate([e.encoded.words[::EVERY] for e in examples]).astype(np.float32)
    counted = np.concatenate([e.counted for e in examples])
    written = [e.encoded.meaning for e in examples if e.marked.weight < 1]  # in nine languages
    scales = Ensemble(
        (),
        center=torch.from_numpy(np.concatenate([e.vectors for e in examples]).mean(0)),
        usual=torch.from_numpy(counted.mean(0)),
        spread=torch.from_numpy(counted.std(0) + 1e-6),
        words_center=torch.from_numpy(words.mean(0)),
        words_spread=torch.tensor(float(words.std())),
        usual_meaning=torch.from_numpy(np.concatenate(written).mean(0)),
        device=torch.device("cpu"),
    )
    fold = folds([e.marked for e in examples])
    trained = []
    for seed in range(NETWORKS):
        seen = [e for e, own in zip(examples, fold, strict=True) if own != seed % FOLDS]
        trained.append(train_one(seen, scales, seed))
    return replace(scales, networks=tuple(trained))


def folds(talks: Sequence[Marked]) -> list[int]:
    """Return the fold of each talk; a group is in one fold, and folds are of about one size."""
    sizes = Counter(t.group for t in talks)
    filled, of = [0] * FOLDS, {}
    for group, size in sorted(sizes.items(), key=lambda item: (-item[1], item[0])):
        of[group] = filled.index(min(filled))
        filled[of[group]] += size
    return [of[t.group] for t in talks]


def held_out(
    ensemble: Ensemble, talks: Sequence[Marked]
) -> Iterator[tuple[Ensemble, list[Marked]]]:
    """Yield the networks of an ensemble that have not seen a fold, and the talks of that fold.

    talks: those that it was trained on.
    """
    fold = folds(talks)
    for left_out in range(FOLDS):
        blind = tuple(n for k, n in enumerate(ensemble.networks) if k % FOLDS == left_out)
        unseen = [t for t, own in zip(talks, fold, strict=True) if own == left_out]
        yield replace(ensemble, networks=blind), unseen


def train_one(examples: Sequence[Example], scales: Ensemble, seed: int) -> Network:
    """Train one network; the words of all talks, scaled, would not fit into memory."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    network = Network(
        len(scales.center),
        len(scales.words_center),
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
                seen = scales.inputs(examples[k].vectors, examples[k].counted, examples[k].encoded)
                torch.autograd.backward(loss(network, examples[k], seen))
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    return network.eval()


def loss(network: Network, example: Example, seen: Inputs) -> torch.Tensor:
    """Return the cross-entropy of the spans of a talk, and of the sentences with a code, nats."""
    begin, end, inside, opens, closes = network(seen).T
    sums = torch.cat((torch.zeros(1), inside.cumsum(0)))
    scores = begin[example.first] + end[example.last] + example.margin
    scores = scores + sums[example.last + 1] - sums[example.first]
    entropy: torch.Tensor = -(example.wanted * scores.log_softmax(0)).sum()
    for odds, right in ((opens, example.opens), (closes, example.closes)):
        known = right >= 0
        if known.any():
            entropy = entropy + binary_cross_entropy_with_logits(odds[known], right[known])
    return entropy * (example.marked.weight / TALKS)


def save(ensemble: Ensemble) -> None:
    """Write the weights."""
    data = {name: getattr(ensemble, name) for name in moments.SCALED}
    for k, network in enumerate(ensemble.networks):
        data |= {f"network.{k}.{name}": v for name, v in network.state_dict().items()}
    halves = {name: v.half().contiguous() for name, v in data.items()}
    save_file(
        halves, OUT, metadata={"talks": "training/readings/train.jsonl, training/talks/train"}
    )


def talks() -> list[Marked]:
    """Return the talks of the training halves: real ones, then written ones."""
    read = [r for r in readings.read("train") if r.reader != readings.SECOND]
    texts, picks = readings.talks(read), readings.read_picks()
    real = [of_reading(readings.with_picks(r, picks.get(r.talk, ())), texts[r.talk]) for r in read]
    return [*real, *(of_script(script) for script in scripts.read_all("train"))]


def main() -> None:
    """Train on the training halves and save."""
    encode = pipeline.load_models().multilingual_encoder
    examples = [prepare(talk, encode) for talk in talks()]
    known = sum(len(e.marked.moments) for e in examples)
    print(f"{len(examples)} talks, {known} moments, {NETWORKS} networks", flush=True)
    save(train(examples))
    print(f"{OUT.stat().st_size / 1024:.0f} KiB, written to {OUT}")


if __name__ == "__main__":
    main()
