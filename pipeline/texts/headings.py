"""Names a part of a text: by a whole thought that is short enough, else by its subject.

Neither half a clause nor a list of words is used as a heading.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from itertools import pairwise

from pipeline.analysis import lexical_cues
from pipeline.highlights import title_strength, titles
from pipeline.highlights.titles import MAX_TITLE_CHARS, format_title
from pipeline.language import languages, lexicon
from pipeline.language.cleanup import plain, together
from pipeline.language.disfluencies import bare
from pipeline.language.text_limits import width
from pipeline.texts.self_contained import is_self_contained, lacks_referent
from pipeline.texts.sentence_weights import calculates, in_past
from pipeline.texts.terms import terms

MAX_LIFTED_CHARS = 80  # maximum characters of a part's first sentence as its heading
MIN_THOUGHT_WORDS = 3  # words of a thought
MIN_THOUGHT_LETTERS = 8  # letters of a thought in languages whose words are not known
MIN_CONTENT_WORDS = 2  # minimum words of a thought
MAX_COMMAS = 1  # more of them string clauses together
NUMBER_COST = 0.4  # cost of a number, unless the heading is a command
GOOD_CHARS = 45  # headings are read at a glance
CHARS_PER_POINT = 30  # deviation from GOOD_CHARS that costs a point
# Of the features of a clause, set by hand on the talks of tests/data/talks. A heading sums up,
# while a title (`title_strength`) makes one want to listen.
WEIGHTS = {
    "subject": 0.25, "meta": -1.5, "number": 0.6, "strong": 0.5, "personal": 0.4,
    "imperative": 0.4, "hedge": -0.6, "weak_start": -1.0, "repeated": -0.6, "loose": -0.4,
    "shrug": -0.5, "pointed_start": -0.5, "leaning": -1.6, "scene": -0.7, "ordinal_start": -1.5,
    "short": -0.6, "empty": -2.0, "searching": -0.8, "dangling_end": -1.5, "chatter": -3.0,
    "weak": -1.0, "leans": -0.5,
}  # fmt: skip
WHOLE_SENTENCE_GAIN = 0.6  # for a sentence that is short enough as it is
SENTENCE_WEIGHT = 1.5  # factor of a sentence's own weight, beside its wording
MIN_MENTIONS = 2  # a term spoken once does not name a part
_MARKS = re.compile(
    r"[“”„«»「」『』\"]"
)  # marks of reported words, which belong to the clause before
_SYMBOL = re.compile(r" – |[“”„«»「」『』\"]|--|\b(\w+), \1\b|[=^|<>\[\]{}@]|\w\(|\w\. \w")


def thought(
    texts: Sequence[str],
    language: str,
    taken: Collection[tuple[str, ...]] = (),
    weights: Sequence[float] = (),
    *,
    fits: Callable[[str], bool] = bool,
) -> str:
    """Return the strongest whole thought of the sentences in at most 60 characters, else "".

    `taken`: existing headings as returned by `cleanup.plain`; `weights` of the sentences, 0..1;
    `fits`: whether a thought can be taken at all.
    """
    subjects = Counter(
        w
        for text in texts
        for t in text.split()
        if (w := bare(t)) and _is_content_word(w, language)
    )
    found = [
        (
            _strength(clause, subjects, language)
            + WHOLE_SENTENCE_GAIN * (clause == whole)
            + SENTENCE_WEIGHT * (weights[at] if weights else 0.0),
            -at,
            clause,
        )
        for at, whole in enumerate(texts)
        for clause in _thoughts(whole, language)
        if plain(clause) not in taken and fits(clause)
    ]
    return format_title(max(found)[2]) if found else ""


def _strength(clause: str, subjects: Counter[str], language: str) -> float:
    found = title_strength.features(clause, subjects, language)
    own = sum(WEIGHTS.get(name, 0.0) * value for name, value in found.items())
    commands = _first_word(clause) in lexicon.grammar(language).imperatives
    own -= NUMBER_COST * (_has_number(clause, language) and not commands)
    return own - abs(width(clause) - GOOD_CHARS) / CHARS_PER_POINT


def lift_first_sentence(first: str, language: str) -> str:
    """Return a part's first sentence if it is a statement that can be a heading, else ""."""
    asks = first.endswith(("?", "？"))
    fits = not asks and _can_stand(
        first, True, language, min_content_words=1, most_chars=MAX_LIFTED_CHARS
    )
    return format_title(first) if fits else ""


def clause(texts: Sequence[str], language: str) -> str:
    """Return the best clause for a title among those of the sentences that can stand, else "".

    A substitute for a `thought`: it needs fewer content words, but must end at a clause's end.
    """
    found = titles.clauses(together(texts), language)
    found.sort(key=lambda c: -title_strength.weigh(c.features, language))
    best = (titles.format_title(c.text) for c in found)
    return next((c for c in best if _ends_well(c, texts, language)), "")


