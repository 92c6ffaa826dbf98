"""Writes the thread, the post and the article out of the talk's own sentences.

Grounded: sentences are chosen, tidied by leaving things out, and arranged; none is made up. The
few words that are added name parts of the text and exist only in languages that have them here.
"""

import re
from collections.abc import Sequence

from pipeline import cues, words
from pipeline.condense import condensed
from pipeline.data import TEXT_KINDS, TextKind, Texts
from pipeline.length import POST, TWEET, tweet_length
from pipeline.outline import Line, Outline
from pipeline.selection import moments, paragraphs, question, takeaways, unaddressed, worthy
from pipeline.spoken import plain
from pipeline.titles import clip_title, hashtags

TWEETS = 12
QUOTED = 0.6  # weight from which a line outside the moments is worth quoting
INSIDE = 4  # moments that title and summary tell of
ARTICLE = 6000  # characters of its sections: 1,500 words with all that is around them
HOOK = 140  # characters of a post shown before "see more"
_NUMBERED = re.compile(r"Speaker(?: \d+)?|\w")  # told apart, but without a name


def texts(plan: Outline, kinds: Sequence[TextKind] = TEXT_KINDS) -> Texts:
    """The texts that are wanted; empty strings for the others, and where nothing was said."""
    if not plan.lines:
        return Texts(twitter_thread="", linkedin_post="", blog_post="")
    return Texts(
        twitter_thread=_thread(plan) if "twitter_thread" in kinds else "",
        linkedin_post=_post(plan) if "linkedin_post" in kinds else "",
        blog_post=_article(plan) if "blog_post" in kinds else "",
    )


# --- the thread ---------------------------------------------------------------------------


def _thread(plan: Outline) -> str:
    """Numbered tweets: the best moment from its first sentence, then the others, then an end."""
    room = TWEET - len("99/ ")
    tweets: list[str] = []
    told: set[int] = set()
    for moment in moments(plan):
        part = _packed([n.text for n in moment], room)
        if not tweets and len(part) > 1 and plan.moments:
            part = _hook_first(moment, room)
        if tweets and len(tweets) + len(part) >= TWEETS:
            break
        tweets += part[:TWEETS]
        told |= {n.index for n in moment}
    closing = takeaways(plan, told, 1)
    tweets += _packed([closing[0].text], room) if closing else []
    tags = " ".join(hashtags(_all_text(plan), plan.language, 2))
    if tags and tweet_length(f"{tweets[-1]}\n{tags}") <= room:
        tweets[-1] += f"\n{tags}"
    return "\n\n".join(f"{i}/ {tweet}" for i, tweet in enumerate(tweets, 1))


def _hook_first(moment: tuple[Line, ...], room: int) -> list[str]:
    """The first tweet holds the opening alone when that is enough of a hook."""
    texts = [n.text for n in moment]
    first = 1 if len(texts[0]) >= 50 else 2
    return _packed(texts[:first], room) + _packed(texts[first:], room)


def _packed(texts: Sequence[str], room: int) -> list[str]:
    """Sentences gathered into pieces of at most `room`; only a sentence too long is divided."""
    pieces: list[str] = []
    for text in texts:
        for part in _divided(text, room):
            joined = f"{pieces[-1]} {part}" if pieces else part
            if pieces and tweet_length(joined) <= room:
                pieces[-1] = joined
            else:
                pieces.append(part)
    return pieces


def _divided(text: str, room: int) -> list[str]:
    """A sentence in parts of at most `room`, at commas if there are, else at spaces."""
    parts: list[str] = []
    while tweet_length(text) > room:
        cut = _cut(text, room - 1)
        parts.append(text[:cut].rstrip() + "…")
        text = text[cut:].lstrip()
    return [*parts, text] if text else parts


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


# --- the post -----------------------------------------------------------------------------


def _post(plan: Outline) -> str:
    """A hook of two lines, the best moment, takeaways, a question, tags."""
    moment = moments(plan)[0]
    hook = 2 if len(moment) > 2 and len(moment[1].text) <= HOOK else 1
    asked = question(plan, {n.index for n in moment})
    used = {n.index for n in moment} | ({asked.index} if asked else set())
    points = takeaways(plan, used, 5)
    tags = hashtags(_all_text(plan), plan.language, 5)
    end = ["\n".join(f"• {n.text}" for n in points)] if len(points) >= 3 else []
    end += [unaddressed(asked.text)] if asked else []
    end += [" ".join(tags)] if len(tags) >= 3 else []
    room = POST - sum(len(part) + 2 for part in end)
    parts = ["\n".join(n.text for n in moment[:hook])]
    for paragraph in paragraphs(moment[hook:], 2):
        parts.append(" ".join(n.text for n in paragraph))
        if sum(len(part) + 2 for part in parts) > room:
            parts.pop()
            break
    return "\n\n".join([*parts, *end])[:POST]


