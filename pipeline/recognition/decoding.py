"""Greedy (or sampled) decoding of a batch of windows: encoder states in, tokens and attention out.

The result includes what later stages need to judge whether a text is invented.
"""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from pipeline.core.control import Check, unchecked
from pipeline.recognition.repetitions import (
    spoken_count,
    tail_repetition,
    without_spoken_repetitions,
)
from pipeline.recognition.whisper import DecoderState, Whisper

MAX_TEXT_TOKENS = 224  # half of the decoder's positions, as in openai/whisper
COMPACT_EVERY = 8  # steps between checks for finished and looping rows
MAX_COMPRESSION = 2.4  # a text that zlib compresses more repeats itself (openai/whisper)
MIN_LOG_PROBABILITY = -1.0  # mean per token; a less likely text is not trusted
CONTEXT_TOKENS = 6  # tokens after a replacement that show whether it fits


@dataclass(frozen=True, slots=True)
class Decoded:
    """The decoded text of one window."""

    tokens: tuple[int, ...]  # text only
    log_probabilities: tuple[float, ...]  # one per token
    attention: torch.Tensor  # (len(tokens), heads, 1500), of the step that chose each token
    no_speech: float  # probability that nobody speaks
    looped: bool  # the decoder repeated what is not repeated in the sound
    language: str  # Whisper's code, of the prompt
    likeliest_language: str  # by the sound
    language_probability: float  # probability of the likeliest language, 0..1
    language_lead: float  # the same, minus the probability of `language`

    @property
    def mean_log_probability(self) -> float:
        """Mean over the text's tokens; 0 for an empty text."""
        return sum(self.log_probabilities) / max(1, len(self.log_probabilities))

    def is_trusted(self, read: Callable[[Sequence[int]], str], *, repeats: bool = True) -> bool:
        """Return whether the text lacks the usual signs of an invented text.

        `read` returns the text of tokens. `repeats`: what is spoken again and again is no such
        sign.
        """
        if self.looped or self.mean_log_probability <= MIN_LOG_PROBABILITY:
            return False
        if compression(read(self.tokens)) < MAX_COMPRESSION:
            return True
        return repeats and compression(read(self.unrepeated())) < MAX_COMPRESSION

    def unrepeated(self) -> list[int]:
        """Return the tokens without what is spoken again right away."""
        return without_spoken_repetitions(self.tokens, self.attention)


def compression(text: str) -> float:
    """Return bytes divided by compressed bytes: about 1.6 for ordinary sentences."""
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) if raw else 0.0


class ForcedDecoding:
    """Scores a given text against the sound of one window."""

    @torch.inference_mode()
    def __init__(
        self,
        model: Whisper,
        states: torch.Tensor,
        language: str,
        tokens: Sequence[int],
        *,
        check: Check = unchecked,
    ) -> None:
        """Read `tokens`, at least one, over encoder states (1, 1500, width).

        `check` is called before each layer.
        """
        self._model = model
        self.tokens = tuple(tokens)
        self._prompt = prompt_of(model, language)
        self._memory = DecoderState(model, states, check)
        log_probabilities, attention = self._read([*self._prompt, *tokens], len(self._prompt) - 1)
        self.log_probabilities = tuple(log_probabilities)
        self.attention = attention  # as in Decoded

    @property
    def total(self) -> float:
        """The natural logarithm of the text's probability."""
        return sum(self.log_probabilities)

    @torch.inference_mode()
    def gain(self, first: int, end: int, new: Sequence[int]) -> float:
        """Return how much replacing tokens first..end-1 by `new` raises the text's log-probability.

        The next few tokens count against the replacement if they become less likely. Call it from
        the end of the text to its beginning: the state after `first` is discarded.
        """
        after = self.tokens[end : end + CONTEXT_TOKENS]
        begin = len(self._prompt) + first - 1
        self._memory.position = begin
        before = self.tokens[first - 1] if first else self._prompt[-1]
        log_probabilities, _ = self._read([before, *new, *after], 0)
        change = sum(log_probabilities[: len(new)]) - sum(self.log_probabilities[first:end])
        later = sum(log_probabilities[len(new) :]) - sum(
            self.log_probabilities[end : end + len(after)]
        )
        return change + min(0.0, later)

    def _read(self, tokens: Sequence[int], first: int) -> tuple[list[float], torch.Tensor]:
        """Return the log-probability of each token after `first`, and the attention from there."""
        fed = torch.tensor([list(tokens)], device=self._model.device)
        hidden, attention = self._memory.read(fed)
        scores = self._model.logits(hidden[0, first:-1])
        chosen = fed[0, first + 1 :].unsqueeze(1)
        log_probabilities = scores.gather(1, chosen).squeeze(1) - scores.logsumexp(-1)
        return log_probabilities.tolist(), attention[0, first:-1]


