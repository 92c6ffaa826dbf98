"""Finds what a reader stumbles over at the borders of a text's parts."""

import re
from collections.abc import Iterator, Sequence

from bench.texts.drafts import PROSE, Draft, Part
from bench.texts.findings import Finding
from bench.texts.word_classes import WordClasses
from pipeline.language import languages, lexicon
from pipeline.language.disfluencies import bare

ELLIPSIS = re.compile(r"(?:…|\.\.\.)[\"”’»」)]*$")
_TIME = re.compile(r"\s*\(\d+:\d\d(?::\d\d)?\)$")  # after a heading
MARKS = "¡¿\"„“«‘'(-–— 「"  # may stand before the first word
ASKING = ("?", "？", *languages.of_all(lambda known: known.question_endings))
# After "this" and "that", show that they stand alone: "this is", not "this list".
ALONE = re.compile(
    r"is|was|isn't|wasn't|are|were|ha[sd]|will|would|can|could|may|might|does|did|should|means?|"
    r"meant|makes|made|happen(?:s|ed)|goes|went|works?|worked|leads|took|takes|gets|got|all|really|"
    r"just|also|in|on|at|one"
)


def asks(sentence: str) -> bool:
    """Whether a sentence is a question."""
    return sentence.rstrip('"”’» ').endswith(ASKING)


def find_questions(draft: Draft) -> Iterator[Finding]:
    """Find questions that the reader cannot place: alone in a message, or vague at the end."""
    parts = [p for p in draft.parts if p.kind not in ("tags", "label", "title")]
    if not parts or draft.kind == "blog_post":
        return
    for part in parts:
        if part.kind == "message" and all(map(asks, part.sentences)):
            yield Finding("bare question", part.text)
    last = parts[-1].sentences[-1]
    if asks(last) and (why := _leans_on(last, draft)):
        yield Finding("vague question", last, why)


def _leans_on(question: str, draft: Draft) -> str:
    """Return the pronoun in a question that no noun stands before, else ""."""
    words, tokens = draft.words, [bare(t) for t in question.split()]
    if not languages.language(draft.language).spaces:
        return next((p for p in words.pronouns if p in question), "")
    named = False
    for before, token, raw in zip(["", *tokens], tokens, question.split(), strict=False):
        named = named or (before in words.determiners and token not in words.pronouns)
        named = named or (before != "" and raw[0].isupper() and token not in ("i", "i'm"))
        if token in words.pronouns and not named:
            return token
    return ""


def find_leaning(draft: Draft) -> Iterator[Finding]:
    """Find passages that begin with a word which refers to what the reader does not see.

    A passage begins with the text, or below a heading; what follows goes on from it. An answer
    right below a question that is a heading is about what that names.
    """
    for at, part in enumerate(draft.parts):
        above = draft.parts[at - 1] if at else None
        if above and (above.kind not in ("heading", "title", "label") or _asks(above.text)):
            continue
        word = leans(part.sentences[0], draft) if part.opens and part.sentences else ""
        if word:
            yield Finding("leaning", part.sentences[0], f"begins with “{word}”")


def _asks(heading: str) -> bool:
    return asks(_TIME.sub("", heading))


def leans(sentence: str, draft: Draft) -> str:
    """Return the word at the start that refers to the sentence before, else ""."""
    words, start = draft.words, sentence.lstrip(MARKS)
    if not languages.language(draft.language).spaces:
        return next((w for w in sorted(words.leaning) if start.startswith(w)), "")
    tokens = [bare(t) for t in start.split()]
    if not tokens or tokens[0] not in words.leaning or words.impersonal.match(start):
        return ""
    return "" if _points_within(tokens, start, words, draft.language) else tokens[0]


def _points_within(tokens: Sequence[str], sentence: str, words: WordClasses, language: str) -> bool:
    """Whether the first word refers to the sentence itself: "Because it rained, we stayed"."""
    if tokens[0] in words.dependent:
        return "," in sentence
    if language == languages.ENGLISH and tokens[0] in ("this", "that", "these", "those"):
        after = tokens[1] if len(tokens) > 1 else ""
        return (
            bool(after) and after not in lexicon.stop_words(language) and not ALONE.fullmatch(after)
        )
    return (
        language == "de"
        and tokens[0] in ("der", "die", "das", "dem", "den")
        and (len(tokens) > 1 and any(t[:1].isupper() for t in sentence.split()[1:3]))
    )


def find_torn(draft: Draft) -> Iterator[Finding]:
    """Find parts that begin or end within a sentence, and sentences that nobody finished."""
    for part in draft.parts:
        if part.kind not in PROSE:
            continue
        if why := _torn(part):
            yield Finding("torn", part.text, why)
            continue
        for sentence in part.sentences:
            if why := _unfinished(sentence, draft):
                yield Finding("torn", sentence, why)


def _torn(part: Part) -> str:
    if ELLIPSIS.search(part.text):
        return "ends with an ellipsis"
    first = part.text.lstrip(MARKS)[:1]
    if part.text.startswith(("…", "...")) or (part.opens and first.islower()):
        return "begins in the middle"
    return ""


def _unfinished(sentence: str, draft: Draft) -> str:
    """Return the word at the end of a sentence that shows that the rest is missing, else "".

    Articles and conjunctions always do; prepositions do where the speaker broke off.
    """
    tokens, source = draft.spoken.tokens(sentence), draft.spoken.find(sentence)
    if not tokens or asks(sentence):
        return ""
    last = tokens[-1].word
    broken = bool(source and ELLIPSIS.search(draft.transcript.sentences[source.last].text))
    wrong = draft.words.never_last | (draft.words.ends - draft.words.pronouns if broken else set())
    return f"ends with “{last}”" if last in wrong else ""
