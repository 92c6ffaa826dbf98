"""Leaves out of spoken sentences what an editor leaves out, and ends a run-on where it ends.

A recurrent network reads each word in its sentence (its state in a multilingual encoder, what is
counted of it) and scores whether it stays, and what follows it: what was there, no mark, a comma, a
full stop. Whether words stay is a chain (conditional random field, Lafferty et al. 2001, ICML): of
its likeliest way, those spans go that are sure enough, each as a whole. No word is added, changed
or moved, no negation or figure is left out that is not said again, and no figure meets another.
Several networks, trained from different beginnings, vote.

It learned from what a copy editor left out of sentences in ten languages. training/edits.py trains
it; docs/design/readings.md has its data and figures.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import torch
from torch import nn

from pipeline.analysis.moments import Encoded
from pipeline.analysis.sentence_roles import Spoken
from pipeline.analysis.voters import load_voters
from pipeline.core.arrays import F32, F64
from pipeline.language import languages

MARKS = ("same", "none", "comma", "stop")  # what may follow a word that stays
WIDTH = 96  # channels of the network
MIN_SURE = 0.45  # minimum probability that an editor leaves out all words of a span
MIN_MARK = 0.6  # minimum probability of another mark
MIN_NONE = 0.3  # the same of no mark, before what stood between commas and went
NEAR = 6  # words after a span in which what it denies or counts is said again
BATCH = 128  # sentences
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff66-\uff9f]")
_UNIT = re.compile(r"[\w'’.%-]*[A-Za-zÀ-ÿ0-9%]|\S")  # in scripts without spaces
_WORD = re.compile(r"\S+")
_EDGES = ".,!?;:…\"'“”„‘’()[]«»—–-。，、！？；：「」『』（）《》"
_CLOSING = re.compile(r"[.!?…。！？]+[\"”’)」』]*$")
_LOOSE = re.compile(r"[,;:–—，、-]+$")
_TRAILING = re.compile(r"[,;:.!?…–—，、。-]+([\"”’)]*)$")
_FIRST_LETTER = re.compile(r"((?:^|[.!?…] )[¿¡\"“(]*)([^\W\d_])")
_NEGATIONS = frozenset(languages.of_all(lambda known: known.negations))
_COMPARING = frozenset(languages.of_all(lambda known: known.comparing))
_NUMBERS = frozenset(languages.of_all(lambda known: known.number_words))


Span = tuple[int, int, float]  # its first and last word, and the probability that all of it goes


@dataclass(frozen=True, slots=True)
class Words:
    """The words of n sentences, padded to the longest."""

    states: torch.Tensor  # (n, m, d)
    counted: torch.Tensor  # (n, m, k)
    there: torch.Tensor  # (n, m): false behind a sentence's own words


@dataclass(frozen=True, slots=True)
class Scores:
    """What a network says of the words of n sentences, in nats."""

    out: torch.Tensor  # (n, m): for leaving a word out
    steps: torch.Tensor  # (n, m - 1, 2): for beginning after it to leave out, and for ending that
    marks: torch.Tensor  # (n, m, len(MARKS))


class Network(nn.Module):
    """Reads the words of a sentence in both directions."""

    def __init__(self, width_in: int, counted: int, *, drop: float = 0.0) -> None:
        super().__init__()
        self.project = nn.Linear(width_in, WIDTH)
        self.count = nn.Linear(counted, WIDTH)
        self.read = nn.GRU(
            WIDTH, WIDTH, num_layers=2, bidirectional=True, batch_first=True, dropout=drop
        )
        self.norm = nn.LayerNorm(2 * WIDTH)
        self.out = nn.Linear(2 * WIDTH, 1)
        self.step = nn.Linear(4 * WIDTH, 2)
        self.mark = nn.Linear(2 * WIDTH, len(MARKS))
        self.drop = nn.Dropout(drop)
        self.drop_input = nn.Dropout(2 * drop / 3)

    def forward(self, seen: Words) -> Scores:
        """Return the scores of words."""
        entered = self.project(self.drop_input(seen.states)) + self.count(seen.counted)
        packed = nn.utils.rnn.pack_padded_sequence(
            self.drop(torch.relu(entered)),
            seen.there.sum(1).cpu(),
            batch_first=True,
            enforce_sorted=False,
        )
        read, _ = nn.utils.rnn.pad_packed_sequence(
            self.read(packed)[0], batch_first=True, total_length=seen.there.shape[1]
        )
        state = self.drop(self.norm(read))
        pairs = torch.cat((state[:, :-1], state[:, 1:]), -1)
        return Scores(self.out(state)[..., 0], self.step(pairs), self.mark(state))


@dataclass(frozen=True, slots=True)
class Editor:
    """Networks that vote, and how their input is scaled."""

    networks: tuple[Network, ...]
    center: torch.Tensor  # (d,): of the states
    spread: torch.Tensor  # ()
    device: torch.device

    def __call__(self, sentences: Sequence[Spoken], encoded: Encoded) -> tuple[str, ...]:
        """Return successive sentences as edited; "" where nothing is left.

        One that the encoder has not read to its end stays as it is.
        """
        texts = [s.text for s in sentences]
        who = [None, *(s.speaker for s in sentences)]
        turns = [a != b for a, b in pairwise(who)]
        spans = [split(text) for text in texts]
        states = word_states(encoded, spans)
        rows = [k for k, read in enumerate(states) if read is not None and len(spans[k]) > 1]
        rows.sort(key=lambda k: len(spans[k]))
        edited = list(texts)
        for at in range(0, len(rows), BATCH):
            some = rows[at : at + BATCH]
            words = [[texts[k][a:b] for a, b in spans[k]] for k in some]
            counted = [count(w, turn=turns[k]) for w, k in zip(words, some, strict=True)]
            known = [state for k in some if (state := states[k]) is not None]
            for k, own, found in zip(some, words, self._judge(known, counted), strict=True):
                edited[k] = rewrite(own, *found, spaced=not _is_wide(texts[k]))
        return tuple(edited)

    @torch.inference_mode()
    def _judge(self, states: Sequence[F32], counted: Sequence[F32]) -> list[tuple[list[Span], F64]]:
        """Return of each sentence what may go, and the probabilities of each word's marks."""
        seen = pad(states, counted, self.center, self.spread, self.device)
        votes = [network(seen) for network in self.networks]
        out = torch.stack([v.out for v in votes]).mean(0).double().cpu().numpy()
        steps = torch.stack([v.steps for v in votes]).mean(0).double().cpu().numpy()
        marks = torch.stack([v.marks.softmax(-1) for v in votes]).mean(0).double().cpu().numpy()
        return [
            (likeliest(out[k, :n], steps[k, : n - 1]), marks[k, :n])
            for k, n in enumerate(map(len, counted))
        ]


