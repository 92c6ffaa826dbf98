"""Beam search: keep several texts of each window and return the likeliest as a whole.

Greedy decoding is cheaper and as accurate on clear sound; beam search is for windows in which the
decoder was unsure. All texts of a window attend to the same sound, so its keys and values are read
once for all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch

from pipeline.core.control import Check, unchecked
from pipeline.recognition.decoding import Decoded, ForcedDecoding, Limits, prompt_of
from pipeline.recognition.whisper import DecoderState, Whisper

WIDTH = 5  # texts kept per window, as in openai/whisper's command line
END_TOKENS = 3  # a text's end is read from this many tokens: a single mark may attend anywhere
# Encoder states, half a second: a text that ends earlier than the greedy one by more than this has
# dropped words, which also makes it likelier.
MAX_REACH_LOSS_STATES = 25
MIN_GAIN = 0.01  # mean log-probability by which a text must exceed the greedy one


@dataclass(slots=True)
class _Window:
    """The texts of one window while they grow."""

    place: int  # index in the requested batch
    texts: list[tuple[int, ...]] = field(default_factory=lambda: [()] * WIDTH)
    totals: list[float] = field(default_factory=lambda: [0.0] + [float("-inf")] * (WIDTH - 1))
    ended: list[tuple[float, tuple[int, ...]]] = field(default_factory=list)  # (mean, text)

    def grow(
        self, totals: Sequence[float], rows: Sequence[int], tokens: Sequence[int], end: int
    ) -> list[int]:
        """Extend texts by the best of the candidates, given best first.

        Returns the rows of the texts that were extended.
        """
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
        """Return the finished text with the highest mean log-probability, end token included."""
        still = ((t / len(text), text) for t, text in zip(self.totals, self.texts, strict=True))
        return max([*self.ended, *([] if self.ended else still)])[1]


@torch.inference_mode()
def search(
    model: Whisper, states: torch.Tensor, language: str, *, check: Check = unchecked
) -> list[tuple[int, ...]]:
    """Return the likeliest tokens of each window of encoder states (b, 1500, width).

    A window is done when WIDTH of its texts have ended. `check` is called before every layer of the
    prompt and before every step, and may raise to stop.
    """
    limits, prompt = Limits.of(model, states.device), prompt_of(model, language)
    windows = [_Window(place) for place in range(len(states))]
    found: list[tuple[int, ...]] = [()] * len(windows)
    memory = DecoderState(model, states, check)
    fed = torch.tensor(prompt, device=states.device).expand(len(windows), -1)
    scores = memory.prompt(fed)[:, -1].repeat_interleave(WIDTH, 0)
    memory.branch([i for i in range(len(windows)) for _ in range(WIDTH)])
    for step in range(limits.most):
        check()
        rows = _grow_texts(windows, scores + limits.banned(first=step == 0), model.vocabulary.end)
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


def _grow_texts(windows: Sequence[_Window], scores: torch.Tensor, end: int) -> list[int]:
    """Extend the texts of all windows by one token; return the row that each new text extends."""
    log_probabilities = scores.log_softmax(-1)
    totals = torch.tensor([w.totals for w in windows], device=log_probabilities.device).view(-1, 1)
    # At most WIDTH candidates can be end tokens, one per text: twice as many leave enough to grow.
    best = (log_probabilities + totals).view(len(windows), -1).topk(2 * WIDTH)
    rows: list[int] = []
    for i, window in enumerate(windows):
        places = best.indices[i].tolist()
        kept = window.grow(
            best.values[i].tolist(),
            [p // log_probabilities.shape[-1] for p in places],
            [p % log_probabilities.shape[-1] for p in places],
            end,
        )
        rows += [i * WIDTH + row for row in kept]
    return rows


def improve(
    model: Whisper, states: torch.Tensor, language: str, greedy: Sequence[Decoded], check: Check
) -> list[Decoded]:
    """Search these windows for better texts; keep the greedy text where none is likelier."""
    texts = search(model, states, language, check=check)
    return [
        _choose_likelier(model, states[i : i + 1], before, tokens, check=check)
        for i, (before, tokens) in enumerate(zip(greedy, texts, strict=True))
    ]


def _choose_likelier(
    model: Whisper,
    states: torch.Tensor,
    greedy: Decoded,
    tokens: tuple[int, ...],
    *,
    check: Check,
) -> Decoded:
    if not tokens or tokens == greedy.tokens:
        return greedy
    reading = ForcedDecoding(model, states, greedy.language, tokens, check=check)
    found = replace(
        greedy,
        tokens=tokens,
        log_probabilities=reading.log_probabilities,
        attention=reading.attention,
        looped=False,
    )
    better = found.mean_log_probability > greedy.mean_log_probability + MIN_GAIN
    return (
        found
        if better and _reach_state(found) >= _reach_state(greedy) - MAX_REACH_LOSS_STATES
        else greedy
    )


def _reach_state(decoded: Decoded) -> int:
    """Return the last encoder state that any of the last tokens attends to."""
    peaks = decoded.attention[-END_TOKENS:].float().mean(1).argmax(-1)
    return int(peaks.max()) if len(peaks) else 0
