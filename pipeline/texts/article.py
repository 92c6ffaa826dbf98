"""Writes an article from a talk, in Markdown: title, summary, a section per topic, takeaways."""

from collections.abc import Collection, Sequence

from pipeline.core.timecode import format_clock
from pipeline.highlights.titles import clip_title
from pipeline.language import languages
from pipeline.language.cleanup import plain, together
from pipeline.language.enumerations import uncounted
from pipeline.language.text_limits import MAX_ARTICLE_WORDS
from pipeline.texts import headings
from pipeline.texts.content_selection import (
    count_strong_words,
    drop_reactions,
    is_past,
    main_speaker,
    moments,
    strip_frame,
    takeaways,
)
from pipeline.texts.dialogue import Dialogue, Voice
from pipeline.texts.extractive_summary import condense
from pipeline.texts.lists import steps
from pipeline.texts.outline import Line, Outline

MIN_QUOTE_WEIGHT = 0.6  # of a quotation outside the moments
MIN_QUOTE_LINES = 4  # of a section with a quotation
MAX_SECTIONS_CHARS = 6500  # about 1,500 words together with the rest of the article
MIN_SECTIONS_CHARS = 1000
SHRINK = 0.95  # of the room for sections, where short words make the article too long
MIN_TAKEAWAYS = 3  # that make a list
MAX_LEAD_SENTENCES = 2  # of the summary
MAX_TAKEAWAYS = 5


def article(plan: Outline) -> str:
    """Return Markdown: title, summary, a section per topic with a quotation, takeaways.

    Nothing is repeated, except that takeaways restate sections: a story keeps its sentences. It has
    at most MAX_ARTICLE_WORDS.
    """
    room = _budget(plan)
    while (
        len((text := _write(plan, room)).split()) > MAX_ARTICLE_WORDS and room > MIN_SECTIONS_CHARS
    ):
        room *= SHRINK
    return text


def _write(plan: Outline, room: float) -> str:
    """Return an article whose sections have at most `room` characters, less its takeaways."""
    lead, points = _lead_and_points(plan)
    aside = {n.index for n in lead}
    title = _title(plan, [*lead, *points])
    taken = {plain(title)}
    lead = [n for n in lead if plain(strip_frame(n, plan.language)) not in taken]
    parts = [f"# {title}"]
    parts += [together(strip_frame(n, plan.language) for n in lead)] if lead else []
    room = min(room, MAX_SECTIONS_CHARS - sum(len(n.text) for n in points))
    sections = condense(plan, room, aside) or [[drop_reactions(moments(plan)[0])]]
    dialogue = Dialogue(plan.lines, plan.language)
    for at, passages in enumerate(sections):
        others = [n.text for other in sections for p in other for n in p if other is not passages]
        heading = _heading(passages, taken, " ".join(others), plan.language)
        passages_to_tell: list[Sequence[Line]] = list(passages)
        if plain(heading) == plain(passages[0][0].text) and len(passages[0]) > 1:
            passages_to_tell[0] = passages[0][1:]  # the heading already has the first sentence
        taken.add(plain(heading))
        parts += [f"## {heading}"] if heading and (len(sections) > 1 or at) else []
        parts += _section(passages_to_tell, plan, dialogue)
    if len(points) >= MIN_TAKEAWAYS:
        parts.append(f"## {languages.language(plan.language).takeaways_heading}")
        parts.append("\n".join(f"- {strip_frame(n, plan.language)}" for n in points))
    return "\n\n".join(parts) + "\n"


def _lead_and_points(plan: Outline) -> tuple[list[Line], list[Line]]:
    """Return the sentences of the summary, which appear nowhere else, and the takeaways."""
    inside = {n.index for moment in moments(plan) for n in moment}
    lead = takeaways(plan, inside, MAX_LEAD_SENTENCES)
    if not languages.language(plan.language).takeaways_heading:
        return lead, []
    for count in range(len(lead), -1, -1):
        points = takeaways(plan, {n.index for n in lead[:count]}, MAX_TAKEAWAYS)
        if len(points) >= MIN_TAKEAWAYS:
            return lead[:count], points
    return lead, []


