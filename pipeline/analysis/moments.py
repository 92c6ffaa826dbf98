"""Finds where a moment begins and ends: a whole story, answer, list, argument or joke.

A small convolutional network reads the sentences in order (their meaning, how each begins, the few
words in each that matter to it, who speaks, questions, distances in meaning) and gives three
numbers for each: how likely a moment begins with it, ends with it, and has it inside. The sum over
a span is the span's log-odds, up to a constant, against every other span of the talk: a semi-Markov
model (Sarawagi, Cohen 2004, NIPS 17) with scores of a network. Two more outputs say whether a
stranger can begin with the sentence and whether a clip may end with it; they count for the first
two. Several networks, trained from different beginnings, vote.

A span's number depends on its sentences and on those within REACH of it, not on the rest of the
talk. Nothing in the features belongs to one language. training/moments.py trains the networks;
docs/design/highlights.md has their data and figures.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import torch
from torch import nn

from pipeline.analysis.voters import load_voters
from pipeline.analysis.window_distances import window_distances
from pipeline.core.arrays import F16, F32, F64, Indices
from pipeline.core.data import Sentence
from pipeline.core.statistics import prefix_sums
from pipeline.language.writing_systems import word_equivalents

SCALES = (1, 3, 8)  # sentences on either side whose meaning is compared
WIDTH = 48  # channels of the network
KERNEL = 5  # sentences
LAYERS = 3
QUERIES = 4  # ways of looking at the words of a sentence
VALUES = 12  # numbers that each way gives
PLACES = 5  # distances of a word from either end of its sentence that are told apart
MAX_LOGIT = 30.0  # bound on the logit of a word's weight, so that its exponential is finite
REACH = max(SCALES) + LAYERS * (KERNEL // 2)  # sentences on either side of one that matter to it
SHORT_WORDS = 4  # a sentence with fewer is mostly a reaction
MAX_CLAUSES = 5.0
MAX_TURN_WORDS = 300.0  # a longer turn is a lecture
MAX_PLACE = 20
NAMES = (
    "words",
    "turn's words",
    "turn begins",
    "turn ends",
    "place in the turn",
    "question",
    "after a question",
    "exclamation",
    "figure",
    "clauses",
    "quotation",
    "reaction",
    *(f"distance {scale}" for scale in SCALES),
)
OUTPUTS = ("begin", "end", "inside", "opens", "closes")
SCALED = (
    "center",
    "usual",
    "spread",
    "words_center",
    "words_spread",
    "usual_meaning",
)  # fields of Ensemble
_QUESTION = ("?", "？", "؟")
_CLOSERS = "\"'”’»)]}」』"
_QUOTES = frozenset('"“”«»„「」')
_CLAUSES = frozenset(",，、;；:：—،")


@dataclass(frozen=True, slots=True)
class Encoded:
    """Sentences as vectors."""

    meaning: F32  # (n, d), unit
    opening: F32  # (n, k d): how each begins
    words: F16  # (t, d): the states of their tokens in a middle layer, sentence after sentence
    places: Indices  # (t, 2): where each token begins and ends in its text, characters
    lengths: Indices  # (n,): how many tokens each has

    def those(self, rows: Indices) -> "Encoded":
        """Return some of the sentences."""
        until = np.cumsum(self.lengths)
        own = [np.arange(until[row] - self.lengths[row], until[row]) for row in rows]
        tokens = np.concatenate([*own, np.zeros(0, np.intp)])
        return Encoded(
            self.meaning[rows],
            self.opening[rows],
            self.words[tokens],
            self.places[tokens],
            self.lengths[rows],
        )


Encode = Callable[[Sequence[str]], Encoded]


@dataclass(frozen=True, slots=True)
class Moments:
    """Log-odds of n sentences, in nats, and two probabilities."""

    begin: F64  # (n,): that a moment begins with the sentence
    end: F64  # (n,): that one ends with it
    inside: F64  # (n,): what a span gains by having it
    opens: F64  # (n,): the probability that a stranger can begin with the sentence
    closes: F64  # (n,): the probability that a clip may end with it
    meaning: F32  # (n, d): what each is about, unit vectors about the mean of many talks

    def spans(self, first: Indices, last: Indices) -> F64:
        """Return the log-odds that spans are whole moments, (m,); both ends are inclusive."""
        sums = prefix_sums(self.inside)
        odds: F64 = self.begin[first] + self.end[last] + sums[last + 1] - sums[first]
        return odds


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the networks read of n sentences with t tokens, scaled."""

    vectors: torch.Tensor  # (n, width_in)
    features: torch.Tensor  # (n, len(NAMES))
    words: torch.Tensor  # (t, d)
    sentence: torch.Tensor  # (t,): of each token
    after: torch.Tensor  # (t,): tokens before it in its sentence, at most PLACES - 1
    before: torch.Tensor  # (t,): tokens after it


