"""Chooses the title of a clip from its own words."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pipeline.core.data import TitleKind, TitleVariant
from pipeline.highlights import title_strength
from pipeline.highlights.hashtags import content_words
from pipeline.language import languages, lexicon
from pipeline.language.cleanup import split_sentences, tidy
from pipeline.language.disfluencies import bare
from pipeline.language.enumerations import uncounted
from pipeline.language.schema.entries import any_of
from pipeline.language.schema.grammar import Grammar
from pipeline.language.text_limits import width

MAX_TITLE_CHARS = 60
WHOLE_SENTENCE_GAIN = 0.6  # wholeness of an entire sentence that is short enough as it is
MAX_LOSS = 5.0  # nats that a title of another kind may be worse than the best
LAST_SENTENCES = 2  # tell what it all comes to


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of what is said that could be the title."""

    text: str
    features: Mapping[str, float]  # values for `title_strength`, and for the title's place


def clip_title(text: str, language: str = "en") -> str:
    """Return the strongest short clause of `text`, at most 60 characters of whole words."""
    found = clauses(text, language)
    if found:
        best = max(found, key=lambda c: title_strength.weigh(c.features, language))
        return format_title(best.text)
    sentences = [t for _, t in _tidied(text, language)]
    whole = sentences[0] if sentences else " ".join(text.split())  # nothing but "um": still a title
    return format_title(_shorten(whole, language)) if whole else ""


def title_variants(text: str, language: str = "en") -> tuple[TitleVariant, ...]:
    """Return the best title of each kind that is nearly as good as the best, that one first."""
    ranked = sorted(
        ((title_strength.weigh(c.features, language), c) for c in clauses(text, language)),
        key=lambda pair: -pair[0],
    )
    found: dict[TitleKind, TitleVariant] = {}
    for worth, clause in ranked:
        kind = _kind(clause)
        if ranked[0][0] - worth <= MAX_LOSS and kind not in found:
            found[kind] = TitleVariant(kind=kind, title=format_title(clause.text))
    return tuple(found.values())


def _kind(clause: Clause) -> TitleKind:
    if clause.features["question"]:
        return "question"
    return "number" if clause.features["number"] else "claim"


def clauses(text: str, language: str) -> list[Clause]:
    """Return every part of a text that fits a title."""
    said = _tidied(text, language)
    subjects = Counter(w for _, tidied in said for w in content_words(tidied, language))
    found = []
    for place, (spoken, sentence) in enumerate(said):
        torn = spoken[:1].islower() or spoken[:1] in "'’"  # its start is missing
        for clause, wholeness in _clauses(sentence, language):
            begins = sentence.startswith(clause[:8])
            around = {
                "wholeness": wholeness,
                "whole": float(wholeness == WHOLE_SENTENCE_GAIN),
                "late": float(not begins),
                "in question": float(sentence.endswith(("?", "？"))),
                "first": float(place == 0),
                "opening": 1 / (1 + place),
                "place": place / len(said),
                "last": float(len(said) - place <= LAST_SENTENCES),
                "torn": float(torn and begins),
            }
            own = title_strength.features(clause, subjects, language)
            starts = own.get("subject_start", 1.0) + own.get("imperative", 0.0)
            around["tail"] = around["late"] * (1.0 - min(1.0, starts))  # "the right to vote"
            found.append(Clause(clause, own | around))
    return found


def _tidied(text: str, language: str) -> list[tuple[str, str]]:
    """Return each sentence as spoken and as it is read, without those of which nothing remains."""
    tags = lexicon.grammar(language).title_tags
    both = [
        (s, uncounted(tidy(tags.sub(".", s), language), language)) for s in split_sentences(text)
    ]
    return [(spoken, tidied) for spoken, tidied in both if tidied]


def _clauses(sentence: str, language: str) -> list[tuple[str, float]]:
    """Return the parts of a sentence that fit a title, each with its wholeness."""
    found: list[tuple[str, float]] = []
    grammar = lexicon.grammar(language)
    breaks = list(_breaks(language).finditer(sentence))
    for start in [0, *(m.end() for m in breaks if _starts(sentence, m, grammar))]:
        for end in [*(m.start() for m in breaks), len(sentence)]:
            clause = sentence[start:end].strip(" ,;:—–")
            clause = _strip_conjunction(clause, grammar)
            if grammar.subordinate.match(clause) and "," not in clause:
                continue  # half a thought
            if end > start and _fits(clause, language):
                whole = _wholeness(sentence, start, end, language)
                found.append((_asked(clause, sentence, language) if start == 0 else clause, whole))
    for match in _weak_ends(language).finditer(sentence):
        clause = _strip_conjunction(sentence[: match.start()], grammar)
        if _is_infinitive(sentence, match, grammar):
            continue  # "failed to guarantee" is one action
        half = len(clause.split()) < 5 or grammar.subordinate.match(clause)
        if not half and _fits(clause, language):
            found.append((_asked(clause, sentence, language), -0.7))
    if (most := grammar.superlatives.match(sentence)) and _fits(most[1], language):
        found.append((most[1], -0.2))
    short = _shorten(sentence, language)
    if not found and _fits(short, language):
        found.append((short, -1.8))
    return found


