"""The `[clauses]` of a language: verbs, and words by which a torn sentence is mended."""

from dataclasses import dataclass

from pipeline.language.schema.entries import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Clauses:
    """Word classes by which clauses are told apart."""

    subjects: Words = frozenset()
    """Pronouns that begin a main clause."""
    determiners: Words = frozenset()
    """Begin a main clause, beside `subjects`."""
    before_complementizers: Words = frozenset()
    """Verbs after which `complementizers` begin what was said."""
    complementizers: Words = frozenset()
    """After such a verb, go on with a clause: a stop between them is a mistake."""
    subjectless: Words = frozenset()
    """Verbs with which a statement begins only if it was torn off: "took"."""