class Columns(nn.Linear):
    """A linear layer that learns with some columns of its input left out, others at each step.

    Dropout (Srivastava et al. 2014, JMLR 15) by column: as good, and without a random number for
    each element of a talk's words.
    """

    def __init__(self, width_in: int, width_out: int, *, drop: float) -> None:
        super().__init__(width_in, width_out)
        self.drop = drop

    def forward(self, seen: torch.Tensor) -> torch.Tensor:
        """Return (n, width_out)."""
        weight = self.weight
        if self.training:
            weight = weight * (torch.rand(weight.shape[1]) >= self.drop) / (1 - self.drop)
        return nn.functional.linear(seen, weight, self.bias)


class Pooling(nn.Module):
    """Reads a sentence by weighted means of its words, whose weights are learned.

    Attention with fixed queries (Lin et al. 2017, arXiv:1703.03130), with a bias for a word's place
    from either end.
    """

    def __init__(self, width_in: int, *, drop: float = 0.0, drop_words: float = 0.0) -> None:
        super().__init__()
        self.drop_words = drop_words
        self.read = Columns(width_in, QUERIES * (1 + VALUES), drop=drop)  # weights, then values
        self.after = nn.Parameter(torch.zeros(PLACES, QUERIES))
        self.before = nn.Parameter(torch.zeros(PLACES, QUERIES))
        nn.init.normal_(self.read.weight[:QUERIES], std=0.02)

    def forward(self, seen: Inputs) -> torch.Tensor:
        """Return (n, QUERIES * VALUES); 0 for a sentence without tokens."""
        count = len(seen.vectors)
        logits, values = self.read(seen.words).split((QUERIES, QUERIES * VALUES), -1)
        logits = logits + self.after[seen.after] + self.before[seen.before]
        weight = logits.clamp(-MAX_LOGIT, MAX_LOGIT).exp()
        if self.training:
            weight = weight * (torch.rand(len(weight), 1) >= self.drop_words)
        total = weight.new_zeros(count, QUERIES).index_add(0, seen.sentence, weight)
        value = values.view(-1, QUERIES, VALUES) * weight[:, :, None]
        sums = value.new_zeros(count, QUERIES, VALUES).index_add(0, seen.sentence, value)
        means: torch.Tensor = (sums / total.clamp_min(1e-20)[:, :, None]).flatten(1)
        return means


