"""Learns what a sentence is good for in print, from what a copy editor said of 3,300 sentences.

    python -m training.sentences [FOLDER]

A reader saw each sentence with four before and three after it, and judged it as one who sees it
alone would: may a text open with it, does it stand alone, is it small talk, promotion or torn, and
how much it says (docs/design/readings.md). training/readings/sentences.jsonl has the answers, by
talk and sentence. Promotion is rare in them, so two networks more learn it also from what readers
of clips marked (`readings`) and from the adverts of written talks (`scripts`).

What is measured learned from the training half alone, and is measured on shows of the test half and
on written talks. FOLDER: one LANGUAGE.jsonl for each of nine other languages with talks of public
repositories, as the sources in sentences.jsonl name them; with it, real talk in languages left out
is measured, too. What ships learned from the training half and from FOLDER.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch.nn.functional import binary_cross_entropy_with_logits

import pipeline
from pipeline.analysis.moments import Encode, Inputs, places
from pipeline.analysis.sentence_roles import (
    OUTPUTS,
    PROMOTION_NETWORKS,
    Ensemble,
    Network,
    count,
)
from pipeline.core.arrays import F32, F64, Indices
from pipeline.language.cleanup import split_sentences
from training import readings, real_talk, scripts

LABELS = Path(__file__).parent / "readings" / "sentences.jsonl"
OTHERS = 12  # every so manyth other sentence says what is no promotion
FIRST, SECOND = "a", "z"  # readers
MIN_WORTH = 2  # from which a sentence is worth a line
NETWORKS = 4
EPOCHS = 8
BATCH = 64
RATE = 6e-3
DECAY = 0.02
DROP = 0.4
DROP_INPUT = 0.5
DROP_WORDS = 0.2
OUT = Path(pipeline.__file__).parent / "weights" / "sentences.safetensors"


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence and who says it."""

    speaker: str | None
    text: str


Talks = dict[tuple[str, str, str], tuple[str, list[Said]]]  # half, talk, language; show


@dataclass(frozen=True, slots=True)
class Label:
    """What a reader said of a sentence; `code`: role, what it needs, worth and kind, "na2f".

    Of a further sentence only is known whether it promotes, "p" or "n".
    """

    half: str  # train, test or foreign
    show: str
    language: str
    reader: str
    key: str  # talk and number
    code: str
    before: Said
    sentence: Said
    after: Said

    @property
    def is_whole(self) -> bool:
        """Whether everything was judged, not promotion alone."""
        return len(self.code) > 1

    @property
    def targets(self) -> tuple[float, ...]:
        """One answer for each of OUTPUTS; nan: unknown."""
        if not self.is_whole:
            return tuple(self.code == "p" if o == "promotion" else np.nan for o in OUTPUTS)
        role, worth, kind = self.code[0], int(self.code[2]), self.code[3]
        return (
            role in "os",
            role == "o",
            *(role == r for r in "tpx"),
            worth >= MIN_WORTH,
            kind == "q",
        )


def read(folder: Path | None = None) -> list[Label]:
    """Return the labels whose talks are at hand; `folder` has talks in other languages.

    Raises ValueError if a talk has other sentences than those that were read.
    """
    records = [json.loads(line) for line in LABELS.read_text(encoding="utf-8").splitlines()]
    known = talks({r["source"] for r in records if r["half"] != "foreign"}, folder)
    found = [label for r in records for label in _labels(r, known)]
    return [*found, *(label for half in ("train", "test") for label in _promotions(half, known))]


def _promotions(half: str, known: Talks) -> Iterator[Label]:
    """Yield what is known as promotion in real and written talks, and some of the rest."""
    for reading in readings.read(half):
        ads = {n for n, code in reading.codes.items() if code[0] == "p"}
        if reading.reader != SECOND:
            yield from _some((half, reading.talk, "en"), known, ads, reading.codes)
    for script in scripts.read_all(half):
        spans = [p for p in script.planted if p.kind == "bait-sponsor"]
        ads = {n for p in spans for n in range(p.first, p.last + 1)}
        every = range(len(script.talk.sentences))
        yield from _some((half, script.name, script.talk.language), known, ads, every)


def _some(
    own: tuple[str, str, str], known: Talks, ads: set[int], judged: Iterable[int]
) -> Iterator[Label]:
    """Yield what is promotion in a talk, and every so manyth other sentence that was judged."""
    half, talk, language = own
    show, said = known.get(own, ("", []))
    for n in sorted({*ads, *(n for n in judged if n % OTHERS == 0)}):
        if 0 < n < len(said) - 1:
            key, code = f"{talk} ad {n}", "p" if n in ads else "n"
            yield Label(half, f"ads, {show}", language, FIRST, key, code, *said[n - 1 : n + 2])