# --- the article --------------------------------------------------------------------------


def _article(plan: Outline) -> str:
    """Markdown: title, summary, a section per topic with a quote, takeaways.

    Nothing is told twice, but that takeaways restate what is told: a story keeps its sentences.
    """
    title, *inside = _clauses(plan)
    headings = {plain(clause) for clause in (title, *inside)}
    lead = [] if inside else takeaways(plan, set(), 2)
    aside = {n.index for n in lead}
    points = takeaways(plan, aside, 5) if plan.language in words.TAKEAWAYS else []
    summary = " ".join([*map(_ended, inside), *(n.text for n in lead)])
    parts = [f"# {title}", *([summary] if summary else [])]
    room = min(_budget(plan), ARTICLE - sum(len(n.text) for n in points))
    for told in condensed(plan, room, aside):
        heading = _heading(told, headings, plan.language)
        headings.add(plain(heading))
        parts += [f"## {heading}"] if heading else []
        parts += _section(told)
    if len(points) >= 3:
        parts.append(f"## {words.TAKEAWAYS[plan.language]}")
        parts.append("\n".join(f"- {n.text}" for n in points))
    return "\n\n".join(parts) + "\n"


def _clauses(plan: Outline) -> list[str]:
    """A title, and for a summary what else the best moments say, in clauses that stand nowhere."""
    sentences = {plain(n.text) for n in plan.lines}
    title, *others = (
        clip_title(" ".join(n.text for n in moment), plan.language)
        for moment in moments(plan)[:INSIDE]
    )
    found = {plain(title): title}
    for clause in others:
        if plain(clause) not in sentences and not clause.endswith(("?", "？")):
            found.setdefault(plain(clause), clause)
    return list(found.values())


def _ended(clause: str) -> str:
    return clause if clause[-1:] in ".!?…。！？" else f"{clause}."


def _heading(told: Sequence[Line], taken: set[tuple[str, ...]], language: str) -> str:
    """The strongest clause that is no heading yet, nor the sentence below it; "": none is."""
    first = plain(told[0].text)
    for skipped in range(min(4, len(told))):
        heading = clip_title(" ".join(n.text for n in told[skipped:]), language)
        if plain(heading) not in taken and plain(heading) != first:
            return heading
    return ""


def _budget(plan: Outline) -> float:
    """Characters an article may have: most of a short talk, the essence of a long one."""
    minutes = plan.lines[-1].end_s / 60
    return min(ARTICLE, 2000 + 300 * minutes)


def _section(told: Sequence[Line]) -> list[str]:
    """Paragraphs, and between them the sentence that stands out, as a quotation."""
    quotable = [
        n for n in told[1:]
        if n.alone and not n.question and 40 <= len(n.text) <= 180
        and (n.moment or n.weight >= QUOTED) and not cues.read(n.text).hedge
    ]  # fmt: skip
    if not quotable or len(told) < 4:
        return [" ".join(n.text for n in p) for p in paragraphs(told, 4)]
    last = told[-max(1, len(told) // 3) :]
    quote = max(quotable, key=lambda n: n.weight + 0.4 * n.general + 0.3 * (n in last))
    named = quote.speaker and not _NUMBERED.fullmatch(quote.speaker)
    by = f"{quote.speaker}, " if named else ""
    at = told.index(quote)
    before, after = (
        [" ".join(n.text for n in p) for p in paragraphs(part, 4)]
        for part in (told[:at], told[at + 1 :])
    )
    return [*before, f"> “{quote.text}” ({by}{_clock(quote.start_s)})", *after]


# --- for all three ------------------------------------------------------------------------


def _all_text(plan: Outline) -> str:
    """What the tags are taken from."""
    return " ".join(n.text for n in plan.lines if worthy(n, plan))


def _clock(seconds: float) -> str:
    """Minutes and seconds, with hours when there are."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
