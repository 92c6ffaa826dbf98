"""Tells what each sentence is good for in print: to open a text, to stand alone, or nothing.

A small network reads a sentence's meaning, its words, which it weighs, and what is counted of it
and of the seams around it (who speaks, whether the sentence before asks). It learned from what a
copy editor said of sentences in ten languages. Nothing in its input belongs to one language.
Several networks, trained from different beginnings, vote. training/sentences.py trains them;
docs/design/readings.md has their data and figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Protocol

import numpy as np
import torch
from torch import nn

from pipeline.analysis.moments import QUERIES, VALUES, Columns, Encoded, Inputs, Pooling, places
from pipeline.analysis.voters import load_voters
from pipeline.core.arrays import F32, F64
from pipeline.language.writing_systems import word_equivalents

OUTPUTS = ("alone", "opens", "small_talk", "promotion", "torn", "worth", "asks")
WIDTH = 48  # channels of the network
MEANING_SCALE = 10.0  # so that the numbers of a meaning are about as large as the others
PROMOTION_NETWORKS = 2  # the last of an ensemble: they learned more of promotion, and say it alone
SHORT_WORDS = 4  # a sentence with fewer is mostly a reaction
SCALED = ("center", "usual", "spread", "words_center", "words_spread")  # fields of Ensemble
_ASKS = ("?", "？", "؟")
_ENDS = (*_ASKS, ".", "!", "。", "！", "…")
_CLOSERS = "\"'”’»)]}」』"
_CLAUSES = frozenset(",，、;；:：—")
_QUOTES = frozenset('"“”«»„「」')
_BREAKS = ("--", "...", "…")


class Spoken(Protocol):
    """A sentence and who says it."""

    @property
    def text(self) -> str:
        """Return what is said."""

    @property
    def speaker(self) -> str | None:
        """Return who says it, if known."""


@dataclass(frozen=True, slots=True)
class Roles:
    """Probabilities of n sentences, each (n,)."""

    alone: F64  # understandable without any other sentence
    opens: F64  # the same, and fit to begin a text
    small_talk: F64  # greets, thanks, talks about the talk
    promotion: F64  # praises a sponsor, a product, the show itself; with those around it
    torn: F64  # broken off, begun twice or misheard
    worth: F64  # says something that a reader takes away
    asks: F64


class Network(nn.Module):
    """Reads a sentence's meaning and its words, which it weighs, and what was counted of it."""

    def __init__(
        self,
        width_in: int,
        counted: int,
        *,
        drop: float = 0.0,
        drop_input: float = 0.0,
        drop_words: float = 0.0,
    ) -> None:
        super().__init__()
        self.project = Columns(width_in, WIDTH, drop=drop_input)
        self.pool = Pooling(width_in, drop=drop_words / 2, drop_words=drop_words)
        self.join = nn.Linear(QUERIES * VALUES, WIDTH, bias=False)
        self.enter = nn.Linear(WIDTH + counted, WIDTH)
        self.norm = nn.LayerNorm(WIDTH)
        self.middle = nn.Linear(WIDTH, WIDTH)
        self.leave = nn.Linear(WIDTH, len(OUTPUTS))
        self.drop = nn.Dropout(drop)

    def forward(self, seen: Inputs) -> torch.Tensor:
        """Return log-odds of OUTPUTS, (n, len(OUTPUTS))."""
        projected = self.drop(self.project(seen.vectors))
        state = self.enter(torch.cat((projected, seen.features), -1))
        state = torch.relu(state + self.join(self.drop(self.pool(seen))))
        state = state + self.drop(torch.relu(self.middle(self.norm(state))))
        odds: torch.Tensor = self.leave(state)
        return odds


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Networks that vote, and how their inputs are scaled."""

    networks: tuple[Network, ...]
    center: torch.Tensor  # (d,): of the meanings
    usual: torch.Tensor  # (k,): mean of what is counted
    spread: torch.Tensor  # (k,)
    words_center: torch.Tensor  # (d,): of the tokens
    words_spread: torch.Tensor  # (): of all their numbers
    device: torch.device

    @torch.inference_mode()
    def __call__(self, sentences: Sequence[Spoken], encoded: Encoded) -> Roles:
        """Return the probabilities of successive sentences."""
        if not len(sentences):
            return Roles(*(np.zeros(0) for _ in OUTPUTS))
        seen = self.inputs(encoded, count(sentences))
        votes = torch.stack([network(seen).sigmoid() for network in self.networks]).double().cpu()
        found = Roles(*votes[:-PROMOTION_NETWORKS].mean(0).T.numpy())
        promotion = votes[-PROMOTION_NETWORKS:, :, OUTPUTS.index("promotion")].mean(0).numpy()
        return replace(found, promotion=_runs(promotion))

    def inputs(self, encoded: Encoded, counted: F32) -> Inputs:
        """Return what the networks read; counted: of `count`."""
        return Inputs(
            MEANING_SCALE * (torch.from_numpy(encoded.meaning).to(self.device) - self.center),
            (torch.from_numpy(counted).to(self.device) - self.usual) / self.spread,
            (torch.from_numpy(encoded.words).to(self.device).float() - self.words_center)
            / self.words_spread,
            *(torch.from_numpy(index).to(self.device) for index in places(encoded.lengths)),
        )


def _runs(likely: F64) -> F64:
    """Return the medians of three successive numbers: an advert has several sentences."""
    around = np.pad(likely, 1)
    medians: F64 = np.median((around[:-2], likely, around[2:]), axis=0)
    return medians


@cache
def stored(device: torch.device) -> Ensemble:
    """Return the networks that ship with the package, on a device."""
    networks, tensors = load_voters(
        "sentences", lambda _, every: Network(len(every["center"]), len(every["usual"])), device
    )
    return Ensemble(networks, **{name: tensors[name] for name in SCALED}, device=device)


def count(sentences: Sequence[Spoken]) -> F32:
    """Return what is counted of successive sentences and of the seams around them, (n, k)."""
    texts = [s.text for s in sentences]
    bare = [text.rstrip(_CLOSERS) for text in texts]
    before = ["", *bare[:-1]]
    who = [None, *(s.speaker for s in sentences), None]
    turns = [a != b for a, b in pairwise(who)]
    words = [max(1.0, sum(map(word_equivalents, text.split()))) for text in texts]
    columns = (
        np.log(words),
        [n < SHORT_WORDS for n in words],
        [text.endswith(_ASKS) for text in bare],
        [text.endswith(_ASKS) for text in before],
        turns[:-1],
        turns[1:],
        [text.endswith(_ENDS) for text in bare],
        [text.endswith(_ENDS) for text in before],
        [sum(c in _CLAUSES for c in text) for text in texts],
        [any(c.isdigit() for c in text) for text in texts],
        [text[:1].islower() for text in texts],
        [not _QUOTES.isdisjoint(text) for text in texts],
        [any(mark in text for mark in _BREAKS) for text in texts],
    )
    return np.stack([np.asarray(column, np.float32) for column in columns], 1)
