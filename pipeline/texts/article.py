"""An article out of a talk, in Markdown: title, summary, a section per topic, takeaways."""

from collections.abc import Collection, Sequence

from pipeline.core.timecode import format_clock
from pipeline.highlights.titles import clip_title
from pipeline.language import languages
from pipeline.language.cleanup import plain, together
from pipeline.language.enumerations import uncounted
from pipeline.texts import headings
from pipeline.texts.content_selection import (
    happened,
    main_speaker,
    moments,
    strong,
    takeaways,
    told,
    unframed,
)
from pipeline.texts.dialogue import Dialogue, Voice
from pipeline.texts.extractive_summary import condensed
from pipeline.texts.lists import steps
from pipeline.texts.outline import Line, Outline

QUOTED = 0.6  # weight from which a line outside the moments is worth quoting
QUOTED_FROM = 4  # lines of a section
ARTICLE = 6500  # characters of its sections: 1,500 words with all that is around them
MIN_TAKEAWAYS = 3  # takeaways that make a list
LEAD = 2  # sentences of a summary
POINTS = 5  # takeaways at most


def article(plan: Outline) -> str:
    """Markdown: title, summary, a section per topic with a quote, takeaways.

    Nothing is told twice, but that takeaways restate what is told: a story keeps its sentences.
    """
    lead, points = _lead_and_points(plan)
    aside = {n.index for n in lead}
    title = _title(plan, [*lead, *points])
    taken = {plain(title)}
    lead = [n for n in lead if plain(unframed(n, plan.language)) not in taken]
    parts = [f"# {title}"]
    parts += [together(unframed(n, plan.language) for n in lead)] if lead else []
    room = min(_budget(plan), ARTICLE - sum(len(n.text) for n in points))
    sections = condensed(plan, room, aside) or [[told(moments(plan)[0])]]
    dialogue = Dialogue(plan.lines, plan.language)
    for at, passages in enumerate(sections):
        others = [n.text for other in sections for p in other for n in p if other is not passages]
        heading = _heading(passages, taken, " ".join(others), plan.language)
        told_of: list[Sequence[Line]] = list(passages)
        if plain(heading) == plain(passages[0][0].text) and len(passages[0]) > 1:
            told_of[0] = passages[0][1:]  # it stands above the rest
        taken.add(plain(heading))
        parts += [f"## {heading}"] if heading and (len(sections) > 1 or at) else []
        parts += _section(told_of, plan, dialogue)
    if len(points) >= MIN_TAKEAWAYS:
        parts.append(f"## {languages.language(plan.language).takeaways_heading}")
        parts.append("\n".join(f"- {unframed(n, plan.language)}" for n in points))
    return "\n\n".join(parts) + "\n"


def _lead_and_points(plan: Outline) -> tuple[list[Line], list[Line]]:
    """The sentences of a summary, which are told nowhere else, and the takeaways."""
    inside = {n.index for moment in moments(plan) for n in moment}
    lead = takeaways(plan, inside, LEAD)
    if not languages.language(plan.language).takeaways_heading:
        return lead, []
    for count in range(len(lead), -1, -1):
        points = takeaways(plan, {n.index for n in lead[:count]}, POINTS)
        if len(points) >= MIN_TAKEAWAYS:
            return lead[:count], points
    return lead, []


def _title(plan: Outline, points: Sequence[Line]) -> str:
    """A whole thought of the best moments or the takeaways, else a clause, as clips have."""
    best = moments(plan)
    lines = [
        *(n for n in points if not n.counted),
        *(n for moment in best for n in _main_lines(told(moment))),
    ]
    whole = headings.thought(
        [uncounted(n.text, plan.language) if n.counted else n.text for n in lines],
        plan.language,
        weights=[n.weight for n in lines],
    )
    return whole or clip_title(together(n.text for n in best[0]), plan.language)


def _heading(
    passages: Sequence[Sequence[Line]],
    taken: Collection[tuple[str, ...]],
    others: str,
    language: str,
) -> str:
    """A whole thought that is no heading yet; else the first sentence, or the subjects.

    "" where there is none: what follows goes on under the heading before.
    """
    lines = [n for passage in passages for n in _main_lines(passage)]
    said = [uncounted(n.text, language) if n.counted else n.text for n in lines]
    first = passages[0][0]
    ahead = [*taken, plain(first.text)]
    tried = (
        headings.thought(said, language, ahead, [n.weight for n in lines]),
        headings.lifted(first.text, language) if len(passages[0]) > 1 and not first.counted else "",
        headings.subjects(said, language, others),
        headings.clause(said[1:] or said, language),
    )
    return next((h for h in tried if h and plain(h) not in taken), "")


def _main_lines(lines: Sequence[Line]) -> list[Line]:
    """What the one who says most says, and what is asked; of a list, what leads to it."""
    main = main_speaker(lines)
    lines = [n for n in lines if not n.counted] or lines
    alone = all(n.speaker == main for n in lines)
    return [
        n
        for n in lines
        if (n.question and (alone or n.speaker != main)) or (n.speaker == main and not n.question)
    ]


def _budget(plan: Outline) -> float:
    """Characters an article may have: most of a short talk, the essence of a long one."""
    minutes = plan.lines[-1].end_s / 60
    return min(ARTICLE, 2000 + 300 * minutes)


def _section(passages: Sequence[Sequence[Line]], plan: Outline, dialogue: Dialogue) -> list[str]:
    """Paragraphs, and between them the sentence that stands out, as a quotation."""
    lines = [n for passage in passages for n in passage]
    listed = {n.index for p in passages if steps(p, plan.language) for n in p}
    ends = {p[-1].index for p in passages}
    quote = _quote([n for n in lines[1:] if n.index not in listed], ends, plan)
    if len(lines) < QUOTED_FROM:
        quote = None
    found: list[str] = []
    voice = Voice()
    for passage in passages:
        at = list(passage).index(quote) if quote and quote in passage else len(passage)
        found += dialogue.paragraphs(passage[:at], voice)
        if quote and at < len(passage):
            found += [f"> “{quote.text}” ({dialogue.by(quote)}{format_clock(quote.start_s)})"]
            voice.last = quote.speaker
            found += dialogue.paragraphs(passage[at + 1 :], voice)
    return found


def _quote(lines: Sequence[Line], ends: Collection[int], plan: Outline) -> Line | None:
    """The sentence that stands out; None where none does. `ends`: of passages."""
    quotable = [
        n
        for n in lines
        if n.alone
        and n.solid
        and not n.question
        and 40 <= len(n.text) <= 180
        and (n.moment or n.weight >= QUOTED)
        and (n.index in ends or n.general or _strong(n.text, plan.language))
    ]
    last = lines[-max(1, len(lines) // 3) :]

    def rank(line: Line) -> float:
        telling = 0.4 * line.general - 0.2 * happened(line.text, plan.language)
        return line.weight + telling + 0.3 * (line in last)

    return max(quotable, key=rank, default=None)


def _strong(text: str, language: str) -> bool:
    return bool(strong(text, language)) and not happened(text, language)
