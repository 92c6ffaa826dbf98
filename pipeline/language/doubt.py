"""Tell sentences that may be misheard from sure ones.

Titles, threads, posts and headings are read by people who did not hear the talk: nothing is made
for them of a sentence that says something else than the speaker did. Captions show the likeliest
words all the same, since they stand beside the sound.
"""

from collections.abc import Sequence

from pipeline.core.data import Word
from pipeline.language import lexicon
from pipeline.language.disfluencies import bare

# Probability of a word with content, and of another ("on", "never"), which may turn a sentence into
# its opposite. Chosen on half of the recordings (docs/recognition.md, Doubt).
MIN_WORD = 0.75
MIN_FUNCTION_WORD = 0.5
MIN_MEAN = 0.75  # mean probability of all words of a sentence


def is_doubtful(words: Sequence[Word], language: str) -> bool:
    """Return whether a sentence of these words may say something else than the speaker did."""
    if not words:
        return False
    mean = sum(word.probability for word in words) / len(words)
    return mean < MIN_MEAN or any(
        word.probability < (MIN_WORD if _has_content(word, language) else MIN_FUNCTION_WORD)
        for word in words
    )


def _has_content(word: Word, language: str) -> bool:
    text = bare(word.text)
    return bool(text) and text not in lexicon.stop_words(language)