def _labels(record: dict[str, Any], known: Talks) -> Iterator[Label]:
    talk, language = record["talk"], record.get("language", "en")
    own = (record["half"], talk, language)
    if own not in known:
        return
    show, said = known[own]
    if sha256("\n".join(s.text for s in said).encode()).hexdigest()[:8] != record["digest"]:
        raise ValueError(f"{talk} has other sentences than those that were read")
    nobody = Said(None, "")
    codes: dict[str, str] = dict(record["codes"])
    for name, code in codes.items():
        n = int(name)
        yield Label(
            *(record["half"], show, language, record["reader"], f"{talk} {n}", code),
            said[n - 1] if n else nobody,
            said[n],
            said[n + 1] if n + 1 < len(said) else nobody,
        )


def talks(sources: set[str], folder: Path | None) -> Talks:
    """Return show and sentences by half, talk and language."""
    found: Talks = {}
    for source in sorted(sources - {"written"}):
        for talk in real_talk.read(source):
            said = [Said(s.speaker, s.text) for s in talk.sentences]
            found |= {(half, talk.id, "en"): (talk.show, said) for half in ("train", "test")}
    for half in ("train", "test"):
        for script in scripts.read_all(half):
            said = [Said(s.speaker, s.text) for s in script.talk.sentences]
            found[half, script.name, script.talk.language] = ("written", said)
    for path in sorted(folder.glob("*.jsonl")) if folder else ():
        for record in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            found["foreign", record["id"], record["lang"]] = (record["show"], list(_lines(record)))
    return found


def _lines(record: dict[str, Any]) -> Iterator[Said]:
    for turn in record["turns"]:
        for line in turn["text"].split("\n"):
            parts = split_sentences(" ".join(line.split())) if line.strip() else ()
            yield from (Said(turn["speaker"], part.strip()) for part in parts if part.strip())


@dataclass(frozen=True, slots=True)
class Data:
    """Labels as a network sees them."""

    labels: Sequence[Label]
    seen: Inputs
    lengths: Indices  # (n,): tokens of each sentence
    right: F32  # (n, len(OUTPUTS))
    scales: dict[str, torch.Tensor]

    def batch(self, rows: Indices) -> Inputs:
        """Return the inputs of some rows."""
        starts = np.cumsum(self.lengths) - self.lengths
        tokens = np.concatenate([np.arange(starts[n], starts[n] + self.lengths[n]) for n in rows])
        return Inputs(
            self.seen.vectors[rows],
            self.seen.features[rows],
            self.seen.words[tokens],
            *(torch.from_numpy(index) for index in places(self.lengths[rows])),
        )


def prepare(labels: Sequence[Label], encode: Encode) -> Data:
    """Encode the sentences; inputs are scaled by those of the training half."""
    encoded = encode([label.sentence.text for label in labels])
    counted = np.concatenate([count((x.before, x.sentence, x.after))[1:2] for x in labels])
    learned = np.array([label.half == "train" and label.is_whole for label in labels])
    known = encoded.words[np.repeat(learned, encoded.lengths)].astype(np.float32)
    scales = {
        "center": encoded.meaning[learned].mean(0),
        "usual": counted[learned].mean(0),
        "spread": counted[learned].std(0) + 1e-6,
        "words_center": known.mean(0),
        "words_spread": known.std(),
    }
    tensors = {name: torch.tensor(value) for name, value in scales.items()}
    seen = Ensemble((), **tensors, device=torch.device("cpu")).inputs(encoded, counted)
    right = np.array([label.targets for label in labels], np.float32)
    return Data(labels, seen, encoded.lengths, right, tensors)


def train(data: Data, rows: Indices, seed: int) -> Network:
    """Train one network; the same rows and seed give the same one."""
    torch.manual_seed(seed)
    order = np.random.default_rng(seed)
    network = Network(
        data.seen.vectors.shape[1],
        data.seen.features.shape[1],
        drop=DROP,
        drop_input=DROP_INPUT,
        drop_words=DROP_WORDS,
    ).train()
    steps = EPOCHS * -(-len(rows) // BATCH)
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=0.15)
    for _ in range(EPOCHS):
        mixed = order.permutation(rows)
        for at in range(0, len(mixed), BATCH):
            some = mixed[at : at + BATCH]
            right = torch.from_numpy(data.right[some])
            known = ~right.isnan()
            odds = network(data.batch(some))[known]
            loss = binary_cross_entropy_with_logits(odds, right[known])
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
            rate.step()
    return network.eval()


