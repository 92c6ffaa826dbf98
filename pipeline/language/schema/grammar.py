"""The `[markers]` and `[grammar]` of a language: words that rank sentences, titles and headings."""

from dataclasses import dataclass
from typing import Annotated

from pipeline.language.schema.entries import ANY, NEVER, WORD, Forms, Pattern, Words


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
    asides: Forms = ()
    """Between commas, without content: "é", "ну"; more would be an explanation."""


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
    repairs: Annotated[Pattern, ANY] = NEVER
    """A restarted clause: "that was, yeah, that was mine"; group 1 is kept."""
    subordinate: Annotated[Pattern, r"(?:{})\s"] = NEVER
    """Start a subordinate clause, which is half a thought."""
    conjunctions: Annotated[Pattern, r"(?:{})\s+"] = NEVER
    """Start a clause and can be omitted."""
    chatter: Annotated[Pattern, WORD] = NEVER
    """Talk about the talk: greetings, thanks, ads; never worth quoting."""
    meta: Annotated[Pattern, WORD] = NEVER
    """Refer to the talk itself, to doubts, or to the audience in the room: weak in a text."""
    superlatives: Annotated[Pattern, ANY] = NEVER
    """A subject in the superlative, group 1, and its verb."""
    new_clause: Annotated[Pattern, ANY] = NEVER
    """Where an independent clause starts."""
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
    dummy_verbs: Words = frozenset()
    """After the dummy subject, show that it refers to nothing: "it began"."""
    existential: str = ""
    """Before a form of "to be", states existence: "there"."""
    leaning: Words = frozenset()
    """At the start, make a sentence depend on the one before."""
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
    before_verbs: Words = frozenset()
    """Precede a verb, not a subject."""
    opening_words: Words = frozenset()
    """Capitalized at the start of sentences without being names; in addition to the stop words."""
