"""Learns what an editor leaves out of spoken sentences, from what one left out of some thousands.

    python -m training.edits [FOLDER]

An editor was allowed to leave words out, to end a sentence within a run-on, and to set marks
(docs/design/readings.md). training/readings/edits.jsonl has what was done, by talk and sentence:
"=" as it is, "-" all of it goes, "x" nothing helps, else the words that go ("0-1 5") and the marks
that change ("7:comma"), counted as `copy_edits.split` splits them.

Two editors did it: one left out a tenth of the words, the other, more thorough, a fifth. A network
knows whose sentence it learns from, and edits as the thorough one. It learns from the training half
and is measured on shows of the test half. FOLDER: talks in other languages, to learn from, too; see
training/sentences.py.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch.nn.functional import cross_entropy

import pipeline
from pipeline.analysis import copy_edits
from pipeline.analysis.copy_edits import MARKS, Network, Scores, Span, Words
from pipeline.analysis.moments import Encode
from pipeline.core.arrays import F32, F64, Indices
from training.sentences import Said, talks

LABELS = Path(__file__).parent / "readings" / "edits.jsonl"
THOROUGH = "b"  # the reader
NETWORKS = 2
EPOCHS = 8
BATCH = 32
RATE = 2e-3
DECAY = 0.05
DROP = 0.3
OTHERS_AGAIN = 2  # times that other languages are learned again, of which there is little
WEIGHT_OF_MARKS = 0.5  # beside what goes
OUT = Path(pipeline.__file__).parent / "weights" / "edits.safetensors"


@dataclass(frozen=True, slots=True)
class Label:
    """What the editor did with a sentence."""

    half: str  # train, test or foreign
    language: str
    sentence: Said
    turn: bool  # whether somebody begins to speak with it
    thorough: bool  # whether the editor left out twice as much as the other one
    gone: frozenset[int]  # words that go
    marks: dict[int, str]  # the marks that change, by word


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence as a network sees it, and what is right."""

    label: Label
    states: F32  # (m, d)
    counted: F32  # (m, k)
    gone: F32  # (m,)
    marks: Indices  # (m,): into MARKS


def read(folder: Path | None = None) -> list[Label]:
    """Return what was edited in the talks at hand; `folder` has talks in other languages.

    Sentences that go whole, or that nothing helps, teach nothing about words and are left out.
    Raises ValueError if a talk has other sentences than those that were edited.
    """
    records = [json.loads(line) for line in LABELS.read_text(encoding="utf-8").splitlines()]
    known = talks({r["source"] for r in records if r["half"] != "foreign"}, folder)
    found = []
    for record in records:
        own = record["half"], record["talk"], record["language"]
        if own not in known:
            continue
        said = known[own][1]
        if sha256("\n".join(s.text for s in said).encode()).hexdigest()[:8] != record["digest"]:
            raise ValueError(f"{record['talk']} has other sentences than those that were edited")
        for name, code in record["edits"].items():
            n = int(name)
            if code not in "-x":
                turn = n == 0 or said[n - 1].speaker != said[n].speaker
                thorough = record["reader"] == THOROUGH
                label = Label(record["half"], own[2], said[n], turn, thorough, *_parse(code))
                found.append(label)
    return found


def _parse(code: str) -> tuple[frozenset[int], dict[int, str]]:
    gone: set[int] = set()
    marks = {}
    for part in code.split() if code != "=" else ():
        if ":" in part:
            word, mark = part.split(":")
            marks[int(word)] = mark
        else:
            first, _, last = part.partition("-")
            gone |= {*range(int(first), int(last or first) + 1)}
    return frozenset(gone), marks


