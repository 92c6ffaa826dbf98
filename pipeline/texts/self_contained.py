"""Tells whether a sentence can be read by somebody who has read nothing before it.

Titles, headings, hooks, summaries and takeaways stand first or alone. A pronoun in them needs what
it stands for in the same sentence: "I'd been in glass for years and never looked at it" has it, "If
you glue it, use the soft one" has not.
"""

from itertools import pairwise

from pipeline.analysis import lexical_cues
from pipeline.language import languages, lexicon
from pipeline.language.discourse_markers import depends_on_previous, is_chatter, marker_patterns
from pipeline.language.disfluencies import EDGES, bare
from pipeline.language.finite_verbs import is_finite, words
from pipeline.texts import sentence_weights
from pipeline.texts.sentence_weights import in_past

MAX_CLAUSE_COMMAS = 3


def is_self_contained(sentence: str, language: str) -> bool:
    """Return whether a sentence leans on nothing, and is neither small talk nor a calculation."""
    if not sentence_weights.alone(sentence, language) or is_chatter(sentence, language):
        return False
    if depends_on_previous(sentence, language) or lacks_referent(sentence, language):
        return False
    if sentence_weights.calculates(sentence, language) or sentence.count(",") > MAX_CLAUSE_COMMAS:
        return False
    grammar = languages.language(language).grammar
    if grammar is not None and grammar.subordinate.match(sentence) and "," not in sentence:
        return False  # "If you want to have two lists."
    if grammar is None:
        return not marker_patterns(language).weak.search(sentence)
    return not (
        grammar.meta.search(sentence)
        or grammar.doubts.search(sentence)
        or lexical_cues.read(sentence).hedge
    )


def lacks_referent(sentence: str, language: str) -> bool:
    """Return whether a pronoun stands for something that the sentence has not named yet."""
    known = languages.language(language)
    sentence = known.impersonal.sub("", sentence)
    tokens = [bare(t) for t in sentence.split()]
    named = False  # a noun, a name or a verb with content came before
    for at, (token, following) in enumerate(pairwise([*tokens, ""])):
        stem = token.partition("'")[0]
        if (token in known.pronouns or stem in known.pronouns) and not named:
            dummy = known.grammar is not None and (
                stem == known.grammar.dummy_subject and following in known.grammar.dummy_verbs
            )
            if not dummy:
                return True
        if token in known.demonstratives or stem in known.demonstratives:
            relative = at > 0 and _names(sentence.split()[at - 1], ["", *tokens][at - 1], language)
            verb = known.grammar is not None and _is_verb(following, language) and not relative
            if at == 0 or at == len(tokens) - 1 or token != stem or verb:
                return True
        if at == len(tokens) - 1 and token in lexicon.grammar(language).pointing - known.pronouns:
            return True  # "Has anyone died in there?"
        named = named or _names(sentence.split()[at], tokens[at - 1] if at else "", language)
    return False


def _names(token: str, before: str, language: str) -> bool:
    """Return whether a word names something that a later pronoun may stand for.

    In a language with a `Grammar`, a determiner, a preposition, a capital or a plural shows a noun.
    """
    known, word = languages.language(language), bare(token)
    if word in lexicon.stop_words(language) or len(word) <= 2 or _is_verb(word, language):
        return False
    if known.grammar is None or known.clauses is None:
        return True
    capital = token.strip(EDGES)[:1].isupper() and bool(before)
    noun = before in known.determiners | known.clauses.continues | lexicon.number_words(language)
    return noun or capital or word.endswith("s")


def _is_verb(token: str, language: str) -> bool:
    grammar = lexicon.grammar(language)
    return token in grammar.being | grammar.auxiliary | grammar.past | grammar.verbs or in_past(
        token, grammar
    )


def has_verb(sentence: str, language: str) -> bool:
    """Return whether a sentence has a finite verb, where the language's verbs are known.

    In "Half a patient more, and everybody waits" the first clause has none.
    """
    known = languages.language(language)
    if known.clauses is None or not known.clauses.finite:
        return True
    if known.grammar is None:
        return any(is_finite(token, language) for token in words(sentence, language))
    tokens = words(known.grammar.new_clause.split(sentence)[0], language)
    if not known.clauses.subjects.isdisjoint(tokens[:-1]):
        return True  # "We tell people": a verb follows such a pronoun
    return any(
        is_finite(token, language)
        or token in known.grammar.being | known.grammar.past | known.grammar.verbs
        or token in known.grammar.imperatives
        or "'" in token
        for token in tokens
    )
