"""Tell sentences that may be misheard from sure ones.

Titles, threads, posts and headings are read by people who did not hear the talk: nothing is made
for them of a sentence that says something else than the speaker did. Captions show the likeliest
words all the same, since they stand beside the sound.

Probabilities tell how many words of the sure sentences are misheard: one in a hundred of clear
sound, one in ten of loud noise, though each of these is likely to be right. So the sure sentences
of a talk are chosen together: as many as keep that number low.
"""

from collections.abc import Sequence

from pipeline.core.data import Word
from pipeline.language import lexicon
from pipeline.language.disfluencies import bare

# Least probability of a word with content in a sure sentence: the first of these with which few
# enough are misheard, or the last. Chosen on half of the recordings, as docs/design/recognition.md
# says under Doubt.
LEAST = (0.75, 0.8, 0.85, 0.9, 0.93)
MAX_MISHEARD = 0.045  # expected share of such words in the sure sentences of a talk
MAX_MISHEARD_WORDS = 1.0  # expected in a short talk, in which one word is a large share
# Another word ("on", "never") may turn a sentence into its opposite; it may be less probable by
FUNCTION_WORD = 0.25
MIN_MEAN = 0.75  # mean probability of all words of a sentence


def doubtful(sentences: Sequence[Sequence[Word]], language: str) -> list[bool]:
    """Return for each sentence of a talk whether it may say something else than the speaker did."""
    found = [False] * len(sentences)
    for least in LEAST:
        found = [is_doubtful(words, language, least) for words in sentences]
        sure = [
            1.0 - word.probability
            for words, is_in_doubt in zip(sentences, found, strict=True)
            if not is_in_doubt
            for word in words
            if _has_content(word, language)
        ]
        if sum(sure) <= max(MAX_MISHEARD_WORDS, MAX_MISHEARD * len(sure)):
            break
    return found


def is_doubtful(words: Sequence[Word], language: str, least: float = LEAST[0]) -> bool:
    """Return whether a sentence of these words has one below `least`, or is unsure as a whole."""
    if not words:
        return False
    mean = sum(word.probability for word in words) / len(words)
    return mean < MIN_MEAN or any(
        word.probability < (least if _has_content(word, language) else least - FUNCTION_WORD)
        for word in words
    )


def _has_content(word: Word, language: str) -> bool:
    text = bare(word.text)
    return bool(text) and text not in lexicon.stop_words(language)
