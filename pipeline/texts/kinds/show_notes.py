"""Writes show notes: what a talk is about, its topics with times, people, links, quotations."""

from pipeline.core.texts import Block, Document, Statement, TextLength, TextOptions
from pipeline.language import languages
from pipeline.language.cleanup import plain
from pipeline.language.introductions import find_introductions
from pipeline.language.text_limits import ADDRESS
from pipeline.texts.chapter_starts import chapters
from pipeline.texts.formats import compose
from pipeline.texts.kinds.overview import overview
from pipeline.texts.outline import Outline
from pipeline.texts.standfirst import describe, standfirst
from pipeline.texts.standing import quotations
from pipeline.texts.titles import article_title

QUOTES: dict[TextLength, int] = {"short": 0, "normal": 3, "long": 5}
MIN_TOPICS = 3  # that make a list
AROUND_ADDRESS = ".,;:!?)]}\"'”’»"  # marks of the sentence, at the end of an address


def show_notes(plan: Outline, options: TextOptions) -> Document:
    """Return Markdown."""
    title = article_title.title(plan, plan.moments)
    blocks = [Block(kind="title", statements=(title,))]
    if (below := standfirst(plan)) is not None:
        blocks.append(below)
    found = chapters(plan, [plain(title.text)])
    found = found if len(found) >= MIN_TOPICS else []
    if summary := overview(plan, [plain(s.text) for s in (title, *found)]):
        blocks.append(Block(kind="summary", statements=tuple(summary)))
    said = {plain(s.text) for s in (title, *summary, *found)}
    words = languages.language(plan.language).show_notes
    if found:
        blocks += _part(
            words.topics if words else "", Block(kind="chapters", statements=tuple(found))
        )
    named = below.statements[0].text if below else ""
    if people := [s for s in _people(plan) if s.text.split(",")[0] not in named]:
        blocks += _part(words.people if words else "", Block(kind="list", statements=tuple(people)))
    if links := _links(plan):
        blocks += _part(words.links if words else "", Block(kind="list", statements=tuple(links)))
    if quotes := quotations(plan, QUOTES[options.length], said):
        blocks += _part(words.quotes if words else "", *quotes)
    return compose("show_notes", plan.language, blocks, link=options.link)


def _part(label: str, *blocks: Block) -> list[Block]:
    """Return blocks below a heading, if the language has one."""
    heading = Block(kind="heading", statements=(Statement(text=label),))
    return [heading, *blocks] if label else list(blocks)


def _people(plan: Outline) -> list[Statement]:
    """Return who is introduced, each once, with what is said of them then."""
    words = languages.language(plan.language).standfirst
    found: dict[str, Statement] = {}
    for line in plan.lines:
        for introduction in find_introductions(line.text, plan.language):
            name = introduction.name
            if len(name.split()) > 1 and name not in found:
                text, sources = describe(name, plan, words) if words else (name, ())
                found[name] = Statement(text=text.rstrip(",、， "), sources=sources or line.sources)
    return list(found.values())


def _links(plan: Outline) -> list[Statement]:
    """Return the addresses that are said, each once."""
    found: dict[str, Statement] = {}
    for line in plan.lines:
        for match in ADDRESS.finditer(line.text):
            address = match[0].rstrip(AROUND_ADDRESS)
            found.setdefault(address.casefold(), Statement(text=address, sources=line.sources))
    return list(found.values())