def _asked(clause: str, sentence: str, language: str) -> str:
    """Return the beginning of a question with its mark, if it is one already."""
    asking = languages.language(language).question_words
    asks = not asking or _first_word(clause).split("'")[0] in asking  # "why's"
    marked = sentence.endswith("?") and clause[-1].isalnum() and width(clause) < MAX_TITLE_CHARS
    return f"{clause}?" if asks and marked else clause


@cache
def _breaks(language: str) -> re.Pattern[str]:
    """Return the pattern of places where a clause ends or begins."""
    words = any_of(lexicon.grammar(language).title_breaks)
    return re.compile(rf"\s*[,;:—–]\s+|[、，；：]|\s+(?=(?:{words})\s)")


@cache
def _weak_ends(language: str) -> re.Pattern[str]:
    """Return the pattern of places where a clause may end early, before something related."""
    return re.compile(rf"\s+(?=(?:{any_of(lexicon.grammar(language).title_ends)})\s)")


def _strip_conjunction(clause: str, grammar: Grammar) -> str:
    """Strip a leading "and"."""
    match = grammar.conjunctions.match(clause)
    return clause[match.end() :] if match else clause


def _wholeness(sentence: str, start: int, end: int, language: str) -> float:
    """Score how complete the part `start`..`end` of a sentence is: negative unless it is whole."""
    if start == 0 and end == len(sentence):
        return WHOLE_SENTENCE_GAIN
    cost = 0.0
    own, grammar = languages.language(language).grammar, lexicon.grammar(language)
    if start > 0:
        cost += 1.2
        rest = _strip_conjunction(sentence[start:], grammar)
        if own and _first_word(rest).endswith(own.past_endings):
            cost += 1.0  # the subject of the verb is missing
    if end < len(sentence):
        cost += 0.4
        if sentence.endswith("?"):
            cost += 0.6  # half a question
        if sentence[end].isspace() and _first_word(sentence[end:]) in grammar.relatives:
            cost += 0.9  # the relative clause identifies the noun
    return -cost


def _is_infinitive(sentence: str, gap: re.Match[str], grammar: Grammar) -> bool:
    """Whether a verb in the past tense and "to" meet here."""
    before = sentence[: gap.start()].rsplit(maxsplit=1)[-1:]
    is_past = bare("".join(before)).endswith(grammar.past_endings)
    return is_past and _first_word(sentence[gap.end() :]) == grammar.infinitive


def _first_word(text: str) -> str:
    """Return the first word, bare; "" without any."""
    return bare("".join(text.split(maxsplit=1)[:1]))


def _starts(sentence: str, gap: re.Match[str], grammar: Grammar) -> bool:
    """Whether a clause of its own begins here: after a comma, or as in "and we won"."""
    if gap[0].strip():
        return True
    after = sentence[gap.end() :].split(maxsplit=2)
    return len(after) > 1 and bare(after[1]) in grammar.subjects


def _fits(clause: str, language: str) -> bool:
    """Whether a clause is short enough, says something and has a proper end."""
    if not clause or width(clause.rstrip(".")) > MAX_TITLE_CHARS:
        return False
    tokens = clause.split()
    if len(tokens) < 3 and len(clause) < 12:
        return False
    return bare(tokens[-1]) not in lexicon.last_words(language) or clause[-1] in ".!?…"


def _shorten(sentence: str, language: str) -> str:
    """Return as many whole words as fit, without a dangling end; one overlong word is cut."""
    tokens = sentence.split()
    kept = tokens[:MAX_TITLE_CHARS]
    while kept and (
        width(" ".join(kept)) > MAX_TITLE_CHARS
        or (len(kept) < len(tokens) and bare(kept[-1]) in lexicon.last_words(language))
    ):
        kept.pop()
    while len(kept) < len(tokens) and width(" ".join(kept)) >= MAX_TITLE_CHARS:
        kept.pop()  # makes room for "…"
    text = " ".join(kept) or _cut_word(tokens[0], MAX_TITLE_CHARS - 1)
    return text if text == sentence else text.rstrip(",;:") + "…"


def _cut_word(word: str, most: int) -> str:
    """Cut an overlong word to width `most`; in Chinese or Japanese, at a comma if possible."""
    word = word[:most]
    while width(word) > most:
        word = word[:-1]
    clause = max(word.rfind(mark) for mark in "、，；")
    return word[:clause] if clause > len(word) / 3 else word


def format_title(clause: str) -> str:
    """Apply sentence case and strip the full stop; a question keeps its mark."""
    clause = clause.strip(' ,;:—–"“”').rstrip(".。,;:")
    if clause.count('"') % 2:
        clause = clause.replace('"', "")
    return clause[:1].upper() + clause[1:]