def prompt_of(model: Whisper, language: str) -> list[int]:
    """Return the prompt that requests a text without timestamps."""
    vocabulary = model.vocabulary
    return [
        vocabulary.start,
        vocabulary.languages[language],
        vocabulary.transcribe,
        vocabulary.no_timestamps,
    ]


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on a text: its length, and tokens that are never spoken."""

    most: int  # tokens
    _never: torch.Tensor  # (vocabulary,), -inf where a token is banned
    _never_first: torch.Tensor

    @classmethod
    def of(cls, model: Whisper, device: torch.device) -> "Limits":
        """Return the limits of a checkpoint."""
        vocabulary = model.vocabulary
        never = torch.zeros(model.n_tokens, device=device)
        never[vocabulary.suppressed] = float("-inf")
        never_first = never.clone()
        never_first[vocabulary.suppressed_first] = float("-inf")
        prompt = 4  # tokens, as `prompt_of` returns
        return cls(min(MAX_TEXT_TOKENS, model.max_tokens - prompt - 1), never, never_first)

    def banned(self, *, first: bool) -> torch.Tensor:
        """Return the mask to add to the scores of a text's first token, or of a later one."""
        return self._never_first if first else self._never


@torch.inference_mode()
def decode(
    model: Whisper,
    states: torch.Tensor,
    language: str,
    *,
    temperature: float = 0.0,
    check: Check = unchecked,
) -> list[Decoded]:
    """Decode each window of encoder states (b, 1500, width); temperature 0 is greedy.

    `check` is called before every layer and step, and may raise to stop.
    """
    return _Batch(model, states, language, temperature, check).run()


