"""Titles and hashtags for one clip, out of its own words."""

import re
from collections import Counter
from functools import cache

from pipeline.highlights.hashtags import content_words
from pipeline.highlights.title_strength import strength
from pipeline.language import languages, lexicon
from pipeline.language.cleanup import split_sentences, tidy
from pipeline.language.disfluencies import bare
from pipeline.language.enumerations import uncounted
from pipeline.language.languages import Grammar, any_of
from pipeline.language.text_limits import width

TITLE_CHARACTERS = 60
WHOLE = 0.3  # in favour of a sentence that is short enough as it is


def clip_title(text: str, language: str = "en") -> str:
    """The strongest short clause of `text`, at most 60 characters, never cut in a word."""
    tags = lexicon.grammar(language).title_tags
    said = [
        (s, uncounted(tidy(tags.sub(".", s), language), language)) for s in split_sentences(text)
    ]
    sentences = [t for _, t in said if t]
    begun = [s[:1].islower() or s[:1] in "'’" for s, t in said if t]  # by words that are missing
    if not sentences:  # nothing but "um": a clip is never without a name
        return dressed(_shortened(" ".join(text.split()), language)) if text.strip() else ""
    subjects = Counter(w for s in sentences for w in content_words(s, language))
    best, best_score = "", float("-inf")
    for place, sentence in enumerate(sentences):
        for clause, wholeness in _clauses(sentence, language):
            score = strength(clause, subjects, language) + wholeness
            score += 1.5 / (1 + place)  # a clip is chosen for its opening
            score -= 1.0 * (begun[place] and sentence.startswith(clause[:8]))
            if score > best_score:
                best, best_score = clause, score
    return dressed(best or _shortened(sentences[0], language))


def _clauses(sentence: str, language: str) -> list[tuple[str, float]]:
    """Parts of a sentence that fit a title, each with how whole it is."""
    found: list[tuple[str, float]] = []
    grammar = lexicon.grammar(language)
    breaks = list(_breaks(language).finditer(sentence))
    for start in [0, *(m.end() for m in breaks if _starts(sentence, m, grammar))]:
        for end in [*(m.start() for m in breaks), len(sentence)]:
            clause = sentence[start:end].strip(" ,;:—–")
            clause = _without_conjunction(clause, grammar)
            if grammar.subordinate.match(clause) and "," not in clause:
                continue  # half a thought
            if end > start and _fits(clause, language):
                found.append((clause, _wholeness(sentence, start, end, language)))
    for match in _weak_ends(language).finditer(sentence):
        clause = _without_conjunction(sentence[: match.start()], grammar)
        if _infinitive(sentence, match, grammar):
            continue  # "failed to guarantee" is one deed
        if len(clause.split()) >= 5 and not grammar.subordinate.match(clause):
            found += [(clause, -0.7)] if _fits(clause, language) else []
    if (most := grammar.superlatives.match(sentence)) and _fits(most[1], language):
        found.append((most[1], -0.2))
    short = _shortened(sentence, language)
    if not found and _fits(short, language):
        found.append((short, -1.8))
    return found


@cache
def _breaks(language: str) -> re.Pattern[str]:
    """Where a clause ends or begins."""
    words = any_of(lexicon.grammar(language).title_breaks)
    return re.compile(rf"\s*[,;:—–]\s+|[、，；：]|\s+(?=(?:{words})\s)")


@cache
def _weak_ends(language: str) -> re.Pattern[str]:
    """Where a clause may end early, though what follows belongs to it."""
    return re.compile(rf"\s+(?=(?:{any_of(lexicon.grammar(language).title_ends)})\s)")


def _without_conjunction(clause: str, grammar: Grammar) -> str:
    """Without the "and" that it begins with."""
    match = grammar.conjunctions.match(clause)
    return clause[match.end() :] if match else clause


def _wholeness(sentence: str, start: int, end: int, language: str) -> float:
    """How little is missing of a sentence cut from `start` to `end`: at most WHOLE."""
    if start == 0 and end == len(sentence):
        return WHOLE
    cost = 0.0
    own, grammar = languages.language(language).grammar, lexicon.grammar(language)
    if start > 0:
        cost += 1.2
        rest = _without_conjunction(sentence[start:], grammar)
        if own and _first(rest).endswith(own.past_endings):
            cost += 1.0  # the deed of somebody who is left out
    if end < len(sentence):
        cost += 0.4
        if sentence.endswith("?"):
            cost += 0.6  # half a question
        if sentence[end].isspace() and _first(sentence[end:]) in grammar.relatives:
            cost += 0.4  # it says which one is meant
    return -cost


def _infinitive(sentence: str, gap: re.Match[str], grammar: Grammar) -> bool:
    """Whether a verb in the past and "to" meet here."""
    before = sentence[: gap.start()].rsplit(maxsplit=1)[-1:]
    told = bare("".join(before)).endswith(grammar.past_endings)
    return told and _first(sentence[gap.end() :]) == grammar.infinitive


def _first(text: str) -> str:
    """Its first word, bare; "" without any."""
    return bare("".join(text.split(maxsplit=1)[:1]))


def _starts(sentence: str, gap: re.Match[str], grammar: Grammar) -> bool:
    """Whether a clause of its own begins here: after a comma, or as in "and we won"."""
    if gap[0].strip():
        return True
    after = sentence[gap.end() :].split(maxsplit=2)
    return len(after) > 1 and bare(after[1]) in grammar.subjects


def _fits(clause: str, language: str) -> bool:
    """Short enough, long enough to say something, and with a proper end."""
    if not clause or width(clause.rstrip(".!")) > TITLE_CHARACTERS:
        return False
    tokens = clause.split()
    if len(tokens) < 3 and len(clause) < 12:
        return False
    return bare(tokens[-1]) not in lexicon.last_words(language) or clause[-1] in ".!?…"


def _shortened(sentence: str, language: str) -> str:
    """As many whole words as fit, without a dangling end; one endless word is cut."""
    tokens = sentence.split()
    kept = tokens[:TITLE_CHARACTERS]
    while kept and (
        width(" ".join(kept)) > TITLE_CHARACTERS
        or (len(kept) < len(tokens) and bare(kept[-1]) in lexicon.last_words(language))
    ):
        kept.pop()
    while len(kept) < len(tokens) and width(" ".join(kept)) >= TITLE_CHARACTERS:
        kept.pop()  # room for the sign that something is missing
    text = " ".join(kept) or _front(tokens[0], TITLE_CHARACTERS - 1)
    return text if text == sentence else text.rstrip(",;:") + "…"


def _front(word: str, most: int) -> str:
    """As much of an endless word as is `most` wide; of Chinese or Japanese, up to a comma."""
    word = word[:most]
    while width(word) > most:
        word = word[:-1]
    clause = max(word.rfind(mark) for mark in "、，；")
    return word[:clause] if clause > len(word) / 3 else word


def dressed(clause: str) -> str:
    """Sentence case, no full stop; a question keeps its mark."""
    clause = clause.strip(' ,;:—–"“”').rstrip(".。,;:")
    if clause.count('"') % 2:
        clause = clause.replace('"', "")
    return clause[:1].upper() + clause[1:]
