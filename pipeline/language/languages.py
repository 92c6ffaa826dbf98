"""Facts about each language: one file each, `data/<code>.toml`, read once.

A language without a file, and a key that a file omits, get the defaults of `Language`, which mean
that nothing is known. docs/languages.md explains how to add or review a language.
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

Words = frozenset[str]  # in a file: one string, words separated by spaces
Forms = tuple[str, ...]  # in a file: a list of regular expressions
Pattern = re.Pattern[str]  # in a file: a list of alternatives; case-insensitive

NEVER = re.compile("()(?!)")  # matches nothing; has the group 1 that some replacements use

# Templates around the alternatives of a Pattern.
_ANY = "{}"
_WORD = r"\b(?:{})\b"

T = TypeVar("T")


class LanguageError(ValueError):
    """A language's file is invalid; the message names the file and the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Markers:
    """Discourse markers, as regular expressions: small words that show what a sentence is for."""

    openers: Forms = ()
    """At the start, without content: "well", "you know"."""
    joins: Forms = ()
    """At the start, tie the sentence to the one before: "and", "but then"."""
    leaning: Forms = ()
    """At the start, depend on the sentence before: "he", "that is why"."""
    chatter: Forms = ()
    """Anywhere: greet, thank, advertise."""
    greets: Forms = ()
    """At the start, after small words or a name: greet, thank."""
    weak: Forms = ()
    """Anywhere: express doubt, search for words, talk about the talk."""
    repairs: Forms = ()
    """Between a broken-off start and its repetition: "I was, I mean, I was"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """Word classes that rank titles, headings and takeaways; only English has them."""

    openers: Forms = ()
    """At the start, without content once the sentence stands alone."""
    openers_before: Forms = ()
    """Openers that may follow another opener without a comma: "so well"."""
    parentheses: Annotated[Pattern, r",\s*(?:{}),\s*"] = NEVER
    """Between commas, without content: "you know"."""
    comma_before: Words = frozenset()
    """Words before which a comma stays when a parenthesis is removed."""
    repairs: Annotated[Pattern, _ANY] = NEVER
    """A restarted clause: "that was, yeah, that was mine"; group 1 is kept."""
    subordinate: Annotated[Pattern, r"(?:{})\s"] = NEVER
    """Start a subordinate clause, which is half a thought."""
    conjunctions: Annotated[Pattern, r"(?:{})\s+"] = NEVER
    """Start a clause and can be omitted."""
    chatter: Annotated[Pattern, _WORD] = NEVER
    """Talk about the talk: greetings, thanks, ads; never worth quoting."""
    adverts: Annotated[Pattern, _WORD] = NEVER
    """Begin an advert, which the same person goes on with; `chatter` has such words, too."""
    meta: Annotated[Pattern, _WORD] = NEVER
    """Refer to the talk itself, to doubts, or to the audience in the room: weak in a text."""
    frames: Annotated[Pattern, _ANY] = NEVER
    """Introduce an opinion: "I think that the best way is …"."""
    doubts: Annotated[Pattern, _WORD] = NEVER
    """Expressions of doubt, which no heading may contain."""
    contrasts: Annotated[Pattern, _ANY] = NEVER
    """Say what something is not, or is more than."""
    shows: Annotated[Pattern, r"(?:{})\b"] = NEVER
    """At the start, point at something visible: no takeaway."""
    superlatives: Annotated[Pattern, _ANY] = NEVER
    """A subject in the superlative, group 1, and its verb."""
    new_clause: Annotated[Pattern, _ANY] = NEVER
    """Where an independent clause starts."""
    after_name: Annotated[Pattern, r"(?-i:[^\W\d_]\w+, (?:{})\b)"] = NEVER
    """Lower-case words that follow the name of a person addressed: "Clara, how …"."""
    asked_after_name: Annotated[Pattern, r"(?-i:[A-ZÀ-Þ][\wà-ÿ]+, (?=(?:{})\b))"] = NEVER
    """Lower-case words that follow the name of a person asked: "Clara, how did …?"."""
    title_tags: Annotated[Pattern, r"[,.]\s+(?:{})\s*\?$"] = NEVER
    """Question tags, as in "It works, right?", which are removed from titles."""
    title_breaks: Forms = ()
    """Words before which a title may end or start."""
    title_ends: Forms = ()
    """Words before which a title may end at a cost, because the rest belongs to it."""
    subjects: Words = frozenset()
    """Pronouns that start a clause."""
    relatives: Words = frozenset()
    """Start a relative clause."""
    infinitive: str = ""
    """The word between a verb and an infinitive: "failed to guarantee"."""
    past_endings: Forms = ()
    """Endings of verbs in the past tense."""
    adverb_endings: Forms = ()
    """Endings of words that name no subject."""
    attribute_endings: Forms = ()
    """Endings of words that describe rather than name; weak in a tag."""
    gerund_endings: Forms = ()
    """Endings of words that name an action; a little weak in a tag."""
    past: Words = frozenset()
    """Verbs in the past tense, in addition to the endings."""
    imperatives: Words = frozenset()
    """Start advice."""
    verbs: Words = frozenset()
    """Further verbs; a heading needs a verb."""
    being: Words = frozenset()
    """Forms of "to be"."""
    auxiliary: Words = frozenset()
    """After "this", show that "this" refers to something earlier."""
    elliptical: Words = frozenset()
    """With which a short sentence ends that leaves its verb to the one before: "don't"."""
    dummy_verbs: Words = frozenset()
    """After the dummy subject, show that it refers to nothing: "it began"."""
    dummy_subject: str = ""
    """Refers to nothing before a dummy verb: "it"."""
    existential: str = ""
    """Before a form of "to be", states existence: "there"."""
    introducing: Words = frozenset()
    """Before a noun, not an auxiliary, name their subject: "this list saves"."""
    leaning: Words = frozenset()
    """At the start, make a sentence depend on the one before."""
    leaning_starts: Words = frozenset()
    """The same for a sentence of a text, in addition to `leaning`."""
    leaning_headings: Words = frozenset()
    """The same for a heading, in addition to `leaning`."""
    leaning_early: Words = frozenset()
    """The same if a comma follows, among the first three words of a sentence."""
    pointing: Words = frozenset()
    """Words with which no thought ends."""
    strong: Words = frozenset()
    """Words that keep a listener's attention."""
    emphatic: Words = frozenset()
    """Function words that are emphasized in captions nevertheless."""
    loose: Words = frozenset()
    """Weak anywhere in a title."""
    shrugs: Words = frozenset()
    """Weak anywhere in a title, in addition to `loose`."""
    pause_words: Words = frozenset()
    """Stand in for a pause after a subject or a comma: "she was, like, late"."""
    weak_starts: Words = frozenset()
    """Weak at the start of a title."""
    pointed_starts: Words = frozenset()
    """Weak at the start of a title, but less so."""
    scene_starts: Words = frozenset()
    """Set a scene at the start of a title, which tells nothing yet."""
    personal: Words = frozenset()
    """Refer to the speaker or the listener: good in a title."""
    general: Words = frozenset()
    """Make a sentence advice or a general statement."""
    readers: Words = frozenset()
    """Show that a question addresses the reader."""
    before_verbs: Words = frozenset()
    """Precede a verb, not a subject."""
    opening_words: Words = frozenset()
    """Capitalized at the start of sentences without being names; in addition to the stop words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CuePatterns:
    """Words that show what a sentence does for a clip; see `pipeline.analysis.lexical_cues`."""

    numbers: Annotated[Pattern, r"\d|\b(?:{})\b"] = NEVER
    """Number words; digits count in every language."""
    listener: Annotated[Pattern, _WORD] = NEVER
    """Address the listener."""
    story: Annotated[Pattern, _WORD] = NEVER
    """Tell what happened."""
    contrast: Annotated[Pattern, _WORD] = NEVER
    """Contradict what people believe or expect."""
    strong: Annotated[Pattern, _WORD] = NEVER
    """Express a strong feeling or an extreme."""
    teaching: Annotated[Pattern, _WORD] = NEVER
    """Explain how to do something."""
    hedging: Annotated[Pattern, _WORD] = NEVER
    """The speaker is unsure or searches for words."""
    promotion: Annotated[Pattern, _WORD] = NEVER
    """Advertise."""
    ceremony: Annotated[Pattern, _WORD] = NEVER
    """Greet, thank, introduce, take leave."""
    backchannel: Annotated[Pattern, _WORD] = NEVER
    """In a short sentence, signal attention without content."""
    connectives: Annotated[Pattern, r"^(?:{})\b"] = NEVER
    """At the start, continue the sentence before."""
    pointers: Annotated[Pattern, r"^(?:{})\b"] = NEVER
    """At the start, refer to the sentence before."""
    tags: Annotated[Pattern, r"(?s:\w.*?[,.]\s+(?:{})\s*\?$)"] = NEVER
    """Question tags, as in "It works, right?", which is no real question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Word classes that are counted in each sentence; a trained model weighs the counts."""

    past: Annotated[Pattern, _WORD] = NEVER
    """Verbs in the past tense."""
    future: Annotated[Pattern, _WORD] = NEVER
    """Say what will be."""
    negation: Annotated[Pattern, _WORD] = NEVER
    """Negations."""
    absolute: Annotated[Pattern, _WORD] = NEVER
    """Leave no exception."""
    intensity: Annotated[Pattern, _WORD] = NEVER
    """Intensify."""
    superlative: Annotated[Pattern, _WORD] = NEVER
    """Superlatives."""
    comparison: Annotated[Pattern, _WORD] = NEVER
    """Compare."""
    cause: Annotated[Pattern, _WORD] = NEVER
    """Give a cause."""
    condition: Annotated[Pattern, _WORD] = NEVER
    """State a condition."""
    opinion: Annotated[Pattern, _WORD] = NEVER
    """Introduce an opinion."""
    matters: Annotated[Pattern, _WORD] = NEVER
    """Say that something matters, succeeds or fails."""
    feeling: Annotated[Pattern, _WORD] = NEVER
    """Name a feeling."""
    hesitation: Annotated[Pattern, _WORD] = NEVER
    """Hesitate."""
    doubt: Annotated[Pattern, _WORD] = NEVER
    """Express doubt."""
    number: Annotated[Pattern, r"\d|\b(?:{})\b"] = NEVER
    """Number words; digits count in every language."""
    speech: Annotated[Pattern, _WORD] = NEVER
    """Report what somebody says."""
    time: Annotated[Pattern, _WORD] = NEVER
    """Say when."""
    openings: Annotated[Pattern, r"\s*(?:{})\b"] = NEVER
    """At the start, join a sentence to the one before, or stall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberStyle:
    """How numbers are written in running text."""

    in_words: tuple[str, ...] = ()
    """Zero, one, …, as far as numbers are in words; empty where the form depends on the noun."""
    measures: Words = frozenset()
    """Follow a number in figures, however low: "2 inches"."""
    labels: Words = frozenset()
    """Precede a number in figures: "step 2"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureStyle:
    """How spoken numbers are written in texts."""

    thousands: str = ""
    """Between the thousands: "," in 1,008."""
    grouped_from: int = 5
    """Digits from which the thousands are marked."""
    percent: str = "%"
    """Follows a figure, with the space before it."""
    percent_words: Annotated[Pattern, r"\s+(?:{})(?![\w-])"] = NEVER
    """What is said for it: "per cent"."""
    joins: Annotated[Pattern, r"\s+(?:{})\s+"] = NEVER
    """Between two numbers of the same form: "eight to twelve"."""
    articles: Annotated[Pattern, r"\b(?:{})\s+$"] = NEVER
    """Mean one before a hundred: "a hundred and eighty"."""
    great_scales: Words = frozenset()
    """Million, billion: stay in words after a figure."""
    words_before: Annotated[Pattern, r"\b(?:{})\s+$"] = NEVER
    """Before a number, keep it in words: "half past eleven", "a few hundred"."""
    words_after: Annotated[Pattern, r"\s+(?:{})\b"] = NEVER
    """After a number, keep it in words: "twelve and a half"."""
    paired_years: bool = False
    """Whether years are said as pairs: "nineteen sixty-eight"."""
    before_year: Annotated[Pattern, r"\b(?:{})\s+$"] = NEVER
    """Before a number, show that it is a year: "in"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clauses:
    """Word classes by which clauses are told apart; see `pipeline.language.run_ons`."""

    subjects: Words = frozenset()
    """Pronouns that begin a main clause after a comma."""
    contracting: Words = frozenset()
    """Further words that do so with their verb alone: "that's"."""
    alternatives: Words = frozenset()
    """Before the last of several clauses that belong together: "or"."""
    adverb_endings: Forms = ()
    """Endings of adverbs that belong to the clause after them: "honestly"."""
    determiners: Words = frozenset()
    """Begin a main clause at the start of a sentence, beside `subjects` and names."""
    articles: Words = frozenset()
    """Of `determiners`, those with which a clause may begin after a comma: "an old man put it"."""
    joins: Words = frozenset()
    """Join clauses: "and"."""
    interjections: Words = frozenset()
    """Before a clause, beside `joins`; they may begin direct speech: "well"."""
    finite: Words = frozenset()
    """Finite verbs: they show that words are a clause."""
    finite_endings: tuple[str, ...] = ()
    """Endings of finite verbs."""
    verb_within: int = 0
    """Words after a subject among which a main clause has its verb; 0: anywhere."""
    relatives: Words = frozenset()
    """Begin a relative clause or an indirect question."""
    trailing: Words = frozenset()
    """Of `relatives`, those whose clause may end a sentence: "silent since he died"."""
    before_complementizers: Words = frozenset()
    """Verbs after which `complementizers` begin what was said."""
    subjectless: Words = frozenset()
    """Verbs with which a statement begins only if it was torn off: "took"."""
    adding: Words = frozenset()
    """Of `relatives`, those that after a comma add to a clause that is complete: "who"."""
    adverbial_nouns: Words = frozenset()
    """Second or third in a phrase that says when: "the first time I came"."""
    open_ends: Words = frozenset()
    """Words with which no clause ends that is followed by another: "I said, I"."""
    unfinished: Words = frozenset()
    """Words after which a clause was given up: "it doesn't even, it"."""
    being: Words = frozenset()
    """Verbs with which a clause of two words was given up: "it was, there's"."""
    no_verbs: Words = frozenset()
    """Follow a pronoun that begins no clause: "you know"."""
    opinions: Words = frozenset()
    """Follow a pronoun in a remark in passing: "I think"."""
    continues: Words = frozenset()
    """Continue the clause before a remark in passing: "a call, it was a Tuesday, from"."""
    framing_nouns: Words = frozenset()
    """Subjects whose clause goes on with a clause: "the thing is, it's"."""
    saying: Forms = ()
    """Follow a subject and introduce direct speech after a comma: "said"."""
    exclaiming: Forms = ()
    """Introduce direct speech that begins with a capital: "was like", "says"."""
    exclamations: Words = frozenset()
    """Words with which such speech begins: "hey"."""
    complementizers: Words = frozenset()
    """After a verb of saying, begin indirect speech even after a colon: "that"."""
    speech_starts: Words = frozenset()
    """After a comma, begin direct speech, where it may be indirect: "hey". Default: any word."""
    announces: str = ""
    """Replaces the comma before direct speech, with the space after it: ": "."""
    inside: str = ""
    """Marks that stand before a closing quotation mark, not after it: ".,"."""
    reporting: Forms = ()
    """Further forms of such verbs; a clause with one may go on with what was said."""
    not_reporting: Words = frozenset()
    """Before the subject, show that no direct speech follows: "as she said"."""
    resuming: Forms = ()
    """After a comma, end direct speech: "and that was"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Introductions:
    """How people say their names; NAME in a form stands for one to four capitalized words."""

    own: Forms = ()
    """A speaker's own name: "my name is NAME"."""
    guests: Forms = ()
    """The name of somebody who speaks next: "my guest today is NAME"."""
    no_names: Words = frozenset()
    """Capitalized in such a place without being a name: "I'm American"."""
    titles: Words = frozenset()
    """Precede a name and are none alone: "Dr. Bennett"; without their full stop."""
    particles: Words = frozenset()
    """Lower-case words within a name: "Rosa van Dam"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standfirst:
    """The words with which an article says who talks and for how long; names are in braces."""

    conversation: str = ""
    """A guest and a host: "{guest} in conversation with {host}"."""
    discussion: str = ""
    """Several people: "{names} in conversation"."""
    talk: str = ""
    """One person: "A talk by {names}"."""
    nameless: tuple[str, str] = ("", "")
    """A conversation and a talk of people whose names are not known."""
    minutes: tuple[str, str] = ("", "")
    """One minute, and "{count} minutes"."""
    condensed: str = ""
    """After the length: "edited and condensed"."""
    joins: tuple[str, str] = (", ", " and ")
    """Between names, and before the last."""
    stop: str = "."
    """Ends a sentence."""
    who: Annotated[Pattern, r"(?:{})"] = NEVER
    """After a name, what the person is or does, without a comma: "who restores lenses"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowNotes:
    """The headings in show notes, and the name of a first chapter."""

    introduction: str = ""
    """The first chapter, before the first topic: "Introduction"."""
    topics: str = ""
    """What is talked about, with times: "Topics"."""
    people: str = ""
    """Who is introduced: "People"."""
    links: str = ""
    """Addresses that were said: "Links"."""
    quotes: str = ""
    """Quotations: "Quotes"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """Facts about one language; the defaults mean that nothing is known."""

    name: str = ""
    """The English name of the language."""
    asked_by_name: bool = False
    """Whether prompts name the language instead of saying "the language of the talk"."""
    spaces: bool = True
    """Whether spaces separate words."""
    capitals: bool = True
    """Whether the script has capitals, which mark names."""
    capitalised_nouns: bool = False
    """Whether every noun is capitalized, so that a capital does not mark a name."""
    inflects_names: bool = False
    """Whether names are inflected, so that words that share three letters may be the same name."""
    exact_names: bool = False
    """Whether names have no endings except a final s: Robert is not Roberta."""
    spaced_marks: bool = False
    """Whether a space precedes : ; ! ? and is kept."""
    quotation_marks: tuple[str, str] = ("“", "”")
    """The opening and the closing quotation mark."""
    inner_quotation_marks: tuple[str, str] = ("‘", "’")
    """The same of a quotation within a quotation."""
    dash: str = " – "
    """The dash between clauses, with its spaces."""
    spoken_numbers: bool = False
    """Whether the package text2num reads number words of the language."""
    dotted_ordinals: bool = False
    """Whether a number with a full stop is an ordinal: "am 3. Mai"."""

    fillers: Forms = ()
    """Sounds that are never words, in lower case: may be cut from the video."""
    hesitations: Words = frozenset()
    """Sounds left out of texts; more than the fillers, because a sound may be a word elsewhere."""
    clause_hesitations: Forms = ()
    """Sounds left out of texts at the start of a clause, in scripts without spaces."""
    stop_words: Words = frozenset()
    """Words without content. Default: those of the package stop-words."""
    function_words: Words = frozenset()
    """Further function words; never emphasized in captions."""
    polite_pronouns: Words = frozenset()
    """Pronouns that are capitalized out of courtesy."""
    common_words: Words = frozenset()
    """Long words that fit any subject; never emphasized in captions."""
    vague_nouns: Words = frozenset()
    """Nouns that name no subject: no tags, no headings. Default: the English ones."""
    determiners: Words = frozenset()
    """Precede a noun, not a verb."""
    name_starts: Words = frozenset()
    """Belong to the name that follows: New York."""
    last_words: Words = frozenset()
    """Words with which no text may end. Default: the stop words."""
    adverb_endings: Forms = ()
    """Endings of long words that are not worth emphasizing."""
    content_letters: int = 0
    """Words in no list are worth emphasizing from this many letters on; 0: never."""

    number_words: Words = frozenset()
    """Number words. Default: the English ones."""
    uncounted_numbers: Words = frozenset()
    """Number words that are not emphasized, before a unit or alone."""
    lit_numbers: bool = False
    """Whether number words are emphasized in captions."""
    ordinals: Words = frozenset()
    """First, second, finally. Default: the English ones."""
    scales: Words = frozenset()
    """Hundred, million: emphasized together with the number before."""
    units: Words = frozenset()
    """Years, meters: emphasized together with the number before."""
    months: Words = frozenset()
    """Beside a number, show that it is a date: "May 5"."""
    counters: tuple[Forms, ...] = ()
    """Forms that start the first, second, … point of a list."""
    continuing: Forms = ()
    """At the start, dropped where nothing stands before: "and then". Default: `and_words`."""
    and_words: Forms = ()
    """Precede a counter or a restarted clause: "and"."""
    or_words: Words = frozenset()
    """After a counter, show that it counts something else: "two or three"."""

    abbreviations: Words = frozenset()
    """Their full stop ends no sentence in a transcript; lower case, without the last full stop."""
    written_abbreviations: Forms = ()
    """Abbreviations whose full stop ends no sentence of running text, with their capitals."""
    short_forms: Words = frozenset()
    """Keep their full stop before a lower-case letter."""
    question_words: Words = frozenset()
    """Start a question."""
    question_endings: tuple[str, ...] = ()
    """Letters that end a question without a question mark."""
    question_tags: Annotated[Pattern, r",\s+¿?(?:{})\s*\?$"] = NEVER
    """Question tags, as in "It works, right?", which are removed from texts."""
    unfinished: Annotated[Pattern, r"(?:{})[。]?$"] = NEVER
    """Endings that show that a sentence continues."""

    repeated: Words = frozenset()
    """Repeated only by mistake, because no clause ends with them."""
    repeated_without_comma: Words = frozenset()
    """Repeated only by mistake unless a comma separates them: "so do I, I think"."""
    repeated_in_runs: Words = frozenset()
    """Words that may end a clause, but not a repeated run of words: "la", "que"."""
    repeated_at_front: Words = frozenset()
    """Repeated by mistake at the start of a clause."""
    before_clauses: Words = frozenset()
    """Words after which a clause starts."""
    alongside: Words = frozenset()
    """Connect two items: "my friend and I, I mean it" contains no repetition."""
    negations: Words = frozenset()
    """Negations; if repeated, they are intended."""
    operators: Words = frozenset()
    """Stand between terms that may be equal: "a plus a plus a"."""
    arithmetic: Forms = ()
    """Further words between the numbers and letters of a formula, whatever else they mean."""
    intensifiers: Words = frozenset()
    """Repeated on purpose: "very, very"."""
    breaking: Words = frozenset()
    """Words with which no statement ends, unless it was broken off: "the"."""
    pronouns: Words = frozenset()
    """Stand for somebody or something that was named before: "he", "it"."""
    impersonal: Annotated[Pattern, _WORD] = NEVER
    """Pronouns that stand for nothing, with what shows it: "il y a"."""
    demonstratives: Words = frozenset()
    """Point at something that was said before unless they join clauses: "that"."""
    negating: Forms = ()
    """Further words that negate: "don't", "without"; in scripts without spaces, parts of words."""

    takeaways_heading: str = ""
    """Heading of the last part of an article; if empty, the part is omitted."""
    profanity: Forms = ()
    """Words that a broadcaster bleeps: whole words, lower case, ß as ss."""
    profanity_everywhere: Forms = ()
    """Words to bleep in talks of every language: whole words, lower case."""
    boilerplate: Forms = ()
    """Empty phrases typical of machine-written text."""
    insults: Words = frozenset()
    """Words of abuse that are not swearing: no title or hook is made of them."""
    model_commands: Forms = ()
    """Speak to a language model that may read along: "ignore all instructions"."""
    subtitle_words: Forms = ()
    """Start subtitle credits, which recognizers add to silence: "subtitles"."""
    subtitle_makers: Forms = ()
    """Precede the name of the subtitles' author: "by"."""
    silent_phrases: Forms = ()
    """Whole sentences that recognizers add to silence."""
    silent_marks: Forms = ()
    """Show anywhere in a sentence that a recognizer added it to silence."""

    markers: Markers | None = None
    """Discourse markers."""
    grammar: Grammar | None = None
    """Word classes; without them, a text is judged by `markers`, length and order."""
    cues: CuePatterns | None = None
    """What a sentence does for a clip; only the English ones are used, in every language."""
    wording: Wording | None = None
    """Word classes that the highlight model counts; only the English ones are used."""
    numbers: NumberStyle | None = None
    """How numbers are written; without it they stay as the recognizer writes them."""
    figures: FigureStyle | None = None
    """How spoken numbers are written in texts; without it they stay as they were said."""
    introductions: Introductions | None = None
    """How people say their names."""
    standfirst: Standfirst | None = None
    """How an article says who talks and for how long; without it, it does not."""
    show_notes: ShowNotes | None = None
    """The headings in show notes; without them, parts have none, and chapters no introduction."""
    clauses: Clauses | None = None
    """Word classes that tell clauses apart; without them, sentences keep their punctuation."""


