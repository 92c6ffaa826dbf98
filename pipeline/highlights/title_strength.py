"""Scores how much a clause makes one want to listen: a linear model over its wording.

The weights were set by hand on the talks of tests/data/talks, without a held-out part;
docs/examples shows the resulting titles.
"""

from collections import Counter
from collections.abc import Sequence

from pipeline.analysis import lexical_cues
from pipeline.highlights.hashtags import content_words
from pipeline.language import languages, lexicon
from pipeline.language.discourse_markers import marker_patterns
from pipeline.language.disfluencies import bare
from pipeline.language.languages import Grammar
from pipeline.language.text_limits import width

GOOD_TITLE_CHARS = 45  # titles are read at a glance
MAX_MENTIONS = 3.0  # limit of a feature: a third of the mentions of its subjects in the clip
CHARS_PER_POINT = 30  # deviation from GOOD_TITLE_CHARS that costs a point
MIN_WORDS = 4  # a shorter clause says little
WEIGHTS = {
    "off_length": -1.0,
    "subject": 0.25,
    "meta": -1.5,
    "number": 0.6,
    "strong": 0.5,
    "personal": 0.4,
    "question": 0.3,
    "imperative": 0.4,
    "hedge": -0.6,
    "weak_start": -1.0,
    "repeated": -0.6,
    "loose": -0.4,
    "shrug": -0.5,
    "pointed_start": -0.5,
    "leaning": -1.6,
    "scene": -0.7,
    "ordinal_start": -1.5,
    "short": -0.6,
    "empty": -2.0,
    "searching": -0.8,
    "dangling_end": -1.5,
    "chatter": -3.0,
    "weak": -1.0,
    "leans": -0.5,
}


def strength(clause: str, subjects: Counter[str], language: str) -> float:
    """Return the strength of a clause; comparable within one clip.

    `subjects` counts the content words of the clip.
    """
    return sum(
        WEIGHTS[name] * value for name, value in features(clause, subjects, language).items()
    )


def features(clause: str, subjects: Counter[str], language: str) -> dict[str, float]:
    """Return the features of a clause; which ones exist depends on the language."""
    content = content_words(clause, language)
    mentions = sum(subjects[word] for word in set(content))
    found = {
        "off_length": abs(width(clause) - GOOD_TITLE_CHARS) / CHARS_PER_POINT,
        "subject": min(MAX_MENTIONS, mentions / 3),
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
    digits = any(c.isdigit() for c in clause)
    last_leans = tokens[-1] in lexicon.last_words(language) and not clause.endswith("?")
    return (
        found
        | {
            "meta": float(bool(grammar.meta.search(clause))),
            "number": float(digits or _any(tokens, lexicon.number_words(language))),
            "strong": min(2, sum(t in grammar.strong for t in tokens)),
            "personal": float(_any(tokens, grammar.personal)),
            "question": float(clause.endswith("?")),
            "imperative": float(tokens[0] in grammar.imperatives),
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
