"""Finds the nouns and names of a talk, in languages whose file has `[nouns]`.

No tagger is asked: in a talk, a noun is a word that mostly stands where nouns stand, behind an
article, a preposition or an attribute, or with a capital. In scripts without spaces it is a run of
letters that stands beside many different ones (accessor variety: Feng, Chen, Deng and Zheng, 2004).
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache

from pipeline.highlights.hashtags import everyday_stems, stem
from pipeline.language import languages
from pipeline.language.disfluencies import EDGES, bare
from pipeline.language.finite_verbs import is_finite
from pipeline.language.function_words import function_words
from pipeline.language.schema.nouns import Nouns

MIN_LETTERS = 4  # minimum letters of a noun; shorter words are mostly small ones
MIN_STEM = 3  # letters that are left without the ending
MIN_SHARE = 0.5  # minimum share of a word's mentions that show that it is a noun
MIN_MENTIONS = 2  # minimum mentions of a longer form than the noun, in most of the noun's sentences
RUN_LETTERS = range(2, 7)  # letters of a noun in a script without spaces
MIN_RUNS = 3  # mentions of such a noun in a talk
MIN_RUNS_SHORT = 2  # the same in a talk of fewer sentences than the next
SHORT_TALK = 80
MIN_NEIGHBORS = 2  # different ones on each side; the edge of a clause is always another
MAX_OUTSIDE = 0.7  # share of a run's mentions within one longer run, which is the noun then
_COMMA = re.compile("[，、]")
_KANA = re.compile("[ァ-ヶー]{2}")  # letters of one word
_NO_WORDS = re.compile(r"[\s\W\d_]")

# A noun without its ending, in lower case, and as it is said; "" where it does not stand alone.
Mention = tuple[str, str]


def mentions(texts: Sequence[str], language: str) -> list[tuple[Mention, ...]]:
    """Return the nouns and names of each sentence of a talk; none without `[nouns]`."""
    if not languages.language(language).spaces:
        return _runs(texts, language)
    found = [[*_words(text, language)] for text in texts]
    said = Counter(noun for line in found for noun, _, _ in line)
    shown = Counter(noun for line in found for noun, _, shows in line if shows)
    return [
        tuple((n, form) for n, form, _ in line if shown[n] >= max(1, MIN_SHARE * said[n]))
        for line in found
    ]


def heading(forms: Sequence[str], texts: Sequence[str], language: str) -> str:
    """Return a noun as a heading: in the form that is said most; "" if none stands alone.

    forms: as a talk says it. Words that most of the texts, a part's, have behind it belong to it.
    """
    counts = Counter(form for form in forms if form)
    said = [form for form in counts if any(form in text for text in texts)] or [*counts]
    if not said:
        return ""
    form = max(said, key=lambda form: (counts[form], -len(form), form))
    if languages.language(language).spaces:
        form = _longer(form, texts, language)
    return form[:1].upper() + form[1:]


def _split(text: str) -> list[str]:
    """Return the words in lower case; what stands before an apostrophe is a word with it."""
    return re.sub(r"['’]", "' ", " ".join(map(bare, text.split()))).split()


def _words(text: str, language: str) -> Iterator[tuple[str, str, bool]]:
    """Yield the words that may be nouns: their stem, their form, and whether one stands there."""
    own, known = languages.language(language), _facts(language)
    before = ""
    for token in text.split():
        head, _, tail = bare(token).rpartition("'")
        form = token.strip(EDGES)[-len(tail) :]
        begins = not before or before[-1] in ".?!:…"
        capital = form[:1].isupper() and not begins
        if _may_be(tail, language, name=capital):
            if own.capitalised_nouns:
                yield _stem(tail, known), form, capital
                before = token
                continue
            place = f"{head}'" if head else bare(before)
            shows = place in own.determiners | known.before or place.endswith(known.attributes)
            shows = (shows and (bool(head) or before[-1:].isalnum())) or capital
            oblique = known.dependent and (shows or tail.endswith(known.dependent))
            yield _stem(tail, known), "" if oblique else form, shows or capital
        before = token


def _may_be(word: str, language: str, *, name: bool) -> bool:
    """Return whether a word in lower case names anything, by the language's lists and endings."""
    known = _facts(language)
    if len(word) < MIN_LETTERS or not word.replace("-", "").isalpha() or word in _small(language):
        return False
    own = languages.language(language)
    if _stem(word, known) in _vague(language):
        return False
    if stem(word) in everyday_stems(language) and (own.capitalised_nouns or not name):
        return False
    return name or not (
        word.endswith((*known.others, *known.attributes)) or is_finite(word, language)
    )