ENGLISH = "en"
_UNKNOWN = Language()
_REQUIRED = ("name", "spaces")


def any_of(forms: Iterable[str]) -> str:
    """Return a regular expression of alternatives; one that matches nothing if there are none."""
    return "|".join(forms) or "(?!)"


@cache
def language(code: str) -> Language:
    """Return the facts about a language. Raises LanguageError if its file is invalid."""
    return _all().get(code, _UNKNOWN)


def codes() -> tuple[str, ...]:
    """Return the languages that have a file: English, then alphabetically."""
    return tuple(_all())


def of_all(pick: Callable[[Language], Iterable[T]]) -> tuple[T, ...]:
    """Collect entries of all languages, English first.

    For patterns that apply in every language, because talks mix languages.
    """
    return tuple(found for known in _all().values() for found in pick(known))


def read(path: Traversable) -> Language:
    """Read a language's file. Raises LanguageError, which names the file and the key."""
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
    """Build a dataclass from a TOML table; `place` is the table's location, for errors."""
    hints = get_type_hints(kind, include_extras=True)
    for key in raw:
        if key not in hints:
            raise LanguageError(f"{place}{key} is unknown")
    return kind(**{key: _value(hints[key], value, f"{place}{key}") for key, value in raw.items()})


def _value(hint: Any, value: object, place: str) -> object:
    """Convert a TOML value to the type of its field."""
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
