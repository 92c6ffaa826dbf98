"""Says how well words that are said can be a title.

A small network reads the states of the words in their sentence: all of a clause together, its
first, its last and the one that follows it; and what is counted of it. So it knows what is torn.
It learned from what an editor would post of the clauses of 640 moments of real talks. Nothing in
its input belongs to one language. Several networks, trained from different beginnings, vote.
training/titles.py trains them; docs/design/readings.md has their data and figures.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from torch import nn

from pipeline.analysis import copy_edits, sentence_roles
from pipeline.analysis.moments import Encoded
from pipeline.analysis.sentence_roles import Roles
from pipeline.analysis.voters import load_voters
from pipeline.core.arrays import F32, F64
from pipeline.language.text_limits import width

WIDTH = 48  # channels of the network
USUAL_CHARS = 60.0
ROLES = ("alone", "opens", "torn", "worth", "small_talk")
SCALED = ("center", "spread", "usual", "spreads")  # fields of Ensemble
_ASKS = ("?", "？", "؟")
_STOPS = ".!?…。！？\"'”’"


@dataclass(frozen=True, slots=True)
class Clause:
    """Successive words of a sentence that could be a title."""

    text: str
    sentence: int  # among those of the material
    first: int  # its words, as `copy_edits.split` has them, both ends inclusive
    last: int


@dataclass(frozen=True, slots=True)
class Material:
    """What a title is taken from: a clip, a chapter, a passage of an article."""

    sentences: tuple[str, ...]  # as an editor prints them
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Ratings:
    """What is known of the clauses of a material."""

    odds: F64  # (n,): log-odds that an editor posts it; -inf: not read
    central: F64  # (n,): cosine of what its sentence is about and what all of them are about


Rate = Callable[[Sequence[Material]], list[Ratings]]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, as an editor prints it."""

    text: str
    speaker: None = None  # who speaks makes no title


class Network(nn.Module):
    """Reads clauses."""

    def __init__(
        self, width_in: int, counted: int, *, drop: float = 0.0, drop_input: float = 0.0
    ) -> None:
        super().__init__()
        self.project = nn.Linear(width_in, WIDTH)
        self.count = nn.Linear(counted, WIDTH)
        self.norm = nn.LayerNorm(WIDTH)
        self.leave = nn.Linear(WIDTH, 1)
        self.drop = nn.Dropout(drop)
        self.drop_input = nn.Dropout(drop_input)

    def forward(self, states: torch.Tensor, counted: torch.Tensor) -> torch.Tensor:
        """Return the log-odds that an editor posts each clause, (n,)."""
        entered = torch.relu(self.project(self.drop_input(states)) + self.count(counted))
        odds: torch.Tensor = self.leave(self.drop(self.norm(entered)))
        return odds[:, 0]


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Networks that vote, and how their inputs are scaled."""

    networks: tuple[Network, ...]
    center: torch.Tensor  # (d,): of the states
    spread: torch.Tensor  # (): of all their numbers
    usual: torch.Tensor  # (k,): mean of what is counted
    spreads: torch.Tensor  # (k,)
    device: torch.device

    @torch.inference_mode()
    def __call__(
        self, clauses: Sequence[Clause], sentences: Sequence[Sentence], encoded: Encoded
    ) -> F64:
        """Return log-odds, (n,); of a sentence that the encoder did not read to its end, -inf."""
        found = np.full(len(clauses), -np.inf)
        roles = sentence_roles.stored(self.device)(sentences, encoded)
        rows, states, counted = describe(clauses, sentences, encoded, roles)
        if len(rows):
            seen = (torch.from_numpy(states).to(self.device) - self.center) / self.spread
            numbers = (torch.from_numpy(counted).to(self.device) - self.usual) / self.spreads
            votes = torch.stack([network(seen, numbers) for network in self.networks])
            found[rows] = votes.double().mean(0).cpu().numpy()
        return found


@cache
def stored(device: torch.device) -> Ensemble:
    """Return the networks that ship with the package, on a device."""
    networks, tensors = load_voters(
        "titles", lambda _, every: Network(len(every["center"]), len(every["usual"])), device
    )
    return Ensemble(networks, **{name: tensors[name] for name in SCALED}, device=device)


def describe(
    clauses: Sequence[Clause], sentences: Sequence[Sentence], encoded: Encoded, roles: Roles
) -> tuple[list[int], F32, F32]:
    """Return which clauses the encoder has read, their states (n, 4 d), and what is counted.

    sentences: of the clip; encoded, roles: of them.
    """
    spans = [copy_edits.split(s.text) for s in sentences]
    states = copy_edits.word_states(encoded, spans)
    about = encoded.meaning @ encoded.meaning.mean(0)
    rows, vectors, counted = [], [], []
    for row, clause in enumerate(clauses):
        words = states[clause.sentence]
        if words is None:
            continue
        first, last = clause.first, clause.last
        after = words[last + 1] if last + 1 < len(words) else np.zeros_like(words[0])
        rows.append(row)
        vectors.append(
            np.concatenate((words[first : last + 1].mean(0), words[first], words[last], after))
        )
        own = [float(getattr(roles, name)[clause.sentence]) for name in ROLES]
        own.append(float(about[clause.sentence]))
        counted.append(_count(clause, sentences, len(words)) + own)
    return rows, np.array(vectors, np.float32), np.array(counted, np.float32)


def _count(clause: Clause, sentences: Sequence[Sentence], words: int) -> list[float]:
    """Return what is counted of a clause; words: of its sentence."""
    sentence, text = sentences[clause.sentence].text, clause.text
    size = width(text) / USUAL_CHARS
    begins, ends = clause.first == 0, clause.last == words - 1
    return [
        size,
        size**2,
        begins,
        ends,
        begins and ends,
        text.endswith(_ASKS),
        sentence.rstrip("\"'”’").endswith(_ASKS),
        any(c.isdigit() for c in text),
        any(word[:1].isupper() for word in text.split()[1:]),
        text.count(",") + text.count("、") + text.count("，"),
        clause.last - clause.first + 1,
        clause.sentence / len(sentences),
        clause.sentence == 0,
        clause.sentence >= len(sentences) - 2,
        len(sentences),
        sentence[-1:] in _STOPS,
    ]
