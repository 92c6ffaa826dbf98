"""Punctuates a spoken sentence as a copy editor does.

What was given up is dropped (`false_starts`), direct speech is quoted (`direct_speech`), run-ons
become sentences (`run_ons`). No word is added. Where a rule is not sure, the sentence stays as it
was. The word classes are in the language's file (`[clauses]`).
"""

from pipeline.language.clauses import clause_rules
from pipeline.language.direct_speech import quote_speech
from pipeline.language.false_starts import drop_false_starts, drop_restarts, drop_torn_end
from pipeline.language.run_ons import divide


def punctuate(text: str, language: str) -> str:
    """Return a sentence, tidied, with its clauses punctuated; it may become several sentences."""
    text = drop_restarts(text, language)
    rules = clause_rules(language)
    if rules is None:
        return text
    text = drop_torn_end(drop_false_starts(text, rules), rules)
    return divide(quote_speech(text, language), rules)