class Network(nn.Module):
    """Residual convolutions over sentences."""

    def __init__(
        self,
        width_in: int,
        width_words: int,
        *,
        drop: float = 0.0,
        drop_input: float = 0.0,
        drop_words: float = 0.0,
    ) -> None:
        super().__init__()
        self.project = Columns(width_in, WIDTH, drop=drop_input)
        self.pool = Pooling(width_words, drop=drop_words / 2, drop_words=drop_words)
        self.join = nn.Linear(QUERIES * VALUES, WIDTH, bias=False)
        self.enter = nn.Linear(WIDTH + len(NAMES), WIDTH)
        self.layers = nn.ModuleList(
            nn.Conv1d(WIDTH, WIDTH, KERNEL, padding=KERNEL // 2) for _ in range(LAYERS)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(LAYERS))
        self.leave = nn.Linear(WIDTH, len(OUTPUTS))
        self.trust = nn.Parameter(torch.full((2,), 0.5))  # in the last two outputs
        self.drop = nn.Dropout(drop)

    def forward(self, seen: Inputs) -> torch.Tensor:
        """Return OUTPUTS of each sentence, (n, len(OUTPUTS)); the last two as log-odds."""
        projected = self.drop(self.project(seen.vectors))
        state = self.enter(torch.cat((projected, seen.features), -1))
        state = torch.relu(state + self.join(self.drop(self.pool(seen))))
        for layer, norm in zip(self.layers, self.norms, strict=True):
            found: torch.Tensor = layer(norm(state).T[None])[0].T
            state = state + self.drop(torch.relu(found))
        begin, end, inside, opens, closes = self.leave(state).T
        begin = begin + self.trust[0] * nn.functional.logsigmoid(opens)
        end = end + self.trust[1] * nn.functional.logsigmoid(closes)
        return torch.stack((begin, end, inside, opens, closes), 1)


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Networks that vote, and how their inputs are scaled."""

    networks: tuple[Network, ...]
    center: torch.Tensor  # (width_in,): of the vectors
    usual: torch.Tensor  # (len(NAMES),): mean of the features
    spread: torch.Tensor  # (len(NAMES),)
    words_center: torch.Tensor  # (d,): of the tokens
    words_spread: torch.Tensor  # (): of all their numbers
    usual_meaning: torch.Tensor  # (d,): mean of many talks in many languages
    device: torch.device

    @torch.inference_mode()
    def __call__(self, sentences: Sequence[Sentence], encoded: Encoded) -> Moments:
        """Return the log-odds of the sentences."""
        width = encoded.meaning.shape[1]
        if not len(sentences):
            none = np.zeros(0)
            return Moments(none, none, none, none, none, np.zeros((0, width), np.float32))
        seen = self.inputs(join(encoded), features(sentences, encoded.meaning), encoded)
        votes = torch.stack([network(seen) for network in self.networks])
        votes[:, :, 3:].sigmoid_()
        begin, end, inside, opens, closes = votes.double().mean(0).T.cpu().numpy()
        return Moments(begin, end, inside, opens, closes, self.about(encoded.meaning))

    @torch.inference_mode()
    def about(self, meaning: F32) -> F32:
        """Return unit vectors about the mean of many talks, (n, d): what sentences tell apart."""
        apart = torch.from_numpy(meaning).to(self.device) - self.usual_meaning
        unit: F32 = torch.nn.functional.normalize(apart).cpu().numpy()
        return unit

    def inputs(self, vectors: F32, counted: F32, encoded: Encoded) -> Inputs:
        """Return what the networks read; vectors: of `join`, counted: of `features`."""
        return Inputs(
            (torch.from_numpy(vectors).to(self.device) - self.center),
            (torch.from_numpy(counted).to(self.device) - self.usual) / self.spread,
            (torch.from_numpy(encoded.words).to(self.device).float() - self.words_center)
            / self.words_spread,
            *(torch.from_numpy(index).to(self.device) for index in places(encoded.lengths)),
        )


@cache
def stored(device: torch.device) -> Ensemble:
    """Return the networks that ship with the package, on a device."""
    networks, tensors = load_voters(
        "moments",
        lambda own, _: Network(own["project.weight"].shape[1], own["pool.read.weight"].shape[1]),
        device,
    )
    return Ensemble(networks, **{name: tensors[name] for name in SCALED}, device=device)


def join(encoded: Encoded) -> F32:
    """Return meaning and opening side by side, of about the same size, (n, width_in)."""
    width = encoded.meaning.shape[1]
    both: F32 = np.hstack((encoded.meaning, encoded.opening / (3.0 * width**0.5)))
    return both.astype(np.float32)


def places(lengths: Indices) -> tuple[Indices, Indices, Indices]:
    """Return for each token its sentence, and its place from both ends, at most PLACES - 1."""
    sentence = np.repeat(np.arange(len(lengths)), lengths)
    after = np.arange(len(sentence)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    before = lengths[sentence] - 1 - after
    return sentence, np.minimum(after, PLACES - 1), np.minimum(before, PLACES - 1)


def features(sentences: Sequence[Sentence], meaning: F32) -> F32:
    """Return what is counted of each sentence, (n, len(NAMES)), float32, not yet scaled."""
    texts = [s.text for s in sentences]
    wide = meaning.astype(np.float64)
    bare = [text.rstrip(_CLOSERS) for text in texts]
    who = [s.speaker for s in sentences]
    words = np.array([max(1.0, sum(map(word_equivalents, text.split()))) for text in texts])
    begins = np.array([True, *(a != b for a, b in pairwise(who))])
    turn = np.cumsum(begins) - 1
    place = np.arange(len(texts)) - np.flatnonzero(begins)[turn]
    asks = np.array([text.endswith(_QUESTION) for text in bare])
    columns = (
        np.log(words),
        np.log1p(np.minimum(np.bincount(turn, words), MAX_TURN_WORDS))[turn],
        begins,
        np.append(begins[1:], True),
        np.log1p(np.minimum(place, MAX_PLACE)),
        asks,
        np.append(False, asks[:-1]),
        [text.endswith(("!", "！")) for text in bare],
        [any(c.isdigit() for c in text) for text in texts],
        [min(MAX_CLAUSES, sum(c in _CLAUSES for c in text)) for text in texts],
        [not _QUOTES.isdisjoint(text) for text in texts],
        words < SHORT_WORDS,
        *(window_distances(wide, scale) for scale in SCALES),
    )
    return np.stack([np.asarray(column, np.float32) for column in columns], 1)
