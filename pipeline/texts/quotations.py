"""Chooses quotations that say something to somebody who knows nothing else of the talk."""

import re
from collections.abc import Collection
from itertools import islice

from pipeline.core.texts import Block, Statement
from pipeline.language import languages, lexicon, profanity
from pipeline.language.cleanup import split_sentences
from pipeline.language.disfluencies import bare
from pipeline.language.text_limits import width
from pipeline.texts.content_selection import count_strong_words, pick_best
from pipeline.texts.line import Line
from pipeline.texts.outline import Outline
from pipeline.texts.repetition import says_again
from pipeline.texts.self_contained import has_verb, is_self_contained
from pipeline.texts.standfirst import full_name, is_named
from pipeline.texts.statement_kinds import is_past
from pipeline.texts.summary import told_lines
from pipeline.texts.unfit_sentences import restarts, trails_off

MIN_QUOTATION_CHARS, MAX_QUOTATION_CHARS = 30, 140
ENOUGH_CONTENT_WORDS = 4  # more do not make a quotation better
GOOD_RANK = 0.5  # weight of a quotation beyond the first three
MIN_COUNT = 3
MAX_CANDIDATES = 40  # best ones, among which those that resemble each other are left out
MAX_COMMAS = 3  # more of them string clauses together
_COMMA = re.compile(r"[,，、]")
# Formulas, shouting, and a number said in two ways: "147 steps, 147".
_UNFIT = re.compile(r"[=^|<>{}\[\]]|\d/\d|[!！]|(?<!\d)(\d{2,})\D{1,20}\1(?!\d)")


def quotations(plan: Outline, count: int, taken: Collection[tuple[str, ...]] = ()) -> list[Block]:
    """Return up to `count` quotations in the order spoken, with who says them and when.

    taken: texts, as `cleanup.plain` returns them, that are not quoted again.
    """
    if count == 0:
        return []
    names = {part for n in plan.lines if n.speaker for part in n.speaker.split()}
    ranks = {
        n.index: _rank(n, plan.language)
        for n in told_lines(plan)
        if n.text.partition(",")[0] not in names  # it speaks to somebody in the talk
        and _can_stand(n, plan.language)
    }
    best = sorted((n for n in plan.lines if n.index in ranks), key=lambda n: -ranks[n.index])
    new = list(islice((n for n in best if not says_again(n.text, taken)), MAX_CANDIDATES))
    chosen = pick_best(new, count, lambda n: ranks[n.index])
    chosen.sort(key=lambda n: -ranks[n.index])
    good = [n for at, n in enumerate(chosen) if at < MIN_COUNT or ranks[n.index] >= GOOD_RANK]
    return [_block(n, plan) for n in sorted(good, key=lambda n: n.index)]


def _can_stand(line: Line, language: str) -> bool:
    """Whether a line can be quoted alone: a whole statement, no step of a list, no insult."""
    text = line.text
    return (
        line.solid
        and line.alone
        and not (line.question or line.counted)
        and MIN_QUOTATION_CHARS <= width(text) <= MAX_QUOTATION_CHARS
        and len(split_sentences(text)) == 1
        and len(_COMMA.findall(text)) <= MAX_COMMAS
        and not _UNFIT.search(text)
        and _content_words(text, language) > 0
        and is_self_contained(text, language)
        and has_verb(text, language)
        and not restarts(text, language)
        and not trails_off(text, language)
        and not _reproaches(text, language)
        and profanity.mask_text(text, language) == text
    )


def _reproaches(text: str, language: str) -> bool:
    """Whether somebody is told what they did: "You came in shouting"."""
    first = bare(text.split(maxsplit=1)[0])
    return first in lexicon.grammar(language).readers and is_past(text, language)


def _content_words(text: str, language: str) -> int:
    """Return the number of words that are no function words; enough in scripts without spaces."""
    if not languages.language(language).spaces:
        return ENOUGH_CONTENT_WORDS
    small = lexicon.stop_words(language)
    return sum(len(w) > 2 and w not in small for w in map(bare, text.split()))


def _rank(line: Line, language: str) -> float:
    """Return how quotable a line is, about 0..2: advice and contrast are, scenes are not."""
    grammar, words = lexicon.grammar(language), [bare(t) for t in line.text.split()]
    gain = 0.4 * line.general + 0.3 * line.moment + 0.3 * bool(grammar.contrasts.search(line.text))
    gain += 0.2 * min(2, count_strong_words(line.text, language))
    gain += 0.08 * min(ENOUGH_CONTENT_WORDS, _content_words(line.text, language))
    scene = words[0] in (grammar.existential, grammar.dummy_subject)
    loss = 0.3 * (is_past(line.text, language) + any(map(str.isdigit, line.text))) + 0.5 * scene
    return line.weight + gain - loss


def _block(line: Line, plan: Outline) -> Block:
    named = line.speaker is not None and is_named(line.speaker)
    return Block(
        kind="quotation",
        statements=(Statement(text=line.text, sources=line.sources),),
        speaker=full_name(line.speaker, plan) if named and line.speaker else None,
        start_s=line.start_s,
    )