@cache
def stored(device: torch.device) -> Editor:
    """Return the networks that ship with the package, on a device."""
    networks, tensors = load_voters(
        "edits",
        lambda own, every: Network(len(every["center"]), own["count.weight"].shape[1]),
        device,
    )
    return Editor(networks, tensors["center"], tensors["spread"], device)


def split(text: str) -> list[tuple[int, int]]:
    """Return where the words of a text are; in scripts without spaces a character is a word."""
    return [m.span() for m in (_UNIT if _is_wide(text) else _WORD).finditer(text)]


def _is_wide(text: str) -> bool:
    return 2 * len(_WIDE.findall(text)) > len(text)


def bare(word: str) -> str:
    """Return a word in lower case without the marks around it."""
    return word.strip(_EDGES).casefold().replace("’", "'")


def word_states(encoded: Encoded, spans: Sequence[Sequence[tuple[int, int]]]) -> list[F32 | None]:
    """Return the mean state of each word's tokens, (m, d); None where some have not been read."""
    found: list[F32 | None] = []
    until = np.cumsum(encoded.lengths)
    for own, end, length in zip(spans, until, encoded.lengths, strict=True):
        states = encoded.words[end - length : end].astype(np.float32)
        places = encoded.places[end - length : end]
        if not own or not length or places[-1, 1] < own[-1][1]:
            found.append(None)
            continue
        begins, ends = np.array(own).T
        inside = (places[:, 1] > begins[:, None]) & (places[:, 0] < ends[:, None])
        inside &= places[:, 1] > places[:, 0]
        size = np.maximum(1, inside.sum(1, keepdims=True))
        mean: F32 = (inside @ states / size).astype(np.float32)
        found.append(mean)
    return found