@cache
def _small(language: str) -> frozenset[str]:
    own = languages.language(language)
    small = function_words(language) | own.pronouns | own.determiners | own.number_words
    facts = _facts(language)
    counted = own.units | own.scales | own.months
    return small | counted | facts.vague | facts.before | facts.persons


@cache
def _vague(language: str) -> frozenset[str]:
    known = _facts(language)
    return frozenset(_stem(word, known) for word in known.vague)


def _facts(language: str) -> Nouns:
    return languages.language(language).nouns or Nouns()


def _stem(word: str, known: Nouns) -> str:
    longest = max((e for e in known.endings if word.endswith(e)), key=len, default="")
    return word.removesuffix(longest) if len(word) - len(longest) >= MIN_STEM else word


def _longer(form: str, texts: Sequence[str], language: str) -> str:
    """Return a noun with the words that most of its mentions have behind: "prueba de alcohol"."""
    known = _facts(language)
    joins = "|".join(map(re.escape, sorted(known.inside))) or "(?!)"
    behind = re.compile(rf"\b{re.escape(form)} ((?:(?:{joins})[ ]?)+[\w’'-]+)", re.IGNORECASE)
    at = [m[1] for text in texts for m in behind.finditer(text)]
    said = sum(len(re.findall(rf"\b{re.escape(form)}\b", t, re.IGNORECASE)) for t in texts)
    rest, count = max(Counter(at).items(), key=lambda item: item[1], default=("", 0))
    last = bare(re.split(r"[ ’']", rest)[-1])
    fits = count >= MIN_MENTIONS and count > said / 2 and _may_be(last, language, name=False)
    return f"{form} {rest}" if fits else form


def _runs(texts: Sequence[str], language: str) -> list[tuple[Mention, ...]]:
    """Return the nouns of sentences in a script without spaces."""
    known = _facts(language)
    if not known.breaks:
        return [() for _ in texts]
    edge = re.compile(f"{_NO_WORDS.pattern}|{known.breaks}")
    parts = [[part for part in edge.split(text) if part] for text in texts]
    counts: Counter[str] = Counter()
    sides: dict[str, tuple[set[str], set[str]]] = {}
    for n, part in enumerate(p for line in parts for p in line):
        for at, end in _spans(part):
            run = part[at:end]
            counts[run] += 1
            before, behind = sides.setdefault(run, (set(), set()))
            before.add(part[at - 1] if at else f"{n}")
            behind.add(part[end] if end < len(part) else f"{n}")
    least = MIN_RUNS_SHORT if len(texts) < SHORT_TALK else MIN_RUNS
    nouns = {
        run
        for run, count in counts.items()
        if count >= least
        and min(map(len, sides[run])) >= MIN_NEIGHBORS
        and not any(word in run for word in known.vague)
    }
    longer = {
        run[i:j]
        for run in nouns
        for i, j in _spans(run)
        if run[i:j] != run and counts[run] >= MAX_OUTSIDE * counts[run[i:j]]
    }
    nouns -= longer
    return [
        tuple((run, run) for run in sorted({p[i:j] for p in line for i, j in _spans(p)} & nouns))
        for line in parts
    ]


def _spans(part: str) -> Iterator[tuple[int, int]]:
    """Yield where the runs of a part begin and end."""
    for length in RUN_LETTERS:
        for at in range(len(part) - length + 1):
            edges = part[max(0, at - 1) : at + 1], part[at + length - 1 : at + length + 1]
            if not any(map(_KANA.fullmatch, edges)):
                yield at, at + length
