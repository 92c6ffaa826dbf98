"""The `[clauses]` of a language: words by which its clauses are told apart."""

from dataclasses import dataclass

from pipeline.language.schema.entries import Forms, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Clauses:
    """Word classes by which clauses are told apart; see `pipeline.language.clauses`."""

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
    waiting_ends: Forms = ()
    """Ends of clauses that wait for what happened then: "I was there the night"."""
    ellipsis: str = "… "
    """Stands where a clause was broken off and taken up again, with its spaces."""
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
    comparing: Words = frozenset()
    """Of `continues`, those that belong to the word before them: "people like us"."""
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