def count(words: Sequence[str], *, turn: bool, thorough: bool = True) -> F32:
    """Return what is counted of each word of a sentence, (m, k); turn: it begins one.

    thorough: by an editor who leaves out twice as much as one who is not.
    """
    plain = [bare(word) for word in words]
    size = len(words)
    rows = []
    for i, word in enumerate(words):
        again = any(plain[i : i + k] == plain[i + k : i + 2 * k] for k in (2, 3, 4))
        rows.append(
            (
                word[-1:] in ",;:，、",
                word[-1:] in ".!?…。！？",
                "--" in word or "—" in word or "..." in word or word in "-–",
                word[:1].isupper(),
                i + 1 < size and plain[i] == plain[i + 1],
                i > 0 and plain[i] == plain[i - 1],
                again,
                plain[i] in plain[i + 1 : i + 6],
                plain[i] in plain[max(0, i - 5) : i],
                i == 0,
                i == size - 1,
                min(i, 10) / 10,
                min(size - 1 - i, 10) / 10,
                size / 30,
                turn,
                not plain[i],
                thorough,
            )
        )
    return np.array(rows, np.float32)


def pad(
    states: Sequence[F32],
    counted: Sequence[F32],
    center: torch.Tensor,
    spread: torch.Tensor,
    device: torch.device,
) -> Words:
    """Return the words of sentences as a network reads them."""
    longest = max(map(len, counted))
    shape = len(states), longest
    seen = torch.zeros((*shape, len(center)), device=device)
    numbers = torch.zeros((*shape, counted[0].shape[1]), device=device)
    there = torch.zeros(shape, dtype=torch.bool, device=device)
    for k, (state, own) in enumerate(zip(states, counted, strict=True)):
        seen[k, : len(own)] = (torch.from_numpy(state).to(device) - center) / spread
        numbers[k, : len(own)] = torch.from_numpy(own).to(device)
        there[k, : len(own)] = True
    return Words(seen, numbers, there)


def likeliest(out: F64, steps: F64) -> list[Span]:
    """Return the spans that go in the likeliest way through a sentence.

    out, steps: of `Scores`, of one sentence.
    """
    size = len(out)
    best, before, after = np.zeros((3, size, 2))
    came = np.zeros((size, 2), np.intp)
    best[0] = before[0] = 0.0, out[0]
    for i in range(1, size):
        begin, end = steps[i - 1]
        move = np.array([[0.0, begin], [end, 0.0]])  # from, to
        gain = np.array([0.0, out[i]])
        came[i] = (best[i - 1][:, None] + move).argmax(0)
        best[i] = (best[i - 1][:, None] + move).max(0) + gain
        before[i] = np.logaddexp(*(before[i - 1][:, None] + move)) + gain
    for i in range(size - 2, -1, -1):
        begin, end = steps[i]
        move = np.array([[0.0, begin], [end, 0.0]])
        after[i] = np.logaddexp(*(move + after[i + 1] + [0.0, out[i + 1]]).T)
    way = [int(best[-1].argmax())]
    for i in range(size - 1, 0, -1):
        way.append(int(came[i, way[-1]]))
    gone = [i for i, state in enumerate(reversed(way)) if state]
    firsts = [i for i in gone if i - 1 not in gone]
    lasts = [i for i in gone if i + 1 not in gone]
    total = np.logaddexp(*before[-1])
    return [
        (a, b, float(np.exp(before[a, 1] + out[a + 1 : b + 1].sum() + after[b, 1] - total)))
        for a, b in zip(firsts, lasts, strict=True)
    ]


