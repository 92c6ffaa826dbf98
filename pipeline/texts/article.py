"""Writes an article from a talk: what it is, a summary, a section for each topic, takeaways.

An interview becomes questions and answers, a discussion has its speakers named, a lecture is told
on. Nothing is said twice, except that the summary of a short talk restates its moments.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pipeline.core.texts import Block, Document, Statement, TextLength, TextOptions
from pipeline.language import languages
from pipeline.language.cleanup import plain, split_sentences
from pipeline.language.enumerations import uncounted
from pipeline.language.languages import any_of
from pipeline.language.text_limits import MAX_ARTICLE_WORDS, width
from pipeline.texts import article_title, headings
from pipeline.texts.content_selection import (
    count_strong_words,
    drop_reactions,
    is_past,
    main_speaker,
    moments,
    strip_address,
    strip_frame,
    takeaways,
)
from pipeline.texts.dialogue import Dialogue, Voice
from pipeline.texts.extractive_summary import condense
from pipeline.texts.formats import compose
from pipeline.texts.genre import cast
from pipeline.texts.line import Line
from pipeline.texts.lists import steps
from pipeline.texts.outline import Outline
from pipeline.texts.self_contained import is_self_contained, lacks_referent
from pipeline.texts.standfirst import standfirst

MIN_QUOTE_WEIGHT = 0.6  # of a quotation outside the moments
MIN_QUOTE_LINES = 4  # of a section with a quotation
MIN_HEADED_CHARS = 700  # of sections, for headings
MIN_STORY_LINES = 4  # of a moment that is a section of its own
MAX_QUOTES = 3  # in an article
MIN_QUESTION_CHARS = 20  # of an interviewer's question as a heading
MAX_QUESTION_CHARS = 75  # of an interviewer's question as a heading
MAX_ANSWER_LINES = 5  # from a question to a line that is under it
MAX_ECHOED_LINES = 2  # below a heading, which may not say the same
MAX_SECTIONS_CHARS = 7800  # about 1,500 words together with the rest of the article
MIN_SECTIONS_CHARS = 1000
LENGTH_SHARES: dict[TextLength, float] = {"short": 0.4, "normal": 1.0, "long": 1.0}
SHRINK = 0.95  # of the room for sections, where short words make the article too long
MIN_TAKEAWAYS = 3  # that make a list
MAX_SUMMARY_SENTENCES = 3
MAX_TAKEAWAYS = 5


def article(plan: Outline, options: TextOptions) -> Document:
    """Return an article of at most MAX_ARTICLE_WORDS, in Markdown."""
    room = _budget(plan) * LENGTH_SHARES[options.length]
    while True:
        blocks = _write(plan, room)
        document = compose("blog_post", plan.language, blocks, link=options.link)
        if len(document.text.split()) <= MAX_ARTICLE_WORDS or room <= MIN_SECTIONS_CHARS:
            return document
        room *= SHRINK


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """What stands around the sections: sentences that they leave out, and of moments, if few."""

    summary: Sequence[Line]
    points: Sequence[Line]

    @property
    def used(self) -> set[int]:
        """Return the lines that the sections leave out: all but those of moments."""
        return {n.index for n in (*self.summary, *self.points) if not n.moment}


def _write(plan: Outline, room: float) -> list[Block]:
    """Return the blocks of an article whose sections have at most `room` characters."""
    language = plan.language
    frame = _frame(plan)
    title = article_title.title(plan, [*frame.summary, *frame.points])
    taken = {plain(title.text)}
    blocks = [Block(kind="title", statements=(title,))]
    if (below := standfirst(plan)) is not None:
        blocks.append(below)
    if summary := [
        s
        for n in frame.summary
        if plain((s := _statement(n, language)).text.rstrip(".")) not in taken
    ]:
        blocks.append(Block(kind="summary", statements=tuple(summary)))
    room = min(room, MAX_SECTIONS_CHARS - sum(len(n.text) for n in frame.points))
    found = condense(plan, room, frame.used) or [[drop_reactions(moments(plan)[0])]]
    sections = [part for section in found for part in _split_at_moments(section)]
    size = sum(n.size for section in sections for passage in section for n in passage)
    alone = len(sections) == 1 or size < MIN_HEADED_CHARS
    writer = _Sections(plan, taken, alone=alone)
    for passages in sections:
        blocks += writer.section(passages, [n for o in sections if o is not passages for n in o])
    if len(frame.points) >= MIN_TAKEAWAYS:
        label = languages.language(language).takeaways_heading
        blocks.append(Block(kind="heading", statements=(Statement(text=label),)))
        points = tuple(_statement(n, language) for n in frame.points)
        blocks.append(Block(kind="list", statements=points))
    return blocks


def _split_at_moments(section: Sequence[Sequence[Line]]) -> list[list[Sequence[Line]]]:
    """Divide a section where a story of several sentences begins or ends."""
    found: list[list[Sequence[Line]]] = []
    before = False
    for passage in section:
        story = len(passage) >= MIN_STORY_LINES and all(n.moment for n in passage)
        if not found or story or before:
            found.append([])
        found[-1].append(passage)
        before = story
    return found


def _statement(line: Line, language: str) -> Statement:
    return Statement(text=strip_frame(line, language), sources=line.sources)


def _frame(plan: Outline) -> _Frame:
    """Choose the summary and the takeaways among the sentences outside the moments."""
    inside = {n.index for moment in moments(plan) for n in moment}
    wanted = MAX_SUMMARY_SENTENCES + MAX_TAKEAWAYS
    found = takeaways(plan, inside, wanted)
    summary = _spread([n for n in found if not n.counted], plan.lines[-1].index)
    points = [n for n in found if n not in summary]
    if len(summary) < MAX_SUMMARY_SENTENCES:  # restate what the moments come to
        outside = {n.index for n in plan.lines} - inside
        telling = [n for n in takeaways(plan, outside, wanted) if n.general and not n.counted]
        missing = MAX_SUMMARY_SENTENCES - len(summary)
        best = sorted(telling, key=lambda n: -n.weight)[:missing]
        summary = sorted([*summary, *best], key=lambda n: n.index)
    listed = languages.language(plan.language).takeaways_heading
    return _Frame(summary=summary, points=points if listed and len(points) >= MIN_TAKEAWAYS else ())


def _spread(lines: Sequence[Line], last: int) -> list[Line]:
    """Return three lines, of each third of a talk if possible; `last`: the index of its end."""
    thirds: dict[int, Line] = {}
    for line in sorted(lines, key=lambda n: n.weight):
        thirds[min(2, 3 * line.index // max(1, last))] = line
    left = [n for n in sorted(lines, key=lambda n: -n.weight) if n not in thirds.values()]
    found = [*thirds.values(), *left[: MAX_SUMMARY_SENTENCES - len(thirds)]]
    return sorted(found, key=lambda n: n.index)


def _budget(plan: Outline) -> float:
    """Return the characters for an article: most of a short talk, the essence of a long one."""
    minutes = plan.lines[-1].end_s / 60
    return min(MAX_SECTIONS_CHARS, 2000 + 300 * minutes)


_JOINED = re.compile(  # in any language, because talks mix languages
    rf"(?:{any_of(languages.of_all(lambda known: known.and_words))}|or|but|so)\b", re.IGNORECASE
)


class _Sections:
    """Writes one section after the other; headings and quotations are not repeated."""

    def __init__(self, plan: Outline, taken: set[tuple[str, ...]], *, alone: bool) -> None:
        self._plan = plan
        self._taken = taken
        self._alone = alone  # a single section needs no heading
        self._dialogue = Dialogue(plan.lines, plan.language)
        group = cast(plan.lines)
        self._hosts = frozenset(group.hosts if group.genre == "interview" else ())
        self._voice = Voice()
        self._quotes = 0

    def section(
        self, passages: Sequence[Sequence[Line]], others: Sequence[Sequence[Line]]
    ) -> list[Block]:
        """Return a section: a heading with its time, paragraphs, perhaps a quotation."""
        first, *rest = passages[0]
        asked = self._asked(first) if rest else ""
        heading = asked or self._heading(passages, " ".join(n.text for p in others for n in p))
        to_tell: list[Sequence[Line]] = list(passages)
        if heading and rest and (asked or plain(heading) == plain(first.text)):
            to_tell[0] = rest  # the heading already has the first sentence
        headed = bool(heading) and (bool(asked) or not self._alone)
        self._voice = Voice() if headed else self._voice
        blocks = self._body(to_tell)
        if not headed:
            return blocks
        self._taken.add(plain(heading))
        statement = Statement(text=heading, sources=first.sources if asked else ())
        return [Block(kind="heading", statements=(statement,), start_s=first.start_s), *blocks]

    def _asked(self, line: Line) -> str:
        """Return a host's question that can be a heading, else ""."""
        asked = strip_address(line.text, self._plan.language)
        fits = (
            line.question
            and line.speaker in self._hosts
            and MIN_QUESTION_CHARS <= width(asked) <= MAX_QUESTION_CHARS
            and not line.ceremony
            and not lacks_referent(asked, self._plan.language)
            and len(split_sentences(asked)) == 1
            and plain(asked) not in self._taken
            and not _JOINED.match(asked)
        )
        return asked if fits else ""

    def _heading(self, passages: Sequence[Sequence[Line]], others: str) -> str:
        """Return a whole thought that is not a heading yet, a term, or what was asked; or ""."""
        language = self._plan.language
        lines = [n for p in passages for n in _main_lines(p) if not n.question and not n.ceremony]
        if not any(n.solid for n in lines):
            return ""  # a quarrel, or another language
        texts = [
            (sentence, n.weight)
            for n in lines
            for sentence in split_sentences(uncounted(n.text, language) if n.counted else n.text)
        ]
        said, weights = [text for text, _ in texts], [weight for _, weight in texts]
        first, *rest = passages[0]
        near = [plain(n.text) for n in passages[0][:MAX_ECHOED_LINES]]
        ahead = [*self._taken, *(plain(s) for s in split_sentences(first.text))]
        lifted = bool(rest) and rest[0].alone and not first.counted
        candidates = (
            headings.thought(said, language, ahead, weights),
            headings.lift_first_sentence(first.text, language) if lifted else "",
            headings.subject(said, language, others),
            self._question_before(first),
        )
        return next((h for h in candidates if h and not self._is_near(h, near, lifted=lifted)), "")

    def _question_before(self, line: Line) -> str:
        """Return the question that a line belongs to the answer of, if it is near, else ""."""
        before = [n for n in self._plan.lines if n.index < line.index][-MAX_ANSWER_LINES:]
        for earlier in reversed(before):
            if earlier.question and earlier.speaker in self._hosts:
                return self._asked(earlier)
        return ""

    def _is_near(self, heading: str, near: Sequence[tuple[str, ...]], *, lifted: bool) -> bool:
        """Return whether a heading says what another one, or the text right below it, says."""
        words = plain(heading)
        if any(_contains(other, words) for other in self._taken):
            return True
        below = near[1:] if lifted and near and near[0] == words else near
        return any(_contains(line, words) for line in below)

    def _body(self, passages: Sequence[Sequence[Line]]) -> list[Block]:
        """Return paragraphs, with the most quotable sentence between them as a quotation."""
        lines = [n for passage in passages for n in passage]
        listed = {n.index for p in passages if steps(p, self._plan.language) for n in p}
        ends = {p[-1].index for p in passages}
        quotable = [n for n in lines[1:] if n.index not in listed]
        enough = len(lines) >= MIN_QUOTE_LINES and self._quotes < MAX_QUOTES
        quote = _quote(quotable, ends, self._plan) if enough else None
        self._quotes += quote is not None
        blocks: list[Block] = []
        voice = self._voice
        for passage in passages:
            at = list(passage).index(quote) if quote and quote in passage else len(passage)
            blocks += self._dialogue.blocks(passage[:at], voice)
            if quote and at < len(passage):
                blocks.append(self._quotation(quote))
                voice.last = quote.speaker
                blocks += self._dialogue.blocks(passage[at + 1 :], voice)
        return blocks

    def _quotation(self, line: Line) -> Block:
        return Block(
            kind="quotation",
            statements=(Statement(text=line.text, sources=line.sources),),
            speaker=self._dialogue.by(line),
            start_s=line.start_s,
        )


def _contains(words: tuple[str, ...], part: tuple[str, ...]) -> bool:
    return any(words[at : at + len(part)] == part for at in range(len(words) - len(part) + 1))


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


def _quote(lines: Sequence[Line], ends: Collection[int], plan: Outline) -> Line | None:
    """Return the most quotable sentence, or None. `ends`: last lines of passages."""
    quotable = [
        n
        for n in lines
        if n.solid
        and not n.question
        and not n.counted
        and 40 <= len(n.text) <= 180
        and (n.moment or n.weight >= MIN_QUOTE_WEIGHT)
        and (n.index in ends or n.general or _strong(n.text, plan.language))
        and is_self_contained(n.text, plan.language)
    ]
    last = lines[-max(1, len(lines) // 3) :]

    def rank(line: Line) -> float:
        clarity = 0.4 * line.general - 0.2 * is_past(line.text, plan.language)
        return line.weight + clarity + 0.3 * (line in last)

    return max(quotable, key=rank, default=None)


def _strong(text: str, language: str) -> bool:
    return bool(count_strong_words(text, language)) and not is_past(text, language)