@torch.inference_mode()
def chances(networks: Sequence[Network], data: Data) -> F64:
    """Return the probabilities of OUTPUTS, (n, len(OUTPUTS))."""
    seen = data.batch(np.arange(len(data.labels)))
    mean: F64 = torch.stack([n(seen).sigmoid() for n in networks]).double().mean(0).numpy()
    return mean


def measure(found: F64, right: F32) -> str:
    """Return AUC, and precision and recall where F1 is highest."""
    order = np.argsort(-found, kind="stable")
    hits = np.cumsum(right[order])
    total, places_ = hits[-1], np.arange(1, len(order) + 1)
    precision, recall = hits / places_, hits / total
    best = int(np.argmax(2 * precision * recall / np.maximum(1e-9, precision + recall)))
    ranks = (len(order) - np.flatnonzero(right[order])).sum()
    auc = (ranks - total * (total + 1) / 2) / (total * (len(order) - total))
    return f"{auc:.3f} {precision[best]:.2f} {recall[best]:.2f}"


def agreement(labels: Sequence[Label]) -> str:
    """Return how far two readers agree on the role: share, and Cohen's kappa (1960)."""
    second = {x.key + x.language: x.code[0] for x in labels if x.reader == SECOND}
    pairs = [
        (x.code[0], second[own])
        for x in labels
        if x.reader == FIRST and (own := x.key + x.language) in second
    ]
    same = float(np.mean([a == b for a, b in pairs]))
    one, other = (Counter(side) for side in zip(*pairs, strict=True))
    chance = sum(one[role] * other[role] for role in one) / len(pairs) ** 2
    kappa = (same - chance) / (1 - chance)
    return f"{len(pairs)} sentences read twice: {same:.2f} alike, kappa {kappa:.2f}"


def main() -> None:
    """Train on the training half, and print what is right on shows and languages left out."""
    torch.set_num_threads(1)
    labels = read(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    print(agreement(labels))
    first = [label for label in labels if label.reader == FIRST]
    data = prepare(first, pipeline.load_models().multilingual_encoder)
    half = np.array([label.half for label in first])
    general, of_promotion = _train_both(data, np.flatnonzero(half == "train"))
    promotes = np.array(OUTPUTS) == "promotion"
    found = np.where(promotes, chances(of_promotion, data), chances(general, data))
    group = np.array([_group(label) for label in first])
    print(f"{(half == 'train').sum()} sentences learned from; AUC, precision, recall of the rest:")
    for name in sorted(set(group[half != "train"])):
        rows = (group == name) & (half != "train")
        print(f"{name}, {rows.sum()} sentences")
        for at, target in enumerate(OUTPUTS):
            right = data.right[rows, at]
            if np.isnan(right).any():
                continue
            if 5 <= right.sum() <= len(right) - 5:
                print(f"  {target:12} {int(right.sum()):4} {measure(found[rows, at], right)}")
    rows = np.flatnonzero(half != "test")
    general, of_promotion = _train_both(data, rows)
    save([*general, *of_promotion], data, len(rows))


def _train_both(data: Data, rows: Indices) -> tuple[list[Network], list[Network]]:
    """Train what says everything, and what says promotion alone."""
    whole = np.array([n for n in rows if data.labels[n].is_whole])
    general = [train(data, whole, seed) for seed in range(NETWORKS)]
    return general, [train(data, rows, seed) for seed in range(PROMOTION_NETWORKS)]


def save(networks: Sequence[Network], data: Data, learned: int) -> None:
    """Write the weights."""
    found = dict(data.scales)
    for k, network in enumerate(networks):
        found |= {f"network.{k}.{name}": v for name, v in network.state_dict().items()}
    halves = {name: v.half().contiguous() for name, v in found.items()}
    save_file(halves, OUT, metadata={"sentences": str(learned)})
    print(f"{OUT.stat().st_size / 1024:.0f} KiB, learned from {learned} sentences: {OUT}")


def _group(label: Label) -> str:
    if label.show.startswith("ads"):
        return "promotion, written" if label.show == "ads, written" else "promotion, real"
    if label.show == "written":
        return "written"
    return f"real, {label.language}"


if __name__ == "__main__":
    main()
