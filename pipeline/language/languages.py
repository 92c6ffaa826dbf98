"""What is known of each language: one file each, `data/<code>.toml`, read once.

A language without a file, and a key that a file leaves out, have the default of `Language`: nothing
is known. docs/languages.md says how to add or review one.
"""

import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, is_dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from types import UnionType
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

Words = frozenset[str]  # in a file: one text, words between spaces
Forms = tuple[str, ...]  # in a file: a list of regular expressions
Pattern = re.Pattern[str]  # in a file: a list of alternatives; whatever their case

NEVER = re.compile("()(?!)")  # matches nothing; it has the group 1 that some replacements name

# What stands around the alternatives of a Pattern
_ANY = "{}"
_WORD = r"\b(?:{})\b"

T = TypeVar("T")


class LanguageError(ValueError):
    """A language's file is wrong; says which file and which key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Markers:
    """Small words that tell what a sentence is good for; each a part of a regular expression."""

    openers: Forms = ()
    """At the front and carry nothing, as "well" and "you know" do."""
    joins: Forms = ()
    """At the front and tie to the sentence before: "and", "but then"."""
    leaning: Forms = ()
    """At the front and need the sentence before: "he", "that is why"."""
    chatter: Forms = ()
    """Anywhere: greets, thanks, advertises."""
    greets: Forms = ()
    """At the front, after small words or a name: greets, thanks."""
    weak: Forms = ()
    """Anywhere: doubts, searches for words, talks about the talk."""
    repairs: Forms = ()
    """Between what is begun and begun again: "I was, I mean, I was"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """Word classes, by which titles, headings and takeaways are weighed; only English has them."""

    openers: Forms = ()
    """At the front and carry nothing once the sentence stands alone."""
    openers_before: Forms = ()
    """Openers that may follow another without a comma: "so well"."""
    parentheses: Annotated[Pattern, r",\s*(?:{}),\s*"] = NEVER
    """Between commas and carry nothing: "you know"."""
    comma_before: Words = frozenset()
    """Before these a comma stays where a parenthesis was left out."""
    repairs: Annotated[Pattern, _ANY] = NEVER
    """A clause begun again: "that was, yeah, that was mine"; group 1 stays."""
    subordinate: Annotated[Pattern, r"(?:{})\s"] = NEVER
    """Begin a clause that is half a thought."""
    conjunctions: Annotated[Pattern, r"(?:{})\s+"] = NEVER
    """Begin a clause and may be left out."""
    chatter: Annotated[Pattern, _WORD] = NEVER
    """Talk about the talk: greetings, thanks, adverts; never worth quoting."""
    meta: Annotated[Pattern, _WORD] = NEVER
    """The talk speaks of itself, of doubts, or to those in the room: weak in a text."""
    frames: Annotated[Pattern, _ANY] = NEVER
    """What stands before an opinion: "I think that the best way is …"."""
    doubts: Annotated[Pattern, _WORD] = NEVER
    """What no heading may have."""
    contrasts: Annotated[Pattern, _ANY] = NEVER
    """Says what something is not, or is more than."""
    shows: Annotated[Pattern, r"(?:{})\b"] = NEVER
    """At the front and points at what is seen: no takeaway."""
    superlatives: Annotated[Pattern, _ANY] = NEVER
    """A subject in the superlative, group 1, and its verb."""
    new_clause: Annotated[Pattern, _ANY] = NEVER
    """Where a clause of its own begins."""
    after_name: Annotated[Pattern, r"(?-i:[^\W\d_]\w+, (?:{})\b)"] = NEVER
    """Follow a name that is addressed, small letters: "Clara, how …"."""
    asked_after_name: Annotated[Pattern, r"(?-i:[A-ZÀ-Þ][\wà-ÿ]+, (?=(?:{})\b))"] = NEVER
    """Follow a name that is asked, small letters: "Clara, how did …?"."""
    title_tags: Annotated[Pattern, r"[,.]\s+(?:{})\s*\?$"] = NEVER
    """End what asks nothing, as in "It works, right?", and are left out of titles."""
    title_breaks: Forms = ()
    """Words before which a title may end or begin."""
    title_ends: Forms = ()
    """Words before which a title may end, at a cost: what follows belongs to it."""
    subjects: Words = frozenset()
    """Pronouns that begin a clause."""
    relatives: Words = frozenset()
    """Begin a clause that says which one is meant."""
    infinitive: str = ""
    """Stands between a verb and another: "failed to guarantee"."""
    past_endings: Forms = ()
    """How verbs end that tell what once was."""
    adverb_endings: Forms = ()
    """How words end that name no subject."""
    attribute_endings: Forms = ()
    """How words end that describe rather than name; weak in a tag."""
    gerund_endings: Forms = ()
    """How words end that name a deed; a little weak in a tag."""
    past: Words = frozenset()
    """Verbs that tell what once was, beyond the endings."""
    imperatives: Words = frozenset()
    """Begin advice."""
    verbs: Words = frozenset()
    """Further verbs, one of which a heading needs."""
    being: Words = frozenset()
    """Forms of "to be"."""
    auxiliary: Words = frozenset()
    """After "this" they show that it points back."""
    dummy_verbs: Words = frozenset()
    """After the dummy subject they show that it points at nothing: "it began"."""
    dummy_subject: str = ""
    """Points at nothing before such a verb: "it"."""
    existential: str = ""
    """Before a form of "to be" it says that something is: "there"."""
    introducing: Words = frozenset()
    """Before a noun, and no auxiliary, they name their subject: "this list saves"."""
    leaning: Words = frozenset()
    """A sentence that begins so leans on the one before."""
    leaning_starts: Words = frozenset()
    """The same for a sentence of a text, beyond `leaning`."""
    leaning_headings: Words = frozenset()
    """The same for a heading, beyond `leaning`."""
    leaning_early: Words = frozenset()
    """Words that lean if a comma follows, among a sentence's first three."""
    pointing: Words = frozenset()
    """No thought ends with these."""
    strong: Words = frozenset()
    """Make a listener stay."""
    emphatic: Words = frozenset()
    """Stand out in captions, though they be function words."""
    loose: Words = frozenset()
    """Weak anywhere in a title."""
    shrugs: Words = frozenset()
    """Weak anywhere in a title, once more."""
    pause_words: Words = frozenset()
    """Stand for a pause after a subject or a comma: "she was, like, late"."""
    weak_starts: Words = frozenset()
    """Weak at the front of a title."""
    pointed_starts: Words = frozenset()
    """Weak at the front of a title, but less so."""
    personal: Words = frozenset()
    """Speak of the speaker or the listener: good in a title."""
    general: Words = frozenset()
    """Make a sentence advice or a statement for everybody."""
    readers: Words = frozenset()
    """Show that a question is for whoever reads it."""
    before_verbs: Words = frozenset()
    """What follows is a deed, and no subject."""
    opening_words: Words = frozenset()
    """Begin sentences with a capital and name nobody, beyond the stop words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """Facts of one language; the defaults say that nothing is known."""

    name: str = ""
    """What it is called in English."""
    asked_by_name: bool = False
    """A language model is asked to write in it by its name, else "in the language of the talk"."""
    spaces: bool = True
    """Words stand between spaces."""
    capitals: bool = True
    """Its letters have capitals, which show names."""
    capitalised_nouns: bool = False
    """Every noun has a capital, so that a capital shows no name."""
    inflects_names: bool = False
    """Names change their endings, so that words that share three letters may be one name."""
    exact_names: bool = False
    """Names have no endings but a final s: Robert is not Roberta."""
    spaced_marks: bool = False
    """A space stands before : ; ! ?, and stays."""
    quotation_marks: tuple[str, str] = ("“", "”")
    """The one that opens a quotation, and the one that closes it."""
    spoken_numbers: bool = False
    """The package text2num reads its number words."""

    fillers: Forms = ()
    """Sounds that are never a word, small letters: may be cut from the video."""
    hesitations: Words = frozenset()
    """Sounds left out of texts; more than fillers, as a sound may be a word in other places."""
    clause_hesitations: Forms = ()
    """Sounds left out of texts at the front of a clause, where no spaces part words."""
    stop_words: Words = frozenset()
    """Say nothing of a subject. Without: those of the package stop-words."""
    function_words: Words = frozenset()
    """Further words that only hold others together, never lit in captions."""
    polite_pronouns: Words = frozenset()
    """Pronouns whose capital is courtesy."""
    common_words: Words = frozenset()
    """Long, and yet said of anything: never lit in captions."""
    vague_nouns: Words = frozenset()
    """Nouns that name no subject: no tags, no headings. Without: the English ones."""
    determiners: Words = frozenset()
    """Stand before a thing, not before a deed."""
    name_starts: Words = frozenset()
    """Belong to a name that follows: New York."""
    last_words: Words = frozenset()
    """No text may end with these. Without: the stop words."""
    adverb_endings: Forms = ()
    """How long words end that are not worth being lit."""
    content_letters: int = 0
    """Letters from which on a word that is in no list is worth being lit; 0: none is."""

    number_words: Words = frozenset()
    """Numbers. Without: the English ones."""
    uncounted_numbers: Words = frozenset()
    """Number words that are not lit, before a unit or alone."""
    lit_numbers: bool = False
    """Number words are lit in captions."""
    ordinals: Words = frozenset()
    """First, second, finally. Without: the English ones."""
    scales: Words = frozenset()
    """Hundred, million: lit with the number before."""
    units: Words = frozenset()
    """Years, metres: lit with the number before."""
    counters: tuple[Forms, ...] = ()
    """What begins the first, second, … point of a list."""
    and_words: Forms = ()
    """Stand before a counter, or before a clause that is begun again: "and"."""
    or_words: Words = frozenset()
    """After a counter they show that it counts something else: "two or three"."""

    abbreviations: Words = frozenset()
    """Their stop ends no sentence of what is heard; small letters, without the last stop."""
    written_abbreviations: Forms = ()
    """Abbreviations whose stop ends no sentence of running text, capitals as they are."""
    short_forms: Words = frozenset()
    """Keep their stop before a small letter."""
    question_words: Words = frozenset()
    """Begin a question that is one from its beginning."""
    question_endings: tuple[str, ...] = ()
    """Letters that end a question without a mark."""
    question_tags: Annotated[Pattern, r",\s+¿?(?:{})\s*\?$"] = NEVER
    """End what asks nothing, as in "It works, right?", and are left out of texts."""
    unfinished: Annotated[Pattern, r"(?:{})[。]?$"] = NEVER
    """Endings by which a sentence goes on."""

    repeated: Words = frozenset()
    """Said twice only by mistake: no clause ends with them."""
    repeated_without_comma: Words = frozenset()
    """Said twice only by mistake where no comma stands between: "so do I, I think"."""
    repeated_in_runs: Words = frozenset()
    """Words that may end a clause, but not a run of words that comes again: "la", "que"."""
    repeated_at_front: Words = frozenset()
    """Said twice by mistake where a clause begins."""
    before_clauses: Words = frozenset()
    """After these a clause begins."""
    alongside: Words = frozenset()
    """Tie two things: "my friend and I, I mean it" repeats nothing."""
    negations: Words = frozenset()
    """Deny: said twice they are meant."""

    takeaways_heading: str = ""
    """Heads the last part of an article; without, there is no such part."""
    profanity: Forms = ()
    """Words that a broadcaster bleeps, whole, small letters, ß as ss."""
    profanity_everywhere: Forms = ()
    """Words to bleep in talks of every language, whole, small letters."""
    boilerplate: Forms = ()
    """Phrases of machines that write about nothing."""
    subtitle_words: Forms = ()
    """Begin credits, which recognisers add to silence: "subtitles"."""
    subtitle_makers: Forms = ()
    """Stand before the name of who made the subtitles: "by"."""
    silent_phrases: Forms = ()
    """Sentences that recognisers add to silence, whole."""
    silent_marks: Forms = ()
    """What shows, wherever it stands, that a recogniser added a sentence to silence."""

    markers: Markers | None = None
    """Discourse markers."""
    grammar: Grammar | None = None
    """Word classes; without, a text is read by `markers`, length and order."""


ENGLISH = "en"
_UNKNOWN = Language()
_REQUIRED = ("name", "spaces")


def any_of(forms: Iterable[str]) -> str:
    """A regular expression of alternatives; of none, one that matches nothing."""
    return "|".join(forms) or "(?!)"


@cache
def language(code: str) -> Language:
    """What is known of a language. Raises LanguageError where its file is wrong."""
    return _all().get(code, _UNKNOWN)


def codes() -> tuple[str, ...]:
    """Languages that have a file: English, then by alphabet."""
    return tuple(_all())


def of_all(pick: Callable[[Language], Iterable[T]]) -> tuple[T, ...]:
    """What is looked for whatever the language, as talks mix them: English first."""
    return tuple(found for known in _all().values() for found in pick(known))


def read(path: Traversable) -> Language:
    """A language's file. Raises LanguageError, which names file and key."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise LanguageError(f"{path.name}: {error}") from error
    for key in _REQUIRED:
        if key not in raw:
            raise LanguageError(f"{path.name}: {key} is missing")
    found = _table(Language, raw, f"{path.name}: ")
    assert isinstance(found, Language)
    return found


