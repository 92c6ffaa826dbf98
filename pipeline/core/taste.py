"""What tells a user's clips apart, and what a user prefers: data only.

A trait is a number that is known of every span of a talk. Its unit is about its spread over the
clips of many talks, and 0 about its mean, so that one prior suits the weights of all.
"""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """The traits of a span; as weights: nats for one unit of each. Unknown ones are 0."""

    story: float = 0.0  # this and the next nine: how likely it is of the kind
    claim: float = 0.0
    howto: float = 0.0
    confession: float = 0.0
    joke: float = 0.0
    data: float = 0.0
    answer: float = 0.0
    list: float = 0.0
    argument: float = 0.0
    advice: float = 0.0
    long: float = 0.0  # logarithm of its seconds
    late: float = 0.0  # its place in the talk
    question: float = 0.0  # it opens with one
    numbers: float = 0.0  # share of sentences with figures
    listener: float = 0.0  # share of sentences that address the listener
    feeling: float = 0.0  # share of sentences with strong words
    dialogue: float = 0.0  # share of what is not said by its main speaker
    laughter: float = 0.0  # how likely people laugh
    energy: float = 0.0  # how lively it sounds, within the talk
    whole: float = 0.0  # log-odds of a whole moment; explains feedback, and is never a preference


NAMES = tuple(field.name for field in fields(Traits))
QUALITY = "whole"  # the trait that no taste may change


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """What an account prefers, learned from its feedback."""

    weights: Traits
    examples: int = 0  # clips that it was learned from
