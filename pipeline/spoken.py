"""Makes spoken sentences readable by leaving things out, never by adding or changing words."""

import re
from collections.abc import Iterable

from pipeline import words
from pipeline.tongues import tongue

REPEATABLE_WORDS = 4
REPEATABLE_LETTERS = 24  # where words are not parted
_BETWEEN = re.compile(
    r"(?<=[.!?…])\s+|(?<=[.!?…][\"”'’»])\s+|(?<=[。！？])(?![」』”])|(?<=[。！？][」』”])"
)
_TOKEN = re.compile(r"\S+")
_EDGES = ".,!?;:…\"'“”‘’()[]«»—–-"
_ABBREVIATION = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|St|vs|etc|No|e\.g|i\.e|[A-Z])\.$")
_STOP_WITHIN = re.compile(r"\b([a-zà-ÿ']{2,})\.\s+(?=[a-zà-ÿ])")
_SHORT_FORMS = words.as_set("etc vs approx incl min max ca bzw usw evtl env av vgl")
SMALL = words.as_set(
    "i we the a an and it you he she they but so to of in that this my there's it's i'm i've "
    "that's he's she's they're we're you're what's"
)
_AFTER_WIDE = re.compile(r"(?<=[。！？…」』]) (?=\S)")
_HESITATION = re.compile(
    r"(?:えっと|えーっと|えーと|ええと|(?<![へねえ])えー|あのー|あのう|あの|うーん|その|(?<!まあ)まあ|"
    r"嗯|呃|唔|(?<![金数名余总差份限定面小大巨全])额)[、，,…]\s*"
)
_AGAIN = re.compile(r"([^\W\d_]{2,6})[、，]\1")
_LINK = re.compile(r"!?\[([^\[\]]{0,300})\]\([^()\s]{0,2000}\)")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,2000}>|<!--.{0,2000}?-->", re.DOTALL)
_MARKUP = re.compile(r"\]\(|<[A-Za-z/!]")
_MENDED = re.compile(  # "that was, yeah, that was": what comes again stays
    r"\b(\w+(?: \w+){0,3}), (?:yeah|well|sorry|i mean),? (?=\1\s+\w)", re.IGNORECASE
)
_NEVER = re.compile(r"(?!)")
_PAIRS = (("„", "“"), ("“", "”"), ("«", "»"), ("「", "」"), ("『", "』"))
_OPERATORS = frozenset("+-*/=<>^")  # a formula goes on: "a + ... + z"
_BOTH = words.as_set("und oder sowie bzw en of et ou y o e i и или")
_CUT_OFF = re.compile(r"[A-Za-zÀ-ÿ]+[-—–]$")


def bare(token: str) -> str:
    """A token without punctuation around it, small letters."""
    return token.strip(_EDGES).lower().replace("’", "'")


def plain(text: str) -> tuple[str, ...]:
    """Its words, bare: two sentences with the same say the same."""
    return tuple(word for token in text.split() if (word := bare(token)))


def together(texts: Iterable[str]) -> str:
    """Sentences one after another; no space where the script has none."""
    return _AFTER_WIDE.sub("", " ".join(texts))


def may_repeat(text: str) -> bool:
    """Whether a sentence is short enough to come twice: "Exactly.", "I don't know."."""
    return len(plain(text)) < REPEATABLE_WORDS and len(text) < REPEATABLE_LETTERS


def split_sentences(text: str) -> list[str]:
    """Sentences of running text; abbreviations and decimals do not end one."""
    pieces: list[str] = []
    for piece in re.split(_BETWEEN, text.strip()):
        if pieces and (_ABBREVIATION.search(pieces[-1]) or piece[:1] in _OPERATORS):
            pieces[-1] += " " + piece
        elif piece:
            pieces.append(piece)
    return pieces


def unmarked(text: str) -> str:
    """Without marks that a page would obey: tags, and links and pictures of Markdown."""
    text = _LINK.sub(r"\1", _TAG.sub(" ", text))
    return text.replace("](", "] (").replace("<", "‹") if _MARKUP.search(text) else text


def tidy(sentence: str, language: str = "en", *, answered: bool = False) -> str:
    """Without fillers, stutters and false starts; a capital first and a stop last.

    Words and numbers that remain are the speaker's own, in order. May become "".
    `answered`: another speaks next, so that "You were twelve, right?" was a question.
    """
    sentence = _STOP_WITHIN.sub(_joined, sentence)  # a pause heard as a full stop
    tokens = _without_fillers(_TOKEN.findall(sentence), language)
    tokens = _without_stutters(tokens, language)
    text = " ".join(tokens)
    if language in words.UNPARTED:
        text = _AGAIN.sub(r"\1", _HESITATION.sub("", text))
    if language == "en":
        text = words.PARENTHETIC.sub(_bridge, _without_openers(text))
        text = _MENDED.sub("", text)
        text = " ".join(_without_stutters(text.split(), language))  # "the lamp is, I mean, the …"
    else:
        text = _without_front(text, tongue(language).openers)
        text = tongue(language).repairs.sub("", text)
    if not answered:
        end = "?" if text.startswith("¿") else "."
        text = words.TAGS_ASKED.get(language, _NEVER).sub(end, text)
    text = _unpaired(text)
    marks = "[,.]+" if language == "fr" else "[,.;:!?]+"  # « Comment ? » has a space
    text = re.sub(rf"(?<![-+*/=<>^\s])\s+({marks})(?=\s|$)", r"\1", text)
    text = re.sub(r"(?<![-+*/=<>^.\s])\s*(?:\.{2,}|…|--+)$", ".", text)
    text = re.sub(r"^[,.;:!?—–\-\s]+|[,;:—–\-\s]+$", "", text)
    if not bare(text):
        return ""
    first = next((i for i, c in enumerate(text) if c not in "¿¡"), 0)
    text = text[:first] + text[first : first + 1].upper() + text[first + 1 :]
    return text if text[-1] in ".!?…。！？\"”'»)" else text + "."


