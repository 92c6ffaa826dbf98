"""Stars strong words and marks them, so that their sound can be covered.

The lists (`Language.profanity`) are short on purpose: words that a broadcaster bleeps, with their
inflections. What is merely rude stays, and so does every word that is also an innocent one or a
name: a cock, Dick, Scunthorpe. Only whole words count.
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
# Already starred by a recogniser or a subtitler: f***, f*ck, s**t, but not 3*4, a*b or **so**.
_STARRED = re.compile(r"(?<![\w*])[^\W\d_]{1,3}(?:\*{2,}[^\W\d_]*|\*[^\W\d_]{2,})(?![\w*])")


@cache
def _pattern(language: str) -> re.Pattern[str]:
    everywhere = languages.of_all(lambda known: known.profanity_everywhere)
    return re.compile("|".join((*everywhere, *languages.language(language).profanity)))


def mask(words: Sequence[Word], language: str) -> tuple[Word, ...]:
    """The words, the strong ones with stars for all letters but the first, and marked so."""
    return tuple(
        replace(word, text=mask_text(word.text, language), masked=True)
        if _is_strong(word.text, language)
        else word
        for word in words
    )


def mask_text(text: str, language: str) -> str:
    """The text with stars in its strong words, be it one or many; otherwise as it is."""
    if not _is_strong(text, language):
        return text
    pattern = _pattern(language)
    text = _STARRED.sub(lambda found: _stars(found[0]), unicodedata.normalize("NFC", text))
    return _LETTERS.sub(
        lambda found: _stars(found[0]) if pattern.fullmatch(found[0].casefold()) else found[0],
        text,
    )


def _is_strong(text: str, language: str) -> bool:
    """Whether any word of it is, or has its stars already."""
    pattern, text = _pattern(language), unicodedata.normalize("NFC", text)
    runs = _LETTERS.findall(text)
    return bool(_STARRED.search(text)) or any(pattern.fullmatch(run.casefold()) for run in runs)


def clean(transcript: Transcript) -> Transcript:
    """The transcript with its strong words masked, in words and sentences alike."""
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


def _stars(text: str) -> str:
    return text[0] + re.sub(r"[^\W\d_]", "*", text[1:])
