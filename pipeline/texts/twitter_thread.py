"""A thread of tweets out of a talk's best moments."""

import re
from collections.abc import Sequence

from pipeline.highlights.hashtags import hashtags
from pipeline.language.cleanup import together
from pipeline.language.text_limits import MAX_TWEET_CHARS, tweet_length
from pipeline.texts.content_selection import moments, named, takeaways, told, unframed, worthy_text
from pipeline.texts.outline import Line, Outline

TWEETS = 12


def thread(plan: Outline) -> str:
    """Numbered tweets: the best moment from its first sentence, the others as told, an end."""
    room = MAX_TWEET_CHARS - len("99/ ")
    best, *others = moments(plan)
    tweets = _packed(_spoken(told(best)), room)
    if len(tweets) > 1 and plan.moments:
        tweets = _hook_first(told(best), room)
    tweets = tweets[:TWEETS]
    used = {n.index for n in best}
    parts: list[tuple[int, list[str]]] = []
    for moment in others:
        part = _packed(_spoken(told(moment)), room)
        if len(tweets) + sum(len(p) for _, p in parts) + len(part) < TWEETS:
            parts.append((moment[0].index, part))
            used |= {n.index for n in moment}
    tweets += [tweet for _, part in sorted(parts) for tweet in part]
    closing = takeaways(plan, used, 1)
    tweets += _packed([unframed(closing[0], plan.language)], room) if closing else []
    tags = " ".join(hashtags(worthy_text(plan), plan.language, 2))
    if tags and tweet_length(f"{tweets[-1]}\n{tags}") <= room:
        tweets[-1] += f"\n{tags}"
    return "\n\n".join(f"{i}/ {tweet}" for i, tweet in enumerate(tweets, 1))


def _spoken(lines: Sequence[Line]) -> list[str]:
    """Their texts; what is asked stands in a line of its own where another answers.

    Where several people tell, each has a name.
    """
    texts = named(lines)
    ahead = [*lines[1:], None]
    return [
        f"{text}\n" if after and line.speaker != after.speaker else text
        for text, line, after in zip(texts, lines, ahead, strict=True)
    ]


def _hook_first(moment: tuple[Line, ...], room: int) -> list[str]:
    """The first tweet holds the opening alone when that is enough of a hook."""
    texts = _spoken(moment)
    first = 1 if len(texts[0]) >= 50 and texts[0][-1] != "\n" else 2
    return _packed(texts[:first], room) + _packed(texts[first:], room)


def _packed(texts: Sequence[str], room: int) -> list[str]:
    """Sentences in the fewest pieces of at most `room`, of about one length.

    Only a sentence too long is divided.
    """
    parts = [part for text in texts for part in _divided(text, room)]
    # best[n], of the first n parts: how few pieces, the squares of their lengths, the last's start
    best = [(0, 0, 0)]
    for end in range(1, len(parts) + 1):
        ways = []
        for start in range(end - 1, -1, -1):
            length = tweet_length(_together(parts[start:end]))
            if length > room and start < end - 1:
                break
            ways.append((best[start][0] + 1, best[start][1] + length**2, start))
        best.append(min(ways))
    pieces: list[str] = []
    end = len(parts)
    while end:
        start = best[end][2]
        pieces.append(_together(parts[start:end]))
        end = start
    return pieces[::-1]


def _together(parts: Sequence[str]) -> str:
    """Parts in one; a line's end takes the place of the space."""
    return together(parts).replace("\n ", "\n").rstrip()


def _divided(text: str, room: int) -> list[str]:
    """A sentence in parts of at most `room`, at commas if there are, else at spaces."""
    parts: list[str] = []
    while tweet_length(text) > room:
        cut = _middle(text, room - 2) or _cut(text, room - 2)
        parts.append(text[:cut].rstrip(" ,;:、，；") + "…")
        text = text[cut:].lstrip()
    return [*parts, text] if text else parts


def _middle(text: str, room: int) -> int:
    """The comma next to the middle that leaves two parts of at most `room`; 0: there is none."""
    if len(text) > 3 * room:
        return 0
    commas = [m.end() for m in re.finditer(r"[,;:]\s|[、，；]", text)]
    fitting = [
        c for c in commas if tweet_length(text[:c]) <= room and tweet_length(text[c:]) <= room
    ]
    return min(fitting, key=lambda c: abs(c - len(text) / 2), default=0)


def _cut(text: str, room: int) -> int:
    """Where to divide: the last comma in the later half that fits, else the last space."""
    fits = min(len(text), room)
    while fits > 1 and tweet_length(text[:fits]) > room:
        fits -= 1
    for pattern in (r"[,;:]\s", r"[、，；]", r"\s"):
        ends = [m.end() for m in re.finditer(pattern, text[:fits]) if m.end() > fits / 2]
        if ends:
            return ends[-1]
    return fits