def _without_openers(text: str) -> str:
    """Drop "So, …", "Well, you know, …" from the start, unless nothing else is left."""
    return _without_front(text, words.OPENERS)


def _without_front(text: str, front: re.Pattern[str]) -> str:
    match = front.match(text)
    rest = text[match.end() :] if match else text
    return rest if len(rest.split()) >= 2 or (" " not in text and len(rest) > 3) else text


def _unpaired(text: str) -> str:
    """Without a quotation mark whose other half is in another sentence."""
    if text.count('"') == 1:
        text = text.replace('"', "")
    for opening, closing in _PAIRS:
        if text.count(opening) + text.count(closing) == 1 and not (closing == "”" and "„" in text):
            text = text.replace(opening, "").replace(closing, "")
    return text


def _joined(match: re.Match[str]) -> str:
    return match[0] if match[1] in _SHORT_FORMS else f"{match[1]} "


def _bridge(match: re.Match[str]) -> str:
    """What remains where ", you know, " was: a space, or a comma before a conjunction."""
    after = match.string[match.end() :].split(maxsplit=1)
    return ", " if after and bare(after[0]) in ("and", "but", "so", "or") else " "


def _without_fillers(tokens: list[str], language: str) -> list[str]:
    """Drop sounds like "um"; a sentence end on them moves to the word before."""
    fillers = words.fillers(language)
    kept: list[str] = []
    for token, after in zip(tokens, [*tokens[1:], ""], strict=False):
        if bare(token) not in fillers or _abbreviated(token):
            kept.append(token)
        elif kept and token[-1] in ".!?" and kept[-1][-1] not in ".!?":
            tag = token[-1] == "?" and kept[-1][-1] == "," and len(kept) > 1  # "It's fine, eh?"
            kept[-1] = kept[-1].rstrip(",;:") + ("." if tag else token[-1])
        elif kept and after and bare(kept[-1]) == bare(after):
            kept.pop()  # "the, um, the lamp"
        elif kept and kept[-1][-1] == token[-1] == "," and not _pauses(kept, after, language):
            kept[-1] = kept[-1][:-1]  # "it is, um, warm": the marks were the sound's
    return kept


def _pauses(before: list[str], after: str, language: str) -> bool:
    """Whether a comma is right where a sound stood: a clause or another thing named begins."""
    small = words.stop_words(language)
    front = words.OPENERS if language == "en" else tongue(language).openers
    opener = front.fullmatch(" ".join(before)) is not None
    return opener or (bare(before[-1]) not in small and bare(after) in small)


def _abbreviated(token: str) -> bool:
    """The ER, die ÖH."""
    plain = token.strip(_EDGES)
    return len(plain) > 1 and plain.isupper()


def _without_stutters(tokens: list[str], language: str) -> list[str]:
    """Drop the first of two equal runs of up to four words, and words broken off."""
    kept = [
        token
        for token, after in zip(tokens, [*tokens[1:], ""], strict=False)
        if not (
            _CUT_OFF.fullmatch(token)
            and bare(after).startswith(bare(token)[:1] or "\0")
            and bare(after) not in _BOTH  # "Umwelt- und Klimaschutz"
        )
    ]
    for size in (4, 3, 2, 1):
        at = 0
        while at + 2 * size <= len(kept):
            first, again = kept[at : at + size], kept[at + size : at + 2 * size]
            if _same(first, again, language):
                del kept[at : at + size]
            else:
                at += 1
    return kept


def _same(first: list[str], again: list[str], language: str) -> bool:
    """Whether `again` repeats `first` by mistake."""
    plain = [bare(t) for t in first]
    if plain != [bare(t) for t in again] or not all(plain):
        return False
    if any(t[-1] in ".!?" for t in first):
        return False  # "No. No." is meant
    if len(first) == 1:
        word = plain[0]
        if word in words.DOUBLED or word in words.NUMBERS or not word[0].isalpha():
            return False
        said = f"{word}," if first[0].endswith(",") else word
        if said in words.DOUBLED_IN.get(language, ()):
            return False
        small = SMALL | words.DANGLING if language == "en" else words.stop_words(language)
        if first[0].endswith(",") and word not in small:
            return False  # "long, long ago" is meant
    # Names may be double: Duran Duran; and "Ada and Bob, and Bob fell" is no slip at all.
    return not any(_names(t) for t in again[1:]) and not all(map(_names, [*first, *again]))


def _names(token: str) -> bool:
    return token[0].isupper() and bare(token).partition("'")[0] != "i"
