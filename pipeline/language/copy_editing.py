"""Punctuates a spoken sentence as a copy editor does.

What was given up is dropped (`false_starts`, `torn_ends`), direct speech is quoted
(`direct_speech`), run-ons become sentences (`run_ons`). No word is added. Where a rule is not sure,
the sentence stays as it was. The word classes are in the language's file (`[clauses]`).
"""

from pipeline.language.clauses import clause_rules
from pipeline.language.cleanup import tidy
from pipeline.language.direct_speech import quote_speech
from pipeline.language.false_starts import drop_false_starts, drop_restarts
from pipeline.language.run_ons import divide
from pipeline.language.torn_ends import drop_torn_end, resume


def punctuate(text: str, language: str) -> str:
    """Return a sentence, tidied, with its clauses punctuated; it may become several sentences."""
    text = drop_restarts(text, language)
    rules = clause_rules(language)
    if rules is None:
        return text
    text = drop_torn_end(drop_false_starts(text, rules), rules)
    return divide(quote_speech(text, language), rules)


def join_torn(spoken: str, after: str, language: str) -> str:
    """Return two sentences of a speaker as one if the second goes on where the first broke off.

    "The sun was low and the whole room just, um." and "It went." are "The sun was low and the whole
    room just … it went." Else "".
    """
    rules = clause_rules(language)
    if rules is None:
        return ""
    return resume(tidy(spoken, language), tidy(after, language), rules)