def prepare(labels: Sequence[Label], encode: Encode) -> list[Example]:
    """Encode the sentences; those that the encoder does not read to their end are left out."""
    texts = [label.sentence.text for label in labels]
    spans = [copy_edits.split(text) for text in texts]
    states = copy_edits.word_states(encode(texts), spans)
    found = []
    for label, text, own, state in zip(labels, texts, spans, states, strict=True):
        if state is None or len(own) < 2:
            continue
        words = [text[a:b] for a, b in own]
        found.append(
            Example(
                label,
                state,
                copy_edits.count(words, turn=label.turn, thorough=label.thorough),
                np.array([i in label.gone for i in range(len(words))], np.float32),
                np.array([MARKS.index(label.marks.get(i, "same")) for i in range(len(words))]),
            )
        )
    return found


def train(
    examples: Sequence[Example], scales: tuple[torch.Tensor, torch.Tensor], seed: int
) -> Network:
    """Train one network; the same examples and seed give the same one."""
    torch.manual_seed(seed)
    order = np.random.default_rng(seed)
    network = Network(examples[0].states.shape[1], examples[0].counted.shape[1], drop=DROP).train()
    steps = EPOCHS * -(-len(examples) // BATCH)
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=0.15)
    for _ in range(EPOCHS):
        for some in _batches(examples, order):
            seen = _pad(some, scales)
            loss = _loss(network(seen), seen, some)
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            rate.step()
    return network.eval()


def _batches(examples: Sequence[Example], order: np.random.Generator) -> Iterator[list[Example]]:
    """Yield all examples in random batches of sentences of similar length."""
    sizes = [len(e.gone) + order.uniform(-3, 3) for e in examples]
    ranked = np.argsort(sizes)
    batches = [ranked[at : at + BATCH] for at in range(0, len(ranked), BATCH)]
    for k in order.permutation(len(batches)):
        yield [examples[n] for n in batches[k]]


def _pad(some: Sequence[Example], scales: tuple[torch.Tensor, torch.Tensor]) -> Words:
    return copy_edits.pad(
        [e.states for e in some], [e.counted for e in some], *scales, torch.device("cpu")
    )


def _loss(said: Scores, seen: Words, some: Sequence[Example]) -> torch.Tensor:
    """Return the chain's negative log-likelihood per word, and the marks' cross-entropy."""
    gone = torch.zeros(seen.there.shape)
    marks = torch.zeros(seen.there.shape, dtype=torch.long)
    for k, example in enumerate(some):
        gone[k, : len(example.gone)] = torch.from_numpy(example.gone)
        marks[k, : len(example.marks)] = torch.from_numpy(example.marks)
    there = seen.there
    kept = 1 - gone
    both = there[:, 1:]
    begins, ends = kept[:, :-1] * gone[:, 1:] * both, gone[:, :-1] * kept[:, 1:] * both
    path = (said.out * gone * there).sum() + (said.steps[..., 0] * begins).sum()
    path = path + (said.steps[..., 1] * ends).sum()
    chain = (_total(said, there).sum() - path) / there.sum()
    stays = there & (gone == 0)
    return chain + WEIGHT_OF_MARKS * cross_entropy(said.marks[stays], marks[stays])


def _total(said: Scores, there: torch.Tensor) -> torch.Tensor:
    """Return the logarithm of the sum over all ways, (n,)."""
    kept, gone = torch.zeros_like(said.out[:, 0]), said.out[:, 0]
    for i in range(1, said.out.shape[1]):
        begin, end = said.steps[:, i - 1].unbind(-1)
        new = (
            torch.logaddexp(kept, gone + end),
            torch.logaddexp(kept + begin, gone) + said.out[:, i],
        )
        kept, gone = (
            torch.where(there[:, i], n, old) for n, old in zip(new, (kept, gone), strict=True)
        )
    return torch.logaddexp(kept, gone)