def rewrite(words: Sequence[str], spans: Sequence[Span], marks: F64, *, spaced: bool) -> str:
    """Return a sentence without what surely goes, and with other marks where it needs them.

    marks: probabilities, (m, len(MARKS)).
    """
    gone = left_out(words, spans)
    if not gone and marks[:, 0].min() >= 1.0 - MIN_MARK:
        return (" " if spaced else "").join(words)
    kept: list[str] = []
    for i, word in enumerate(words):
        if i not in gone:
            enclosed = i + 1 in gone and _goes_to_a_comma(words, gone, i + 1)
            if spaced and kept and _meets_itself(kept[-1], word, words[:i]):
                kept.pop()
            kept.append(_marked(word, marks[i], enclosed=enclosed) if spaced else word)
        elif (closing := _CLOSING.search(word)) and kept and not _CLOSING.search(kept[-1]):
            tag = kept[-1].endswith(",")  # "It works, right?" asks nothing
            mark = closing[0].replace("?", ".") if tag else closing[0]
            kept[-1] = _LOOSE.sub("", kept[-1]) + mark
    text = (" " if spaced else "").join(kept)
    return _FIRST_LETTER.sub(lambda m: m[1] + m[2].upper(), text) if spaced else text


def _meets_itself(before: str, word: str, until: Sequence[str]) -> bool:
    """Return whether a word follows itself that did not: "the, um, the", "sind, sind".

    before: what is kept before it; until: the words that were said before it.
    """
    return before.casefold() == bare(before) == bare(word) and until[-1] != before


def left_out(words: Sequence[str], spans: Sequence[Span]) -> set[int]:
    """Return the words that go: of spans that are sure enough, and change nothing that is said."""
    plain = [bare(word) for word in words]
    gone: set[int] = set()
    for first, last, sure in spans:
        inner = plain[first : last + 1]
        weighty = {word for word in inner if _weighs(word)}
        said_again = weighty <= {*plain[last + 1 : last + 1 + NEAR]}
        around = plain[max(0, first - 1) : first] + plain[last + 1 : last + 2]
        parts = sum(map(_counts, around)) > 1  # "twenty, I mean, five" is no 25
        closed = any(inner) and _is_closed(words[first : last + 1])
        means = len(inner) == 1 and inner[0] in _COMPARING and not _is_set_off(words, first)
        if sure >= MIN_SURE and said_again and closed and not parts and not means:
            gone |= {*range(first, last + 1)}
    return gone


def _is_closed(words: Sequence[str]) -> bool:
    """Return whether every quotation that begins or ends within words does both."""
    text = " ".join(words)
    pairs = (("“", "”"), ("«", "»"), ("„", "“"), ("「", "」"))
    return text.count('"') % 2 == 0 and all(
        text.count(one) == text.count(other) for one, other in pairs
    )


def _is_set_off(words: Sequence[str], at: int) -> bool:
    """Return whether a mark or an end of the sentence is on one side of a word."""
    around = words[at - 1 : at + 1]
    return at in (0, len(words) - 1) or any(_TRAILING.search(word) for word in around)


def _counts(word: str) -> bool:
    return word in _NUMBERS or any(c.isdigit() for c in word)


def _weighs(word: str) -> bool:
    """Return whether a sentence says something else without a word."""
    return word in _NEGATIONS or word.endswith("n't") or any(c.isdigit() for c in word)


def _goes_to_a_comma(words: Sequence[str], gone: set[int], first: int) -> bool:
    """Return whether the span that begins there ends with a comma of its own."""
    last = first
    while last + 1 in gone:
        last += 1
    said_again = bare(words[first]) == bare("".join(words[last + 1 : last + 2]))
    return words[last].endswith(",") and not said_again


def _marked(word: str, chances: F64, *, enclosed: bool) -> str:
    """Return a word with the mark that follows it.

    enclosed: what went after it stood between commas, which were its own as a rule.
    """
    if enclosed and word.endswith(",") and chances[MARKS.index("none")] >= MIN_NONE:
        return word[:-1]
    mark = MARKS[int(chances.argmax())]
    if mark == "same" or chances.max() < MIN_MARK or _counts(bare(word)):
        return word
    return _TRAILING.sub(r"\1", word) + {"none": "", "comma": ",", "stop": "."}[mark]
