"""Chooses one sentence of a clip as its description."""

from collections import Counter

from pipeline.language import languages, lexicon
from pipeline.language.cleanup import split_sentences, tidy
from pipeline.language.discourse_markers import depends_on_previous, is_chatter
from pipeline.language.disfluencies import bare
from pipeline.language.enumerations import uncounted
from pipeline.language.text_limits import width

MAX_DESCRIPTION_CHARS = 200
MIN_DESCRIPTION_CHARS = 40
GOOD_WORDS = 16  # ideal length of a description
CHARS_PER_WORD = 5  # assumed for scripts without spaces between words
WEIGHTS = {  # set by hand, against a subject score that is at most 3
    "length": -1.0,  # per GOOD_WORDS of difference
    "leaning": -1.5,
    "question": -0.8,
    "repeats title": -1.0,
    "too long": -2.0,
    "too short": -1.0,
    "chatter": -3.0,
    "early": 0.3,  # prefers the first of equal sentences
}


def description(text: str, title: str, language: str = "en") -> str:
    """Return the sentence of `text` that says most and stands alone; "" without any speech.

    Prefers another sentence than the title's. If all are long, it is cut at a word, with "…".
    """
    candidates = [
        uncounted(t, language)
        for s in split_sentences(text)
        if (t := tidy(s, language)) and not lexicon.CREDITS.search(t)
    ]
    if not candidates:
        return ""
    grammar = languages.language(language).grammar
    subjects = Counter(w for sentence in candidates for w in set(_content(sentence, language)))

    def worth(at: int) -> float:
        sentence = candidates[at]
        tokens = [bare(t) for t in sentence.split()]
        content = set(_content(sentence, language))
        score = sum(min(3, subjects[w]) for w in content) / (3 + len(content))
        size = len(tokens) if " " in sentence else width(sentence) / CHARS_PER_WORD
        leaning = (
            tokens[0] in grammar.leaning if grammar else depends_on_previous(sentence, language)
        )
        traits = {
            "length": abs(size - GOOD_WORDS) / GOOD_WORDS,
            "leaning": leaning,
            "question": sentence.endswith(("?", "？")),
            "repeats title": title.rstrip("…").casefold() in sentence.casefold(),
            "too long": len(sentence) > MAX_DESCRIPTION_CHARS,
            "too short": width(sentence) < MIN_DESCRIPTION_CHARS,
            "chatter": is_chatter(sentence, language),
            "early": 1 / (1 + at),
        }
        for trait, weight in WEIGHTS.items():
            score += weight * traits[trait]
        return score

    return _shorten(candidates[max(range(len(candidates)), key=worth)])


def _content(sentence: str, language: str) -> list[str]:
    small = lexicon.stop_words(language)
    return [w for t in sentence.split() if len(w := bare(t)) > 2 and w not in small]


def _shorten(sentence: str) -> str:
    if len(sentence) <= MAX_DESCRIPTION_CHARS:
        return sentence
    whole = sentence[: MAX_DESCRIPTION_CHARS - 1]
    return (whole.rsplit(" ", 1)[0] if " " in whole else whole).rstrip(",;:") + "…"
