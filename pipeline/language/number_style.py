"""Write the numbers of recognized speech by one rule.

The recognizer writes "2 or 3 streets" in one sentence and "two months" in the next. As in printed
text, low numbers are in words and higher ones in figures (Associated Press Stylebook for English:
words up to nine); measures, labels and names keep their figures, and no sentence begins with one.
Each word stays one word, and keeps its times.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from text_to_num import text2num

from pipeline.core.data import Word
from pipeline.language import languages, lexicon, sentences
from pipeline.language.languages import NumberStyle

# One or two digits, or letters, between marks.
_NUMBER = re.compile(
    r"^([(\[\"“„‘'¿¡]*)([0-9]{1,2}|[^\W\d_]+(?:-[^\W\d_]+)?)([.,:;!?…)\]\"”“’']*)$"
)
HIGHEST = 99  # higher ones are several words, or years


def mend(words: Sequence[Word], language: str) -> tuple[Word, ...]:
    """Return the words, each number in words or figures as its language has it.

    A language whose file does not say how stays as it is.
    """
    if (style := languages.language(language).numbers) is None:
        return tuple(words)
    texts = [word.text for word in words]
    begins = [True, *(sentences.ends_sentence(a, b) for a, b in pairwise(texts)), True]
    mended = []
    for i, word in enumerate(words):
        before = "" if begins[i] else texts[i - 1]
        after = "" if begins[i + 1] or not word.text[-1:].isalnum() else texts[i + 1]
        beside = before if before[-1:].isalnum() else ""
        # A capital shows a name ("Windows 7"), but at the beginning that of "About 7" does not.
        begun = begins[i - 1] and _plain(beside) in lexicon.stop_words(language)
        named = len(beside) > 1 and not beside.islower() and not begun
        text = word.text
        if not (named or _is_number(beside, language) or _is_number(after, language)):
            text = _written(text, before, after, language, style)
        mended.append(word if text == word.text else replace(word, text=text))
    return tuple(mended)


def _written(text: str, before: str, after: str, language: str, style: NumberStyle) -> str:
    """Return a word as it should be written between these words of its sentence."""
    found = _NUMBER.match(text)
    value = _value(found[2], language) if found else None
    if found is None or value is None:
        return text
    opening, number, closing = found.groups()
    if not number.isdigit():
        stays = not before or value < len(style.in_words)
        return text if stays else f"{opening}{value}{closing}"
    stays = (
        value >= len(style.in_words)
        or number != str(value)  # 07
        or _plain(before) in style.labels
        or _plain(after) in style.measures
        or (after != "" and not after[0].isalpha())
        or (after[:1].isupper() and not languages.language(language).capitalised_nouns)
    )
    spelled = "" if stays else style.in_words[value]
    if not spelled:
        return text
    return opening + (spelled if before else spelled.capitalize()) + closing


def _plain(text: str) -> str:
    return text.strip(".,:;!?…()[]\"'“”„‘’¿¡").lower()


def _is_number(text: str, language: str) -> bool:
    """Return whether the word is a part of the number beside it: "5 5 5", "twenty five"."""
    plain = _plain(text)
    scales = languages.language(language).scales
    return text[:1].isdigit() or plain in scales or _value(plain, language) is not None


def _value(number: str, language: str) -> int | None:
    """Return the value of a number in figures or one word, 0 to 99."""
    if number.isdigit():
        return int(number)
    known = languages.language(language)
    if not known.spoken_numbers or number.lower() in known.scales:
        return None
    try:
        value = text2num(number.lower(), language)
    except ValueError:
        return None
    return value if 0 <= value <= HIGHEST else None
