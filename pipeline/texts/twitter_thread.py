"""Writes a thread of tweets from a talk's best moments."""

import re
from collections.abc import Sequence

from pipeline.language.cleanup import together
from pipeline.language.text_limits import MAX_TWEET_CHARS, tweet_length
from pipeline.texts.content_selection import (
    drop_reactions,
    moments,
    name_speakers,
    strip_frame,
    tags_of,
    takeaways,
)
from pipeline.texts.outline import Line, Outline

MAX_TWEETS, MAX_TAGS = 12, 2


def thread(plan: Outline) -> str:
    """Return numbered tweets: the best moment, other moments in talk order, a conclusion."""
    room = MAX_TWEET_CHARS - len("99/ ")
    best, *others = moments(plan)
    tweets = _pack(_texts_of(drop_reactions(best), plan.language), room)
    if len(tweets) > 1 and plan.moments:
        tweets = _hook_first(drop_reactions(best), room, plan.language)
    tweets = tweets[:MAX_TWEETS]
    used = {n.index for n in best}
    parts: list[tuple[int, list[str]]] = []
    for moment in others:
        part = _pack(_texts_of(drop_reactions(moment), plan.language), room)
        if len(tweets) + sum(len(p) for _, p in parts) + len(part) < MAX_TWEETS:
            parts.append((moment[0].index, part))
            used |= {n.index for n in moment}
    tweets += [tweet for _, part in sorted(parts) for tweet in part]
    closing = takeaways(plan, used, 1)
    tweets += _pack([strip_frame(closing[0], plan.language)], room) if closing else []
    tags = " ".join(tags_of(plan, MAX_TAGS))
    free = [at for at, t in enumerate(tweets) if tweet_length(f"{t}\n{tags}") <= room]
    if tags and free:
        tweets[free[-1]] += f"\n{tags}"
    return "\n\n".join(f"{i}/ {tweet}" for i, tweet in enumerate(tweets, 1))


def _texts_of(lines: Sequence[Line], language: str) -> list[str]:
    """Return the lines' texts; a question answered by another person gets a line of its own.

    If several people tell, each is named.
    """
    texts = name_speakers(lines, language)
    ahead = [*lines[1:], None]
    return [
        f"{text}\n" if after and line.speaker != after.speaker else text
        for text, line, after in zip(texts, lines, ahead, strict=True)
    ]


def _hook_first(moment: tuple[Line, ...], room: int, language: str) -> list[str]:
    """Pack a moment so that the first tweet has only the opening, if it is enough of a hook."""
    texts = _texts_of(moment, language)
    first = 1 if len(texts[0]) >= 50 and texts[0][-1] != "\n" else 2
    return _pack(texts[:first], room) + _pack(texts[first:], room)


def _pack(texts: Sequence[str], room: int) -> list[str]:
    """Pack sentences into the fewest pieces of at most `room`, of about equal length.

    Only an overlong sentence is divided.
    """
    parts = [part for text in texts for part in _divide(text, room)]
    # best[n], for the first n parts: number of pieces, sum of squared lengths, start of the last
    best = [(0, 0, 0)]
    for end in range(1, len(parts) + 1):
        ways = []
        for start in range(end - 1, -1, -1):
            length = tweet_length(_join(parts[start:end]))
            if length > room and start < end - 1:
                break
            ways.append((best[start][0] + 1, best[start][1] + length**2, start))
        best.append(min(ways))
    pieces: list[str] = []
    end = len(parts)
    while end:
        start = best[end][2]
        pieces.append(_join(parts[start:end]))
        end = start
    return pieces[::-1]


def _join(parts: Sequence[str]) -> str:
    """Join the parts; a line break replaces the space."""
    return together(parts).replace("\n ", "\n").rstrip()


def _divide(text: str, room: int) -> list[str]:
    """Divide a sentence into parts of at most `room`, at commas if possible, else at spaces."""
    parts: list[str] = []
    while tweet_length(text) > room:
        cut = _middle_comma(text, room - 2) or _last_break(text, room - 2)
        parts.append(text[:cut].rstrip(" ,;:、，；") + "…")
        text = text[cut:].lstrip()
    return [*parts, text] if text else parts


def _middle_comma(text: str, room: int) -> int:
    """Return the comma nearest to the middle that leaves two parts of at most `room`, or 0."""
    if len(text) > 3 * room:
        return 0
    commas = [m.end() for m in re.finditer(r"[,;:]\s|[、，；]", text)]
    fitting = [
        c for c in commas if tweet_length(text[:c]) <= room and tweet_length(text[c:]) <= room
    ]
    return min(fitting, key=lambda c: abs(c - len(text) / 2), default=0)


def _last_break(text: str, room: int) -> int:
    """Return where to divide: the last comma in the later half that fits, else the last space."""
    fits = min(len(text), room)
    while fits > 1 and tweet_length(text[:fits]) > room:
        fits -= 1
    for pattern in (r"[,;:]\s", r"[、，；]", r"\s"):
        ends = [m.end() for m in re.finditer(pattern, text[:fits]) if m.end() > fits / 2]
        if ends:
            return ends[-1]
    return fits
