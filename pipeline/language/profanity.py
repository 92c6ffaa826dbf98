"""Mask profanity with stars, and mark the masked words so that their sound can be bleeped.

The lists (`Language.profanity`) are short on purpose: words that a broadcaster bleeps, with their
inflections. Words that are merely rude stay, and so does every word that is also an innocent word
or a name: a cock, Dick, Scunthorpe. Only whole words match.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from pipeline.core.data import Transcript, Word
from pipeline.language import languages
from pipeline.language.sentences import join

_LETTERS = re.compile(r"[^\W\d_]+")
# Already starred by a recognizer or a subtitler: f***, f*ck, s**t, but not 3*4, a*b or **so**.
_STARRED = re.compile(r"(?<![\w*])[^\W\d_]{1,3}(?:\*{2,}[^\W\d_]*|\*[^\W\d_]{2,})(?![\w*])")


@cache
def _pattern(language: str) -> re.Pattern[str]:
    everywhere = languages.of_all(lambda known: known.profanity_everywhere)
    return re.compile("|".join((*everywhere, *languages.language(language).profanity)))


def mask(words: Sequence[Word], language: str) -> tuple[Word, ...]:
    """Return the words, with profane ones starred after the first letter and marked."""
    return tuple(
        replace(word, text=mask_text(word.text, language), masked=True)
        if _is_profane(word.text, language)
        else word
        for word in words
    )


def mask_text(text: str, language: str) -> str:
    """Star the profane words in a text; other text stays unchanged."""
    if not _is_profane(text, language):
        return text
    pattern = _pattern(language)
    text = _STARRED.sub(lambda found: _star(found[0]), unicodedata.normalize("NFC", text))
    return _LETTERS.sub(
        lambda found: _star(found[0]) if pattern.fullmatch(found[0].casefold()) else found[0],
        text,
    )


def _is_profane(text: str, language: str) -> bool:
    """Return whether any word of a text is profane or already starred."""
    pattern, text = _pattern(language), unicodedata.normalize("NFC", text)
    runs = _LETTERS.findall(text)
    return bool(_STARRED.search(text)) or any(pattern.fullmatch(run.casefold()) for run in runs)


def clean(transcript: Transcript) -> Transcript:
    """Mask profanity in the words and sentences of a transcript."""
    words = mask(transcript.words, transcript.language)
    if words == transcript.words:
        return transcript
    sentences = tuple(
        replace(s, text=join(words[s.first_word : s.last_word + 1], transcript.language))
        if any(w.masked for w in words[s.first_word : s.last_word + 1])
        else s
        for s in transcript.sentences
    )
    return replace(transcript, words=words, sentences=sentences)


def _star(text: str) -> str:
    return text[0] + re.sub(r"[^\W\d_]", "*", text[1:])
