"""Write the caller's names into a text where they fit the sound about as well as the text does."""

import logging
import math
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import torch

from pipeline.core.control import Check
from pipeline.recognition.decoding import MAX_TEXT_TOKENS, Decoded, ForcedDecoding
from pipeline.recognition.name_matching import Names, Swap
from pipeline.recognition.tokenizer import Vocabulary, WordTokens
from pipeline.recognition.whisper import Whisper

log = logging.getLogger(__name__)

MAX_ROUNDS = 3  # searches for the caller's names in one window
# How much less likely (natural logarithm) a name may be than the decoded words, because the caller
# expects it. A name that is very similar earns the full credit for each of its tokens.
CREDIT_PER_TOKEN = 3.0
MAX_CREDIT = 10.0  # for a whole name


def write_names(
    decoded: Decoded, states: torch.Tensor, *, model: Whisper, code: str, names: Names, check: Check
) -> Decoded:
    """Write names into the text of one window, wherever they fit its sound.

    `states` are the encoder states (1, 1500, width) of the window. One name makes others likelier,
    so the text is searched again after each round that found some.
    """
    for _ in range(MAX_ROUNDS):
        check()
        words = model.vocabulary.words(decoded.tokens, code)
        swaps = names.swaps([word.text.strip() for word in words])
        if not swaps:
            break
        reading = ForcedDecoding(model, states, code, decoded.tokens, check=check)
        options = _options(reading, model.vocabulary, words, swaps, check)
        better = None
        for tokens, credit in _texts(words, options):
            if tokens == decoded.tokens or len(tokens) > MAX_TEXT_TOKENS:
                continue
            trial = ForcedDecoding(model, states, code, tokens, check=check)
            if trial.total + credit > reading.total:
                better = trial
                break
        if better is None:
            break
        decoded = replace(
            decoded,
            tokens=better.tokens,
            log_probabilities=better.log_probabilities,
            attention=better.attention,
        )
    return decoded


@dataclass(frozen=True, slots=True)
class _Option:
    """A swap, the tokens of its text, and how much likelier it makes the window's text."""

    swap: Swap
    tokens: tuple[int, ...]
    gain: float  # natural logarithm
    credit: float  # see `_credit`

    @property
    def worth(self) -> float:
        return self.gain + self.credit


def _options(
    reading: ForcedDecoding,
    vocabulary: Vocabulary,
    words: Sequence[WordTokens],
    swaps: Sequence[Swap],
    check: Check,
) -> list[_Option]:
    """Judge each swap on its own."""
    starts = [0, *accumulate(len(word.tokens) for word in words)]
    options = []
    for swap in sorted(swaps, key=lambda s: -s.first):  # ForcedDecoding.gain goes from end to start
        check()
        space = " " if words[swap.first].text.startswith(" ") else ""
        new = vocabulary.encode(space + swap.text)
        gain = reading.gain(starts[swap.first], starts[swap.end], new)
        credit = _credit(vocabulary, words[swap.first : swap.end], swap, len(new))
        log.debug(
            "%r for words %d-%d: %.1f, credit %.1f", swap.text, swap.first, swap.end, gain, credit
        )
        options.append(_Option(swap, tuple(new), gain, credit))
    return options


def _texts(
    words: Sequence[WordTokens], options: Sequence[_Option]
) -> Iterator[tuple[tuple[int, ...], float]]:
    """Yield the texts worth reading, each with how much less likely than the present it may be.

    If no option fits on its own, those of each name are judged together: a model writes a word as
    it wrote it before, so of a name misheard twice in the same way neither fits without the other.
    """
    if fitting := [option for option in options if option.worth > 0]:
        yield _apply(words, fitting)[0], math.inf
        return
    names: dict[str, list[_Option]] = {}
    for option in options:
        if option.credit > 0:
            names.setdefault(option.swap.text.strip(string.punctuation), []).append(option)
    for found in names.values():
        tokens, applied = _apply(words, found)
        if len(applied) > 1:
            yield tokens, sum(option.credit for option in applied)


def _apply(
    words: Sequence[WordTokens], options: Sequence[_Option]
) -> tuple[tuple[int, ...], list[_Option]]:
    """Return the words' tokens with the options in their place, and the options applied.

    Of options that overlap, the one of most worth is applied.
    """
    pieces = [list(word.tokens) for word in words]
    replaced: set[int] = set()
    applied = []
    for option in sorted(options, key=lambda o: -o.worth):
        swap = option.swap
        if replaced.isdisjoint(range(swap.first, swap.end)):
            replaced.update(range(swap.first, swap.end))
            pieces[swap.first : swap.end] = [list(option.tokens)] + [[]] * (
                swap.end - swap.first - 1
            )
            applied.append(option)
    return tuple(token for piece in pieces for token in piece), applied


def _credit(vocabulary: Vocabulary, words: Sequence[WordTokens], swap: Swap, tokens: int) -> float:
    """Return how much less likely than the decoded words a name of `tokens` tokens may be.

    Words that are single tokens of the recognizer were hardly misheard, and stay: bread is not
    Brad.
    """
    texts = [word.text.strip(string.punctuation + string.whitespace + "…“”") for word in words]
    known = all(len(vocabulary.encode(f" {text}")) == 1 for text in texts)
    joined = len(words) > 1 and swap.alike == 1.0  # the same letters, spelled differently
    if known and not joined:
        return 0.0
    return min(MAX_CREDIT, tokens * CREDIT_PER_TOKEN * min(1.0, (swap.alike - 0.5) / 0.2))
