"""Lexical features of a sentence: wording that a person who chooses a teaser may react to.

English word classes, plus punctuation and lengths, which exist in every language. No words of a
particular subject are included. training/highlights.py learns the weights of the features.
"""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline.analysis import lexical_cues


def _words(text: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{text})\b", re.IGNORECASE)


_CLASSES: dict[str, re.Pattern[str]] = {
    "past": _words(r"was|were|had|did|went|came|got|said|thought|made|knew|saw|took|told|\w{3,}ed"),
    "future": _words("will|going to|gonna|i'll|we'll|they'll|someday|eventually|future"),
    "negation": _words(
        "not|no|never|nothing|nobody|none|without|don't|doesn't|didn't|can't|couldn't|won't|"
        "wouldn't|shouldn't|isn't|aren't|wasn't"
    ),
    "absolute": _words(
        "always|never|every|everything|everyone|everybody|all|nobody|nothing|only|completely|"
        "totally|entire|whole|any|anything|forever"
    ),
    "intensity": _words(
        "really|very|so|actually|literally|super|extremely|incredibly|absolutely|definitely|"
        "truly|huge|massive|massively|much"
    ),
    "superlative": _words(r"best|worst|most|least|biggest|hardest|greatest|\w{3,}est"),
    "comparison": _words("more|less|better|worse|than|rather|instead|compared|versus|as much"),
    "cause": _words("because|so that|therefore|that's why|the reason|which means|in order|since"),
    "condition": _words("if|when|unless|whenever|whether|imagine|suppose"),
    "opinion": _words(
        "i think|i believe|i feel|in my opinion|for me|personally|my view|honestly|to be honest|"
        "i would say|i'd say|i mean|i guess"
    ),
    "matters": _words(
        "important|matters?|value|valuable|key|goal|mission|vision|believe|problems?|solve|"
        "solution|challenge|needs?|change|changed|learn|learned|lesson|success|fail|failed|"
        "failure|mistake|wrong|right|truth|real|world|life|human|people"
    ),
    "feeling": _words(
        "love|hate|fun|excited|exciting|amazing|awesome|terrible|scared|scary|fear|afraid|happy|"
        r"sad|angry|crazy|weird|beautiful|magic|magical|pain|painful|frustrat\w*|enjoy|hope|dream|"
        r"passion\w*|worry|worried|proud|surpris\w*|hard|difficult|powerful"
    ),
    "hesitation": _words("um+|uh+|uhm|er|hmm|you know|i mean|sort of|kind of|like|basically"),
    "doubt": _words("maybe|perhaps|probably|might|could|possibly|i don't know|not sure|a bit"),
    "number": re.compile(
        r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|hundred|thousand|million|"
        r"billion|percent)\b",
        re.IGNORECASE,
    ),
    "speech": _words("said|says|say|told|tell|asked|ask|was like|were like"),
    "time": _words("years?|days?|months?|weeks?|today|yesterday|now|ago|back then|early|later"),
    "clauses": re.compile(r"[,;:，、；：،]"),
    "names": re.compile(r"(?<=\s)[A-Z][a-z]+"),
}  # counts are divided by the root of the sentence's length
_OPENING = re.compile(r"\s*(?:and|so|but|or|because|then|also|well|yeah|um|uh)\b", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]+")
_MAX_WORDS = 40  # longer sentences count as this long

NAMES = (
    *_CLASSES,
    "length",
    "word length",
    "question",
    "exclamation",
    "joined",
    "backchannel",
    "ceremony",
    "promotion",
)


def features(texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return the features of sentences, shape (len(texts), len(NAMES))."""
    rows = [_row(text) for text in texts]
    return np.array(rows, np.float64).reshape(len(texts), len(NAMES))


def _row(text: str) -> list[float]:
    cues = lexical_cues.read(text)
    root = cues.words**0.5
    letters = _LETTERS.findall(text)
    return [
        *(len(pattern.findall(text)) / root for pattern in _CLASSES.values()),
        min(cues.words, _MAX_WORDS) ** 0.5,
        sum(map(len, letters)) / max(1, len(letters)),
        float(cues.question),
        float("!" in text or "！" in text),
        float(bool(_OPENING.match(text))),
        float(cues.backchannel),
        float(cues.ceremony),
        float(cues.promotion),
    ]
