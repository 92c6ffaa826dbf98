"""Make spoken sentences readable by leaving words out; words are never added or changed."""

import re
from collections.abc import Iterable
from functools import cache

from pipeline.language import languages, lexicon
from pipeline.language.disfluencies import EDGES, bare, drop_stutters, is_restart
from pipeline.language.languages import of_all
from pipeline.language.schema.entries import any_of

# A sentence that is shorter than both limits may occur twice; the second limit is for scripts
# without spaces.
REPEATABLE_WORDS = 5
REPEATABLE_LETTERS = 24
_BETWEEN = re.compile(
    r"(?<=[.!?…])\s+(?!»(?:[\s.,]|$))|(?<=[.!?…][\"”“'’»])\s+|(?<=[.!?…]\s»)\s+|"
    r"(?<=[。！？])(?![」』”])|(?<=[。！？][」』”])"
)
_TOKEN = re.compile(r"\S+")
_ABBREVIATION = re.compile(
    rf"\b(?:{any_of(of_all(lambda known: known.written_abbreviations))}|[A-Z])\.$"
)
_STOP_WITHIN = re.compile(r"\b([a-zà-ÿ']{2,})\.\s+(?=[a-zà-ÿ])")
_SHORT_FORMS = frozenset(of_all(lambda known: known.short_forms))
_WIDE = r"[\u3000-\u9fff\uff00-\uffef]"  # letters and marks of Chinese and Japanese
_AFTER_WIDE = re.compile(rf"(?:(?<=[。！？」』])|(?<=[。！？]”)) (?=\S)|(?<=…) (?={_WIDE})")
_HESITATION = re.compile(  # only at the start of a clause: "额" also ends words
    rf"(?:^|(?<=[、，。！？,]))(?:{any_of(of_all(lambda known: known.clause_hesitations))})"
    r"[、，,…]\s*"
)
_AGAIN = re.compile(  # a restarted clause that contains no number and no negation
    r"(?:^|(?<=[、，。！？]))([^\W\d_一二三四五六七八九十百千万零两不没别無无]{2,6})[、，](?=\1)"
)
_LINK = re.compile(r"!?\[([^\[\]]{0,300})\]\([^()\s]{0,2000}[:/.#][^()]{0,2000}\)")
_TAG = re.compile(
    r"</?(?:a|abbr|b|body|br|button|code|div|em|embed|font|form|h[1-6]|head|html|i|iframe|img|input|"
    r"li|link|meta|object|ol|p|pre|script|span|strong|style|svg|table|td|tr|u|ul|video|audio)\b"
    r"[^<>]{0,2000}>|<!--.{0,2000}?-->",
    re.DOTALL | re.IGNORECASE,
)
_MARKUP = re.compile(r"\]\(|<[A-Za-z/!]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_PAIRS = (("„", "“"), ("“", "”"), ("«", "»"), ("「", "」"), ("『", "』"))
_OPERATORS = frozenset("+-*/=<>^")  # a formula continues: "a + ... + z"


def plain(text: str) -> tuple[str, ...]:
    """Return the bare words of a text; sentences with equal bare words say the same."""
    return tuple(word for token in text.split() if (word := bare(token)))


def together(texts: Iterable[str]) -> str:
    """Join sentences, without a space if the script has none."""
    return _AFTER_WIDE.sub("", " ".join(texts))


def may_repeat(text: str) -> bool:
    """Return whether a sentence ("Exactly.", "I don't know.") is so short that it may recur."""
    return len(plain(text)) < REPEATABLE_WORDS and len(text) < REPEATABLE_LETTERS


def split_sentences(text: str) -> list[str]:
    """Split running text into sentences.

    Abbreviations, decimals and an ellipsis before a small letter do not end one.
    """
    sentences: list[list[str]] = []
    for piece in filter(None, re.split(_BETWEEN, text.strip())):
        before = sentences[-1][-1] if sentences else ""
        goes_on = piece[0] in _OPERATORS or (before.endswith("…") and piece[0].islower())
        if before and (_ABBREVIATION.search(before) or goes_on):
            sentences[-1].append(piece)
        else:
            sentences.append([piece])
    return [" ".join(pieces) for pieces in sentences]


def strip_markup(text: str) -> str:
    """Remove markup that a page would interpret (tags, links, headings), and control characters."""
    text = _LINK.sub(r"\1", _TAG.sub(" ", _CONTROL.sub(" ", text))).lstrip("#>*` \t")
    return text.replace("](", "] (").replace("<", "‹") if _MARKUP.search(text) else text


def shorten(text: str, most: int) -> str:
    """Cut a text to at most `most` characters, at a comma or a word end, with an ellipsis."""
    if len(text) <= most:
        return text
    cut = max(text.rfind(mark, most // 2, most) for mark in (", ", "，", "、", "; "))
    cut = cut if cut > 0 else text.rfind(" ", most // 2, most)
    return (text[:cut] if cut > 0 else text[: most - 1]).rstrip(" ,;，、") + "…"


def tidy(sentence: str, language: str = "en", *, answered: bool = False) -> str:
    """Remove fillers and stutters; capitalize the start and end with a full stop.

    The remaining words and numbers are the speaker's own, in order. May return "". `answered`:
    another person speaks next, so that "You were twelve, right?" was a real question.
    """
    sentence = _STOP_WITHIN.sub(_join_at_false_stop, sentence)  # a pause recognized as a full stop
    tokens = _drop_fillers(_TOKEN.findall(sentence), language)
    tokens = drop_stutters(tokens, language)
    text = " ".join(tokens)
    known = languages.language(language)
    if not known.spaces:
        text = _stutters(language).sub("", _AGAIN.sub("", _HESITATION.sub("", text)))
    if not answered:
        text = _drop_tag(text, language)
    text = _drop_unpaired_quotes(text)
    marks = "[,.]+" if known.spaced_marks else "[,.;:!?]+"  # « Comment ? »
    text = re.sub(rf"(?<![-+*/=<>^\s])\s+({marks})(?=\s|$)", r"\1", text)
    text = re.sub(r"(?<![-+*/=<>^.\s])\s*(?:\.{2,}|…|--+)$", ".", text)
    text = re.sub(r"^[,.;:!?…—–\-\s]+|[,;:—–\-\s]+$", "", text)
    text = _open_end(language).sub("", text)
    if not bare(text):
        return ""
    first = next((i for i, c in enumerate(text) if c not in "¿¡"), 0)
    text = text[:first] + text[first : first + 1].upper() + text[first + 1 :]
    return text if text[-1] in ".!?…。！？\"”'»)" else text + "."


@cache
def _open_end(language: str) -> re.Pattern[str]:
    """Return the pattern of a conjunction with which a sentence was broken off: ", and."."""
    return re.compile(rf"[,;–]\s*(?:{any_of(languages.language(language).and_words)})\.?$", re.I)


@cache
def _stutters(language: str) -> re.Pattern[str]:
    """Return the pattern of a word begun twice within a sentence, in scripts without spaces."""
    words = any_of(sorted(languages.language(language).repeated))
    return re.compile(rf"(?<=[^。！？])({words})[、，](?=\1)")


def _drop_tag(text: str, language: str) -> str:
    """Replace a question tag by a full stop, unless the sentence is a question itself.

    "It works, right?" is not a question; "Do you come, yeah?" is, and so is one that starts with
    "¿".
    """
    known = languages.language(language)
    first = bare(text.partition(" ")[0])
    asks = text.startswith("¿") or first in known.question_words
    return known.question_tags.sub("?" if asks else ".", text)


def _drop_unpaired_quotes(text: str) -> str:
    """Remove a quotation mark whose counterpart is in another sentence."""
    if text.count('"') == 1:
        text = re.sub(r'(?<!\d)"', "", text)  # 6" is a length
    for opening, closing in _PAIRS:
        if opening == "„" and text.count("“") == text.count("”"):
            continue  # English marks, whose opening one closes in German
        if text.count(opening) + text.count(closing) == 1 and not (closing == "”" and "„" in text):
            text = text.replace(opening, "").replace(closing, "")
    return text


def _join_at_false_stop(match: re.Match[str]) -> str:
    return match[0] if match[1] in _SHORT_FORMS else f"{match[1]} "


def _drop_fillers(tokens: list[str], language: str) -> list[str]:
    """Drop sounds like "um"; if one ends the sentence, its mark moves to the word before."""
    hesitations = lexicon.hesitations(language)

    def counts(token: str) -> bool:
        return bare(token) in lexicon.number_words(language) or token[:1].isdigit()

    kept: list[str] = []
    for token, after in zip(tokens, [*tokens[1:], ""], strict=False):
        if bare(token) not in hesitations or _is_abbreviation(token):
            kept.append(token)
        elif kept and kept[-1][-1].isalnum() and counts(kept[-1]) and counts(after):
            kept[-1] += ","  # "twenty um twenty" is no 2020
        elif kept and token[-1] in ".!?" and kept[-1][-1] not in ".!?":
            tag = token[-1] == "?" and kept[-1][-1] == "," and len(kept) > 1  # "It's fine, eh?"
            kept[-1] = kept[-1].rstrip(",;:") + ("." if tag else token[-1])
        elif is_restart(kept, after, language):
            kept.pop()
        elif (
            kept
            and kept[-1][-1] == token[-1] == ","
            and bare(kept[-1]) != bare(after)
            and not _keeps_comma(kept, after, language)
        ):
            kept[-1] = kept[-1][:-1]  # "it is, um, warm": the commas belonged to the sound
    return kept


def _keeps_comma(before: list[str], after: str, language: str) -> bool:
    """Return whether a comma should replace a dropped sound: a clause or a new item starts."""
    small = lexicon.stop_words(language)
    opener = len(before) == 1 and bare(before[0]) in languages.language(language).before_clauses
    if bare(after) in languages.language(language).question_words:
        return True  # "at, um, where was it, Hallow Rock"
    return opener or (bare(before[-1]) not in small and bare(after) in small)


def _is_abbreviation(token: str) -> bool:
    """Return whether a token is an abbreviation in capitals: the ER, die ÖH."""
    plain = token.strip(EDGES)
    return len(plain) > 1 and plain.isupper()
