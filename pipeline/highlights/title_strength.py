"""Scores how well a clause serves as a title: a linear model learned from a reader's choices.

Of the clauses of a moment a reader marked those that she would post; the weights (conditional
logit; McFadden 1974) make them win against the others. Those for languages with a grammar know the
words of a clause, those for other languages its form alone. training/titles.py has the data.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

from pipeline.analysis import lexical_cues
from pipeline.highlights.hashtags import content_words
from pipeline.language import languages, lexicon
from pipeline.language.discourse_markers import marker_patterns
from pipeline.language.disfluencies import bare
from pipeline.language.schema.grammar import Grammar
from pipeline.language.text_limits import width

CHARS = 45  # a good title's width: the unit of widths
MAX_MENTIONS = 3.0  # limit of a feature: a third of the mentions of its subjects in the clip
QUOTES = frozenset('"“”«»„「」')
COMMAS = frozenset(",，、;；")
MIN_WORDS = 4  # a shorter clause says little


def weigh(found: Mapping[str, float], language: str) -> float:
    """Return the weighted sum of features, in nats."""
    known = _weights("words" if languages.language(language).grammar else "form")
    return sum(known.get(name, 0.0) * value for name, value in found.items())


@cache
def _weights(kind: str) -> Mapping[str, float]:
    """Return the weights of features by name (`make train-titles`)."""
    stored = resources.files("pipeline").joinpath("weights/titles.json").read_text()
    found: Mapping[str, float] = json.loads(stored)[kind]
    return found


def features(clause: str, subjects: Counter[str], language: str) -> dict[str, float]:
    """Return the features of a clause; which ones exist depends on the language."""
    content = content_words(clause, language)
    mentions = sum(subjects[word] for word in set(content))
    chars = width(clause) / CHARS
    found = {
        "chars": chars,
        "chars squared": chars**2,
        "subject": min(MAX_MENTIONS, mentions / 3),
        "question": float(clause.endswith(("?", "？"))),
        "exclamation": float(clause.endswith(("!", "！"))),
        "ellipsis": float(clause.endswith("…")),
        "quotation": float(not QUOTES.isdisjoint(clause)),
        "clauses": float(sum(c in COMMAS for c in clause)),
        "name": float(any(t[:1].isupper() and len(bare(t)) > 1 for t in clause.split()[1:])),
        "number": float(_any([bare(t) for t in clause.split()], lexicon.number_words(language)))
        or float(any(c.isdigit() for c in clause)),
    }
    grammar = languages.language(language).grammar
    if grammar is None:
        markers = marker_patterns(language)
        return found | {
            "leans": float(bool(markers.leaning.match(clause))),
            "weak": float(bool(markers.weak.search(clause))),
            "chatter": float(bool(markers.chatter.search(clause))),
        }
    tokens = [bare(token) for token in clause.split()]
    last_leans = tokens[-1] in lexicon.last_words(language) and not clause.endswith("?")
    return (
        found
        | {
            "meta": float(bool(grammar.meta.search(clause))),
            "strong": min(2, sum(t in grammar.strong for t in tokens)),
            "personal": float(_any(tokens, grammar.personal)),
            "imperative": float(tokens[0] in grammar.imperatives),
            "subject_start": float(tokens[0] in grammar.subjects),
            "hedge": lexical_cues.read(clause).hedge,
            "weak_start": float(tokens[0] in grammar.weak_starts),
            "repeated": len(content) - len(set(content)),  # "supports that supports about"
            "loose": min(2, sum(t in grammar.loose for t in tokens)),
            "shrug": float(_any(tokens, grammar.shrugs)),
            "pointed_start": float(tokens[0] in grammar.pointed_starts),
            "scene": float(tokens[0] in grammar.scene_starts),
            "leaning": float(_depends_on_previous(tokens, clause, grammar)),
            "ordinal_start": float(_any(tokens[:2], lexicon.ordinals(language))),
            "short": float(len(tokens) < MIN_WORDS),
            "empty": float(not content),
            "searching": float(_has_pause_word(tokens, clause, grammar)),
            "dangling_end": float(last_leans),
            "chatter": float(bool(grammar.chatter.search(clause))),
        }
    )


def _any(tokens: Sequence[str], words: frozenset[str]) -> bool:
    return any(token in words for token in tokens)


def _depends_on_previous(tokens: Sequence[str], clause: str, grammar: Grammar) -> bool:
    """Whether the clause refers to the one before; "there is" and "it began" do not."""
    exists = clause.lower().startswith(f"{grammar.existential} ")
    dummies = grammar.dummy_verbs | (grammar.being if exists else frozenset())
    return tokens[0] in grammar.leaning and not dummies & set(tokens[1:2])


def _has_pause_word(tokens: Sequence[str], clause: str, grammar: Grammar) -> bool:
    """Whether "like" is a filler: after a subject, or after a comma."""
    commas = [t.endswith(",") for t in clause.split()]
    return any(
        word in grammar.pause_words and (tokens[i - 1] in grammar.subjects or commas[i - 1])
        for i, word in enumerate(tokens)
        if i
    )
