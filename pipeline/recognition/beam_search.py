"""Beam search: several texts of each window are kept, and the likeliest as a whole wins.

Greedy decoding is as good where the sound is clear, and cheaper; this is for windows of which the
decoder was unsure. The texts of a window hear the same sound, so its keys and values are read
once for all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch

from pipeline.core.control import Check, unchecked
from pipeline.recognition.decoding import Decoded, ForcedDecoding, Limits, prompt_of
from pipeline.recognition.whisper import DecoderState, Whisper

WIDTH = 5  # texts kept of a window, as openai/whisper's command line has it
LAST = 3  # tokens: a mark alone may look anywhere
SHORTER = 25  # encoder states, half a second: a text that leaves the last word out is likelier, too
LIKELIER = 0.01  # mean log-probability by which a text must be better than the greedy one


@dataclass(slots=True)
class _Window:
    """One window's texts while they grow."""

    place: int  # in the batch that was asked for
    texts: list[tuple[int, ...]] = field(default_factory=lambda: [()] * WIDTH)
    totals: list[float] = field(default_factory=lambda: [0.0] + [float("-inf")] * (WIDTH - 1))
    ended: list[tuple[float, tuple[int, ...]]] = field(default_factory=list)  # mean, and text

    def grow(
        self, totals: Sequence[float], rows: Sequence[int], tokens: Sequence[int], end: int
    ) -> list[int]:
        """Take the best of candidates, best first; the rows that the new texts came from."""
        texts: list[tuple[int, ...]] = []
        kept: list[int] = []
        self.totals = []
        for total, row, token in zip(totals, rows, tokens, strict=True):
            text = self.texts[row]
            if token == end:
                self.ended.append((total / (len(text) + 1), text))
            elif len(texts) < WIDTH:
                texts.append((*text, token))
                kept.append(row)
                self.totals.append(total)
        self.texts = texts
        return kept

    def best(self) -> tuple[int, ...]:
        """The text with the likeliest tokens, its end with them."""
        still = ((t / len(text), text) for t, text in zip(self.totals, self.texts, strict=True))
        return max([*self.ended, *([] if self.ended else still)])[1]


@torch.inference_mode()
def search(
    model: Whisper, states: torch.Tensor, language: str, *, check: Check = unchecked
) -> list[tuple[int, ...]]:
    """The likeliest tokens of each window of encoder states (b, 1500, width).

    A window is done when WIDTH of its texts have ended. `check` is called before every layer of
    the prompt and every step, and may raise to stop.
    """
    limits, prompt = Limits.of(model, states.device), prompt_of(model, language)
    windows = [_Window(place) for place in range(len(states))]
    found: list[tuple[int, ...]] = [()] * len(windows)
    memory = DecoderState(model, states, len(prompt) + limits.most + 1, check)
    fed = torch.tensor(prompt, device=states.device).expand(len(windows), -1)
    scores = memory.prompt(fed)[:, -1].repeat_interleave(WIDTH, 0)
    memory.branch([i for i in range(len(windows)) for _ in range(WIDTH)])
    for step in range(limits.most):
        check()
        rows = _grown(windows, scores + limits.banned(first=step == 0), model.vocabulary.end)
        memory.branch(rows)
        last = step + 1 == limits.most
        done = [i for i, window in enumerate(windows) if last or len(window.ended) >= WIDTH]
        for i in done:
            found[windows[i].place] = windows[i].best()
        if done:
            left = [i for i in range(len(windows)) if i not in done]
            windows = [windows[i] for i in left]
            if not windows:
                break
            memory.keep(left)
        fed = torch.tensor([[t[-1]] for w in windows for t in w.texts], device=states.device)
        scores, _ = memory.step(fed)
    return found


def _grown(windows: Sequence[_Window], scores: torch.Tensor, end: int) -> list[int]:
    """All windows' texts one token longer; for each of them the row that it came from."""
    odds = scores.log_softmax(-1)
    totals = torch.tensor([w.totals for w in windows], device=odds.device).view(-1, 1)
    # each of the texts has one end, so that of twice as many candidates enough go on
    best = (odds + totals).view(len(windows), -1).topk(2 * WIDTH)
    rows: list[int] = []
    for i, window in enumerate(windows):
        places = best.indices[i].tolist()
        kept = window.grow(
            best.values[i].tolist(),
            [p // odds.shape[-1] for p in places],
            [p % odds.shape[-1] for p in places],
            end,
        )
        rows += [i * WIDTH + row for row in kept]
    return rows


def heard_again(
    model: Whisper, states: torch.Tensor, language: str, greedy: Sequence[Decoded], check: Check
) -> list[Decoded]:
    """What the search finds in these windows, where that is likelier than the greedy text."""
    texts = search(model, states, language, check=check)
    return [
        _likelier(model, states[i : i + 1], language, before, tokens)
        for i, (before, tokens) in enumerate(zip(greedy, texts, strict=True))
    ]


def _likelier(
    model: Whisper, states: torch.Tensor, language: str, greedy: Decoded, tokens: tuple[int, ...]
) -> Decoded:
    if not tokens or tokens == greedy.tokens:
        return greedy
    reading = ForcedDecoding(model, states, language, tokens)
    found = replace(
        greedy,
        tokens=tokens,
        log_probabilities=reading.log_probabilities,
        attention=reading.attention,
        looped=False,
    )
    better = found.mean_log_probability > greedy.mean_log_probability + LIKELIER
    return found if better and _reach(found) >= _reach(greedy) - SHORTER else greedy


def _reach(decoded: Decoded) -> int:
    """The last encoder state that one of the last tokens looks at: how far a text goes."""
    peaks = decoded.attention[-LAST:].float().mean(1).argmax(-1)
    return int(peaks.max()) if len(peaks) else 0