def _title(plan: Outline, points: Sequence[Line]) -> str:
    """Return a whole thought from the best moments or takeaways, else a clause as for clips."""
    best = moments(plan)
    lines = [
        *(n for n in points if not n.counted),
        *(n for moment in best for n in _main_lines(drop_reactions(moment))),
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
    """Return a whole thought that is not a heading yet, else the first sentence or the subject.

    Returns "" if there is none; the text then continues under the heading before.
    """
    lines = [n for passage in passages for n in _main_lines(passage)]
    texts = [uncounted(n.text, language) if n.counted else n.text for n in lines]
    first = passages[0][0]
    ahead = [*taken, plain(first.text)]
    candidates = (
        headings.thought(texts, language, ahead, [n.weight for n in lines]),
        headings.lift_first_sentence(first.text, language)
        if len(passages[0]) > 1 and not first.counted
        else "",
        headings.subject(texts, language, others),
        headings.clause(texts[1:] or texts, language),
    )
    return next((h for h in candidates if h and plain(h) not in taken), "")


def _main_lines(lines: Sequence[Line]) -> list[Line]:
    """Return the main speaker's statements and others' questions; of a list, only its lead-in."""
    main = main_speaker(lines)
    lines = [n for n in lines if not n.counted] or lines
    alone = all(n.speaker == main for n in lines)
    return [
        n
        for n in lines
        if (n.question and (alone or n.speaker != main)) or (n.speaker == main and not n.question)
    ]


def _budget(plan: Outline) -> float:
    """Return the characters for an article: most of a short talk, the essence of a long one."""
    minutes = plan.lines[-1].end_s / 60
    return min(MAX_SECTIONS_CHARS, 2000 + 300 * minutes)


def _section(passages: Sequence[Sequence[Line]], plan: Outline, dialogue: Dialogue) -> list[str]:
    """Return paragraphs, with the most quotable sentence between them as a quotation."""
    lines = [n for passage in passages for n in passage]
    listed = {n.index for p in passages if steps(p, plan.language) for n in p}
    ends = {p[-1].index for p in passages}
    quote = _quote([n for n in lines[1:] if n.index not in listed], ends, plan)
    if len(lines) < MIN_QUOTE_LINES:
        quote = None
    blocks: list[str] = []
    voice = Voice()
    for passage in passages:
        at = list(passage).index(quote) if quote and quote in passage else len(passage)
        blocks += dialogue.paragraphs(passage[:at], voice)
        if quote and at < len(passage):
            blocks += [f"> “{quote.text}” ({dialogue.by(quote)}{format_clock(quote.start_s)})"]
            voice.last = quote.speaker
            blocks += dialogue.paragraphs(passage[at + 1 :], voice)
    return blocks


def _quote(lines: Sequence[Line], ends: Collection[int], plan: Outline) -> Line | None:
    """Return the most quotable sentence, or None. `ends`: last lines of passages."""
    quotable = [
        n
        for n in lines
        if n.alone
        and n.solid
        and not n.question
        and 40 <= len(n.text) <= 180
        and (n.moment or n.weight >= MIN_QUOTE_WEIGHT)
        and (n.index in ends or n.general or _strong(n.text, plan.language))
    ]
    last = lines[-max(1, len(lines) // 3) :]

    def rank(line: Line) -> float:
        clarity = 0.4 * line.general - 0.2 * is_past(line.text, plan.language)
        return line.weight + clarity + 0.3 * (line in last)

    return max(quotable, key=rank, default=None)


def _strong(text: str, language: str) -> bool:
    return bool(count_strong_words(text, language)) and not is_past(text, language)
