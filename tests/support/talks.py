"""Reads the talks written for this project as transcripts; each line of a file is `Name: text`."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from project_paths import DATA

from pipeline.core.data import Sentence, Transcript, Word
from pipeline.language.cleanup import split_sentences

FOLDER = DATA / "talks"
WORDS_PER_SECOND = 2.6
LETTERS_PER_WORD = 2  # in scripts without spaces
MAX_SENTENCE_WORDS = 80  # in text without punctuation


def names() -> list[str]:
    """Return the names of all talks."""
    return sorted(path.stem for path in FOLDER.glob("*.txt"))


def language(name: str) -> str:
    """Return the language of a talk: its name if that has two letters, else English."""
    return name if len(name) == 2 else "en"


def read(name: str, folder: Path = FOLDER) -> Transcript:
    """Read a talk as a transcript, with words at an even pace and the recognizer's sentences."""
    turns = (folder / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return transcript(list(_sentences(turns)), language(name))


def transcript(said: Sequence[tuple[str, str | None]], language: str = "en") -> Transcript:
    """Build a transcript from sentences and their speakers."""
    words: list[Word] = []
    sentences: list[Sentence] = []
    at_s = 0.0
    for text, speaker in said:
        first, began_s = len(words), at_s
        for token in text.split():
            size = 1.0 if " " in text else max(1.0, len(text) / LETTERS_PER_WORD)
            end_s = at_s + size / WORDS_PER_SECOND
            words.append(Word(text=token, start_s=at_s, end_s=end_s, probability=0.9))
            at_s = end_s
        sentences.append(
            Sentence(
                text=text,
                start_s=began_s,
                end_s=at_s,
                speaker=speaker,
                first_word=first,
                last_word=len(words) - 1,
            )
        )
    return Transcript(
        language=language, duration_s=at_s, words=tuple(words), sentences=tuple(sentences)
    )


def _sentences(turns: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    for turn in turns:
        speaker, _, text = turn.partition(": ")
        for sentence in split_sentences(text):
            tokens = sentence.split()
            edges = [*range(0, len(tokens), MAX_SENTENCE_WORDS), len(tokens)]
            yield from ((" ".join(tokens[a:b]), speaker) for a, b in pairwise(edges))