class _Batch:
    """One decoding run; rows leave the batch as they finish."""

    def __init__(
        self, model: Whisper, states: torch.Tensor, language: str, temperature: float, check: Check
    ) -> None:
        self._check = check
        vocabulary, device = model.vocabulary, states.device
        self._end = vocabulary.end
        self._temperature = temperature
        self._generator = torch.Generator(device).manual_seed(0)
        prompt = prompt_of(model, language)
        self._limits = Limits.of(model, device)
        rows = states.shape[0]
        self._memory = DecoderState(model, states, check)
        scores = self._memory.prompt(torch.tensor(prompt, device=device).expand(rows, -1))
        self._no_speech = scores[:, 0].softmax(-1)[:, vocabulary.no_speech].tolist()
        self._language = language
        self._language_probabilities = _language_probabilities(model, scores[:, 0])
        self._logits = scores[:, -1]
        self._rows = list(range(rows))  # indices of the windows still in the batch
        self._open = [True] * rows  # per window
        self._looped = [False] * rows
        self._tokens: list[list[int]] = [[] for _ in range(rows)]
        self._log_probabilities: list[list[float]] = [[] for _ in range(rows)]
        heads = len(model.alignment_heads)
        self._attention = torch.zeros(
            rows, self._limits.most, heads, states.shape[1], dtype=states.dtype, device=device
        )

    def run(self) -> list[Decoded]:
        """Step until every row has ended."""
        for step in range(self._limits.most):
            self._check()
            chosen = self._choose(first=step == 0)
            self._attention[self._rows, step] = self._memory.attention
            self._record(chosen.tolist())
            if step % COMPACT_EVERY == COMPACT_EVERY - 1:
                self._cut_loops()
                chosen = self._compact(chosen)
            if not any(self._open):
                break
            self._logits, _ = self._memory.step(chosen.unsqueeze(1))
        return [self._result(row) for row in range(len(self._open))]

    def _choose(self, *, first: bool) -> torch.Tensor:
        """Choose the next token of each row in the batch and note its log-probability."""
        scores = self._logits.add_(self._limits.banned(first=first))
        top, chosen = scores.max(-1, keepdim=True)
        if self._temperature:
            probabilities = (scores / self._temperature).softmax(-1)
            chosen = torch.multinomial(probabilities, 1, generator=self._generator)
        best = (scores.gather(1, chosen) - top).squeeze(1)
        # from here on the scores are overwritten, which takes half the time of a logsumexp
        best -= scores.sub_(top).exp_().sum(-1).log_()
        chosen = chosen.squeeze(1)
        self._chosen_log_probabilities = best.tolist()
        return chosen

    def _record(self, chosen: list[int]) -> None:
        """Append the chosen tokens to the texts that are still open."""
        for row, token, log_probability in zip(
            self._rows, chosen, self._chosen_log_probabilities, strict=True
        ):
            if not self._open[row]:
                continue
            if token == self._end:
                self._open[row] = False
            else:
                self._tokens[row].append(token)
                self._log_probabilities[row].append(log_probability)

    def _cut_loops(self) -> None:
        """Close the rows that only repeat themselves, keeping what is spoken."""
        for row in self._rows:
            if not self._open[row] or (loop := tail_repetition(self._tokens[row])) is None:
                continue
            count = spoken_count(loop, self._attention[row])
            if count < loop.count:
                cut = loop.first + loop.period * count
                del self._tokens[row][cut:], self._log_probabilities[row][cut:]
                self._open[row], self._looped[row] = False, True

    def _compact(self, chosen: torch.Tensor) -> torch.Tensor:
        """Drop closed rows so that later steps do not compute them."""
        kept = [i for i, row in enumerate(self._rows) if self._open[row]]
        if kept and len(kept) < len(self._rows):
            self._memory.keep(kept)
            self._rows = [self._rows[i] for i in kept]
            return chosen[kept]
        return chosen

    def _result(self, row: int) -> Decoded:
        count = len(self._tokens[row])
        probabilities = self._language_probabilities[row]
        likeliest = max(probabilities, key=probabilities.__getitem__)
        return Decoded(
            tokens=tuple(self._tokens[row]),
            log_probabilities=tuple(self._log_probabilities[row]),
            attention=self._attention[row, :count],
            no_speech=self._no_speech[row],
            looped=self._looped[row],
            language=self._language,
            likeliest_language=likeliest,
            language_probability=probabilities[likeliest],
            language_lead=probabilities[likeliest] - probabilities[self._language],
        )


@torch.inference_mode()
def language_probabilities(
    model: Whisper, states: torch.Tensor, check: Check = unchecked
) -> dict[str, float]:
    """Return the probability of each language, averaged over encoder states (b, 1500, width)."""
    start = torch.full((states.shape[0], 1), model.vocabulary.start, device=states.device)
    scores, _ = DecoderState(model, states, check).step(start)
    each = _language_probabilities(model, scores)
    return {
        code: sum(probabilities[code] for probabilities in each) / len(each) for code in each[0]
    }


def _language_probabilities(model: Whisper, scores: torch.Tensor) -> list[dict[str, float]]:
    """Return the probability of each language, by window, from the scores after the start token."""
    codes = list(model.vocabulary.languages)
    ids = [model.vocabulary.languages[code] for code in codes]
    return [dict(zip(codes, row, strict=True)) for row in scores[:, ids].softmax(-1).tolist()]
