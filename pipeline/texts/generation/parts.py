"""Lists the parts that a language model writes: a whole text of one passage, or an article's parts.

A thread and a post tell one passage each; an article tells several, one at a time, best first, and
its title and summary are written from what it tells by then.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.core.texts import Statement, TextKind, TextLength, TextOptions
from pipeline.texts.generation.answers import WrittenPart
from pipeline.texts.kinds.article import choose_sections
from pipeline.texts.kinds.choice import choose
from pipeline.texts.outline import Outline
from pipeline.texts.passages import Passage
from pipeline.texts.standfirst import introduction

Range = tuple[int, int]  # both included

TASKS: dict[TextKind, str] = {
    "twitter_thread": "a Twitter thread of {least} to {most} short sentences. The first makes a "
    "stranger read on, the last one closes. No numbers in front, no hashtags.",
    "linkedin_post": "a LinkedIn post of {least} to {most} plain sentences. The first is a line "
    "that makes a stranger read on, the last one closes.",
    "blog_post": "a section of an article: a heading like a sentence without its full stop, "
    "and {least} to {most} sentences. Quote the speakers' own words where they say it best.",
}
LEAD = "title and summary"
LEAD_TASK = (
    "the title of this article (heading), like a sentence without its full stop, and a "
    "summary of {least} to {most} sentences."
)
SENTENCES: dict[TextKind, dict[TextLength, Range]] = {
    "twitter_thread": {"short": (2, 8), "normal": (3, 14), "long": (5, 24)},
    "linkedin_post": {"short": (2, 8), "normal": (3, 16), "long": (5, 26)},
    "blog_post": {"short": (2, 8), "normal": (2, 14), "long": (2, 20)},
}
LEAD_SENTENCES = 1, 3
_MARKS = re.compile(r"^(?:[#>•*–-]+\s+|#+(?=\w)|\d+[./)]\s+)+|\*\*")  # marks of Markdown and lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is asked for at once."""

    name: str  # for the log and for users
    task: str
    sentences: Range
    quoted: tuple[tuple[tuple[int, ...], str], ...]  # lines, and the sentences that each is of
    headed: bool = False
    titles: tuple[Statement, ...] = ()  # headings of the talk's own words

    @property
    def shown(self) -> frozenset[int]:
        """Return the sentences of the talk that its author sees."""
        return frozenset(n for sources, _ in self.quoted for n in sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A written part."""

    part: Part
    heading: Statement | None  # only if the part has one
    sentences: tuple[Statement, ...]

    @property
    def statements(self) -> tuple[Statement, ...]:
        """Return everything it says, the heading last."""
        return (*self.sentences, *((self.heading,) if self.heading else ()))


def plan_parts(kind: TextKind, plan: Outline, options: TextOptions) -> list[Part]:
    """Return the parts that tell passages, the best first."""
    if kind != "blog_post":
        return [_telling(kind, next(choose(plan, options)), plan, options, "text")]
    sections = choose_sections(plan, options.length)
    return [
        _telling(kind, section, plan, options, f"section {n}")
        for n, section in enumerate(sections, 1)
    ]


def lead(drafts: Sequence[Draft]) -> Part:
    """Return the part that names and sums up an article of these sections."""
    least, most = LEAD_SENTENCES
    return Part(
        name=LEAD,
        task=LEAD_TASK.format(least=least, most=most),
        sentences=LEAD_SENTENCES,
        quoted=tuple((s.sources, s.text) for d in drafts for s in d.sentences),
        headed=True,
    )


def draft(part: Part, written: WrittenPart) -> Draft:
    """Return what an author has written without its marks; empty sentences are dropped.

    A heading rests on all sources of its part.
    """
    texts = _without_labels(part, [_plain(s.text) for s in written.sentences])
    sentences = tuple(
        Statement(text=text, sources=tuple(dict.fromkeys(sentence.sources)))
        for sentence, text in zip(written.sentences, texts, strict=True)
        if text
    )
    known = tuple(sorted({n for s in sentences for n in s.sources}))
    title = _plain(written.heading)
    title = title[:1].upper() + title[1:]
    heading = Statement(text=title, sources=known) if part.headed else None
    return Draft(part=part, heading=heading, sentences=sentences)


def _telling(
    kind: TextKind, passage: Passage, plan: Outline, options: TextOptions, name: str
) -> Part:
    least, most = SENTENCES[kind][options.length]
    alone = kind != "blog_post"  # an article's standfirst says who talks
    named = {*introduction(plan) * alone} - {n.index for n in passage.everything}
    return Part(
        name=name,
        task=TASKS[kind].format(least=least, most=most),
        sentences=(least, most),
        quoted=tuple(
            (n.sources, f"{n.speaker}: {n.said}" if n.speaker else n.said)
            for n in (*(n for n in plan.lines if n.index in named), *passage.everything)
        ),
        headed=kind == "blog_post",
        titles=passage.titles,
    )


def _without_labels(part: Part, texts: Sequence[str]) -> Iterator[str]:
    """Yield sentences; of equal labels ("Idris: "), copied from the prompt, the first stays."""
    labels = {text.partition(": ")[0] for _, text in part.quoted}
    speaker = ""
    for text in texts:
        label, _, rest = text.partition(": ")
        if rest and label in labels:
            yield rest if label == speaker else text
            speaker = label
        else:
            yield text


def _plain(text: str) -> str:
    return _MARKS.sub("", " ".join(text.split())).strip()
