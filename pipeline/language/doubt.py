"""Tell sentences that may be misheard from sure ones.

Titles, threads, posts and headings are read by people who did not hear the talk: nothing is made
for them of a sentence that says something else than the speaker did. Captions show the likeliest
words all the same, since they stand beside the sound.
"""

from collections.abc import Sequence

from pipeline.core.data import Word
from pipeline.language import lexicon
from pipeline.language.disfluencies import bare

# Probability of a word with content. With .5, one sure sentence in six of bad recordings has a
# misheard word, with .7 one in nine (docs/recognition.md).
MIN_WORD = 0.7
MIN_MEAN = 0.75  # mean probability of all words of a sentence


def is_doubtful(words: Sequence[Word], language: str) -> bool:
    """Return whether a sentence of these words may say something else than the speaker did."""
    if not words:
        return False
    mean = sum(word.probability for word in words) / len(words)
    return mean < MIN_MEAN or any(
        word.probability < MIN_WORD and _has_content(word, language) for word in words
    )


def _has_content(word: Word, language: str) -> bool:
    text = bare(word.text)
    return bool(text) and text not in lexicon.stop_words(language)