def _ends_well(clause: str, texts: Sequence[str], language: str) -> bool:
    """Whether a clause can be read without its context, and ends where a clause ends."""
    rest = next((t[t.find(clause) + len(clause) :] for t in texts if clause in t), "")
    ends = not rest[:1].isspace() or lexicon.grammar(language).new_clause.match(rest)
    return bool(ends) and _can_stand(clause, False, language, min_content_words=1)


def _thoughts(sentence: str, language: str) -> list[str]:
    """Return the sentence and its beginnings up to a new clause (by word classes), if usable."""
    found = [sentence]
    if grammar := languages.language(language).grammar:
        if frame := grammar.frames.match(sentence):
            sentence = sentence[frame.end() :]
            sentence = sentence[0].upper() + sentence[1:]
            found.append(sentence)
        if not sentence.endswith("?") and not _MARKS.search(sentence):
            found += [sentence[: m.start()] for m in grammar.new_clause.finditer(sentence)]
    return [
        clause
        for n, clause in enumerate(found)
        if clause.strip() and (n == 0 or "," not in clause) and _can_stand(clause, n == 0, language)
    ]


def _can_stand(
    clause: str,
    whole: bool,
    language: str,
    *,
    min_content_words: int = MIN_CONTENT_WORDS,
    most_chars: int = MAX_TITLE_CHARS,
) -> bool:
    """Whether a clause can be read without its context and has enough content words."""
    tokens = [bare(t) for t in clause.split()]
    spaced = len(tokens) > 1
    if width(clause.rstrip(".")) > most_chars or (spaced and len(tokens) < MIN_THOUGHT_WORDS):
        return False
    if (
        len(re.findall("[,，、]", clause)) > MAX_COMMAS
        or _SYMBOL.search(clause)
        or lexicon.grammar(language).after_name.match(clause)
        or lacks_referent(clause, language)
        or calculates(clause, language)
        or len({*pairwise(tokens)}) < len(tokens) - 1  # "You get very you get"
    ):
        return False
    known = languages.language(language)
    if known.grammar:
        content_words = sum(_is_content_word(t, language) for t in tokens)
        if _has_number(clause, language) and content_words <= MIN_CONTENT_WORDS:
            return False  # "Rho is eleven twelfths"
        return content_words >= min_content_words and _is_thought(clause, tokens, whole, language)
    return (
        len(clause) >= MIN_THOUGHT_LETTERS
        and "," not in clause
        and is_self_contained(clause, language)
        and not clause[:1].isdigit()
        and not known.unfinished.search(clause)
    )


def _is_thought(clause: str, tokens: Sequence[str], whole: bool, language: str) -> bool:
    """Whether a clause is complete, has a verb and does not depend on its context."""
    grammar = lexicon.grammar(language)
    about_itself = (p.search(clause) for p in (grammar.meta, grammar.chatter, grammar.doubts))
    if any(about_itself) or grammar.frames.match(clause) or lexical_cues.read(clause).hedge:
        return False
    weak = grammar.leaning | grammar.leaning_headings | grammar.weak_starts
    if tokens[0] in weak | lexicon.ordinals(language):
        return False
    torn = tokens[-1] in grammar.pointing or (
        tokens[-1] in lexicon.last_words(language) and not whole
    )
    half = bool(grammar.subordinate.match(clause)) and "," not in clause
    verbs = grammar.being | grammar.past | grammar.imperatives | grammar.verbs
    verb = any(t in verbs or in_past(t, grammar) for t in tokens)
    return clause.endswith("?") or (verb and not torn and not half)


def _first_word(clause: str) -> str:
    return bare(clause.split(maxsplit=1)[0])


def _has_number(clause: str, language: str) -> bool:
    numbers = lexicon.number_words(language)
    return any(
        t[:1].isdigit() or not numbers.isdisjoint(bare(t).split("-")) for t in clause.split()
    )


def subject(texts: Sequence[str], language: str, others: str = "") -> str:
    """Return the name or term of several words that the sentences repeat most, else "".

    `others`: the rest of the talk; what occurs there as well counts less.
    """
    counts = Counter(" ".join(term) for text in texts for term in set(terms(text, language)))
    elsewhere = others.casefold()

    def rank(term: str) -> tuple[float, str]:
        rare = 1.0 / (1 + elsewhere.count(term.casefold())) ** 0.5
        return -counts[term] * rare * (1 + term.count(" ")), term

    repeated = [t for t, n in counts.items() if n >= MIN_MENTIONS and len(t) <= MAX_TITLE_CHARS]
    best = min(repeated, key=rank, default="")
    return best[:1].upper() + best[1:]


def _is_content_word(word: str, language: str) -> bool:
    """Whether a word may be part of a subject's name."""
    small, grammar = lexicon.stop_words(language), languages.language(language).grammar
    return (
        len(word) > (2 if small else 5)
        and word not in small
        and word not in lexicon.vague_nouns(language)
        and word not in lexicon.number_words(language)
        and word.isalpha()
        and not (grammar and (word in grammar.past or word.endswith(grammar.adverb_endings)))
    )
