"""What networks read in the sentences of a talk, from one encoding of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.analysis.moments import Moments
from pipeline.analysis.sentence_roles import Roles
from pipeline.core.data import Sentence


@dataclass(frozen=True, slots=True)
class Reading:
    """Where moments begin and end, and what each sentence is good for in print."""

    moments: Moments
    roles: Roles
    edited: tuple[str, ...]  # the sentences without what an editor leaves out; "": all of it


Read = Callable[[Sequence[Sentence]], Reading]