@cache
def _all() -> dict[str, Language]:
    files = (f for f in (resources.files(__package__) / "data").iterdir())
    paths = {f.name.removesuffix(".toml"): f for f in files if f.name.endswith(".toml")}
    return {code: read(paths[code]) for code in sorted(paths, key=lambda c: (c != ENGLISH, c))}


def _table(kind: type[Any], raw: dict[str, object], place: str) -> object:
    """A dataclass of a TOML table; `place` is where it stands, for errors."""
    hints = get_type_hints(kind, include_extras=True)
    for key in raw:
        if key not in hints:
            raise LanguageError(f"{place}{key} is unknown")
    return kind(**{key: _value(hints[key], value, f"{place}{key}") for key, value in raw.items()})


def _value(hint: Any, value: object, place: str) -> object:
    """A value of a TOML file as its field wants it."""
    try:
        if isinstance(hint, UnionType) and is_dataclass(get_args(hint)[0]):
            return _table(get_args(hint)[0], msgspec.convert(value, dict[str, Any]), f"{place}.")
        if hint == Words:
            return frozenset(msgspec.convert(value, str).split())
        if get_origin(hint) is Annotated:  # a Pattern
            around = get_args(hint)[1]
            if not (listed := msgspec.convert(value, Forms)):
                return NEVER
            return re.compile(around.replace("{}", any_of(listed)), re.IGNORECASE)
        found = msgspec.convert(value, hint)
        for forms in {Forms: [found], tuple[Forms, ...]: found}.get(hint, ()):
            re.compile(any_of(forms))
        return found
    except (msgspec.ValidationError, re.error) as error:
        raise LanguageError(f"{place}: {error}") from error
