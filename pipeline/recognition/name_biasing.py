"""Write the caller's names into a text where they fit the sound about as well as the text does."""

import logging
import string
from collections.abc import Sequence
from dataclasses import replace
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
        reading = ForcedDecoding(model, states, code, decoded.tokens)
        tokens = _apply_swaps(model.vocabulary, reading, words, swaps, check)
        if tokens == decoded.tokens or len(tokens) > MAX_TEXT_TOKENS:
            break
        reading = ForcedDecoding(model, states, code, tokens)
        decoded = replace(
            decoded,
            tokens=tokens,
            log_probabilities=reading.log_probabilities,
            attention=reading.attention,
        )
    return decoded


def _apply_swaps(
    vocabulary: Vocabulary,
    reading: ForcedDecoding,
    words: Sequence[WordTokens],
    swaps: Sequence[Swap],
    check: Check,
) -> tuple[int, ...]:
    """Return the tokens of the words, with each name that is about as likely put in their place."""
    starts = [0, *accumulate(len(word.tokens) for word in words)]
    fitting: list[tuple[float, Swap, list[int]]] = []
    for swap in sorted(swaps, key=lambda s: -s.first):  # ForcedDecoding.gain goes from end to start
        check()
        space = " " if words[swap.first].text.startswith(" ") else ""
        new = vocabulary.encode(space + swap.text)
        gain = reading.gain(starts[swap.first], starts[swap.end], new)
        sure = gain + _credit(vocabulary, words[swap.first : swap.end], swap, len(new))
        log.debug(
            "%r for words %d-%d: %.1f, with credit %.1f",
            swap.text,
            swap.first,
            swap.end,
            gain,
            sure,
        )
        if sure > 0:
            fitting.append((sure, swap, new))
    pieces = [list(word.tokens) for word in words]
    replaced: set[int] = set()
    for _, swap, new in sorted(fitting, key=lambda f: -f[0]):
        if replaced.isdisjoint(range(swap.first, swap.end)):
            replaced.update(range(swap.first, swap.end))
            pieces[swap.first : swap.end] = [new] + [[]] * (swap.end - swap.first - 1)
    return tuple(token for piece in pieces for token in piece)


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