@torch.inference_mode()
def judge(
    networks: Sequence[Network], scales: tuple[torch.Tensor, torch.Tensor], example: Example
) -> tuple[list[Span], F64]:
    """Return what may go, and the probabilities of each word's marks, as `copy_edits` has them."""
    seen = _pad([example], scales)
    votes = [network(seen) for network in networks]
    out, steps, marks = (
        torch.stack(found).mean(0).double().numpy()[0]
        for found in (
            [v.out for v in votes],
            [v.steps for v in votes],
            [v.marks.softmax(-1) for v in votes],
        )
    )
    return copy_edits.likeliest(out, steps), marks


def measure(
    networks: Sequence[Network],
    scales: tuple[torch.Tensor, torch.Tensor],
    examples: Sequence[Example],
) -> str:
    """Return precision and recall of the words that go, of whole spans, and of new full stops."""
    words, spans, stops = [0, 0, 0], [0, 0, 0], [0, 0, 0]  # found, right, to be found
    for example in examples:
        goes, marks = judge(networks, scales, example)
        own = [
            example.label.sentence.text[a:b]
            for a, b in copy_edits.split(example.label.sentence.text)
        ]
        gone = copy_edits.left_out(own, goes)
        right = {int(i) for i in np.flatnonzero(example.gone)}
        _tally(words, gone, right)
        _tally(spans, _runs(gone), _runs(right))
        stop = MARKS.index("stop")
        found = {int(i) for i in np.flatnonzero(marks[:, stop] >= copy_edits.MIN_MARK)}
        _tally(stops, found - gone, {int(i) for i in np.flatnonzero(example.marks == stop)})
    return "; ".join(
        f"{name} {right / max(1, found):.2f} {right / max(1, total):.2f} of {total}"
        for name, (found, right, total) in (("words", words), ("spans", spans), ("stops", stops))
    )


def _tally(
    sums: list[int], found: set[int] | set[tuple[int, int]], right: set[int] | set[tuple[int, int]]
) -> None:
    sums[0] += len(found)
    sums[1] += len({*found} & {*right})
    sums[2] += len(right)


def _runs(gone: set[int]) -> set[tuple[int, int]]:
    """Return the first and the last of successive words."""
    begins = sorted(i for i in gone if i - 1 not in gone)
    ends = sorted(i for i in gone if i + 1 not in gone)
    return {*zip(begins, ends, strict=True)}


def main() -> None:
    """Train on all but the test half, print what is right there, and write the weights."""
    torch.set_num_threads(1)  # the steps are small
    labels = read(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    examples = prepare(labels, pipeline.load_models().multilingual_encoder)
    learned = [e for e in examples if e.label.half != "test"]
    scales = scale([e for e in learned if e.label.half == "train"])
    others = [e for e in learned if e.label.half == "foreign"]
    several = [*learned, *(OTHERS_AGAIN * others)]
    networks = [train(several, scales, seed) for seed in range(NETWORKS)]
    print(f"{len(learned)} sentences learned from; precision and recall of the test half:")
    for thorough in (False, True):
        own = [e for e in examples if e.label.half == "test" and e.label.thorough == thorough]
        how = "thorough" if thorough else "sparing"
        print(f"{how} editor, {len(own)} sentences: {measure(networks, scales, own)}")
    save(networks, scales, len(learned))


def scale(examples: Sequence[Example]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the mean of the states, and how far their numbers spread."""
    states = np.concatenate([e.states for e in examples])
    return torch.from_numpy(states.mean(0)), torch.tensor(states.std())


def save(
    networks: Sequence[Network], scales: tuple[torch.Tensor, torch.Tensor], learned: int
) -> None:
    """Write the weights."""
    found = dict(zip(("center", "spread"), scales, strict=True))
    for k, network in enumerate(networks):
        found |= {f"network.{k}.{name}": v for name, v in network.state_dict().items()}
    halves = {name: v.half().contiguous() for name, v in found.items()}
    save_file(halves, OUT, metadata={"sentences": str(learned)})
    print(f"{OUT.stat().st_size / 1024:.0f} KiB, learned from {learned} sentences: {OUT}")


if __name__ == "__main__":
    main()
