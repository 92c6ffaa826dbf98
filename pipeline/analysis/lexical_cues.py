"""Lexical cues of one sentence: pure text matching, nothing learned.

English cues are word lists; the neutral ones (punctuation, digits, length) work in every language.
"""

import re
from dataclasses import dataclass

_NUMBER = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty"
    r"|hundred|thousand|million|billion|percent|half)\b",
    re.IGNORECASE,
)


def _any_of(*phrases: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(phrases) + r")\b", re.IGNORECASE)


_YOU = _any_of("you", "your", "yours", "yourself")
_STORY = _any_of(
    "turned out",
    "it turns out",
    "one day",
    "i remember",
    "when i was",
    "the first time",
    "suddenly",
    "years? ago",
    "years? later",
    "months? later",
    "weeks? later",
    "that night",
    "that morning",
    "i realized",
    "i realised",
    "i decided",
    "he told me",
    "she told me",
    "i told (?:him|her|them)",
    "in the end",
    "never forget",
)
_CONTRAST = _any_of(
    "but",
    "actually",
    "instead",
    "however",
    "nobody",
    "no one",
    "never",
    "wrong",
    "mistake",
    "myth",
    "truth",
    "secret",
    "most people",
    "everyone",
    "everybody",
    "the opposite",
    "the problem",
    "the trick",
    "the reason",
    "not because",
)
_STRONG = _any_of(
    "best",
    "worst",
    "biggest",
    "hardest",
    "greatest",
    "most",
    "love",
    "hate",
    "afraid",
    "scared",
    "terrified",
    "angry",
    "cried",
    "crying",
    "laughed?",
    "laughing",
    "died",
    "fired",
    "failed",
    "failure",
    "crazy",
    "insane",
    "amazing",
    "incredible",
    "embarrass\\w*",
    "ashamed",
    "broke",
)
_TEACH = _any_of(
    "how to",
    "the key",
    "the rule",
    "step",
    "first",
    "second",
    "third",
    "lesson",
    "learned",
    "advice",
    "if you",
    "you should",
    "you have to",
    "you need to",
    "that's why",
    "which means",
    "the point",
)
_HEDGE = _any_of(
    "i think",
    "i guess",
    "i don't know",
    "maybe",
    "sort of",
    "kind of",
    "you know",
    "um+",
    "uh+",
    "or something",
    "not really",
    "i suppose",
    "probably",
    "let me (?:think|see)",
)
_PROMOTION = _any_of(
    "sponsor(?:ed|s)?",
    "brought to you by",
    "promo code",
    "discount",
    "percent off",
    "offer code",
    "sign up",
    "free trial",
    "subscribe",
    "check out",
    "dot com",
    "at checkout",
    "use the code",
    "our newsletter",
    "patreon",
)
_CEREMONY = _any_of(
    "welcome (?:back )?to",
    "welcome back",
    "thanks for having me",
    "thank you for having me",
    "thanks for coming",
    "thanks for listening",
    "thank you for listening",
    "see you next",
    "good ?bye",
    "bye",
    "with me today",
    "my guest",
    "joining (?:me|us)",
    "good night",
    "good morning everyone",
    "that's all for",
    "until next time",
    "hi there",
    "hello",
)
_BACKCHANNEL = _any_of("yeah", "right", "okay", "ok", "mm+", "uh-huh", "mhm", "sure", "wow", "hi")
_CONNECTIVE = re.compile(
    r"^(?:and|so|but|because|which|or|also|then|plus|anyway|well,? so|like)\b", re.IGNORECASE
)
_POINTER = re.compile(
    r"^(?:it|its|it's|he|she|they|this|that|that's|these|those|him|her|them|his|their|same)\b",
    re.IGNORECASE,
)

# "It works, right?" is not a real question.
_TAG = re.compile(
    r"\w.*?[,.]\s+(?:right|okay|ok|yeah|you know|correct|no|huh|eh|isn't it|doesn't it|don't you)"
    r"\s*\?$",
    re.IGNORECASE | re.DOTALL,
)
_FIGURE = re.compile(r"\d[\d.,]*\d\s?%?|\d\s?%?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cues:
    """Counts and flags of one sentence."""

    words: int
    question: bool
    finished: bool  # ends with a mark and does not trail off
    number: bool
    addresses_you: bool
    story: bool
    contrast: bool
    strong: bool
    teaches: bool
    hedge: bool  # the speaker is unsure or searches for words
    promotion: bool
    ceremony: bool
    backchannel: bool  # "Yeah, right.": signals attention without content
    dangling: float  # 0..1: how much the opening depends on the sentence before


def read(text: str) -> Cues:
    """Return the cues of one sentence."""
    words = max(1, len(text.split()))
    if words == 1 and len(text) > 12:  # a script without spaces: about two characters per word
        words = len(text) // 2
    cut_off = bool(_CONNECTIVE.search(text)) or text[:1].islower()
    leans = 1.0 if cut_off else 0.8 if _POINTER.search(text) else 0.0
    bare = text.rstrip("\"'”’»)」』")
    return Cues(
        words=words,
        question=bare.endswith(("?", "？", "؟")) and not _TAG.match(bare),
        finished=bare.endswith(tuple(".?!。！？؟।॥")) and not bare.endswith(".."),
        number=bool(_NUMBER.search(text)),
        addresses_you=bool(_YOU.search(text)),
        story=bool(_STORY.search(text)),
        contrast=bool(_CONTRAST.search(text)),
        strong=bool(_STRONG.search(text)),
        teaches=bool(_TEACH.search(text)),
        hedge=bool(_HEDGE.search(text)),
        promotion=bool(_PROMOTION.search(text)),
        ceremony=bool(_CEREMONY.search(text)),
        backchannel=words <= 4 and bool(_BACKCHANNEL.search(text)),
        dangling=leans,
    )


def figure(text: str) -> str:
    """Return the last number written in digits in `text`, or ""."""
    found: list[str] = _FIGURE.findall(text)
    return found[-1].strip() if found else ""
