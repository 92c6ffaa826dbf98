"""Whisper's vocabulary: special tokens by name, and splitting of tokens into words.

Words are split at spaces in languages that use them and at every character in others, but never
inside a character that spans several tokens.
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from pipeline.language import languages

_PREPENDED = "\"'“¿([{-"
_APPENDED = "\"'.。,，!！?？:：”)]}、"
_BROKEN = "\ufffd"  # decoded from an incomplete character


@dataclass(frozen=True, slots=True)
class WordTokens:
    """A word, or punctuation attached to one, with the tokens that spell it."""

    text: str
    tokens: tuple[int, ...]


class Vocabulary:
    """Token ids of a multilingual checkpoint."""

    def __init__(
        self, tokenizer: Tokenizer, suppressed: Sequence[int], first: Sequence[int]
    ) -> None:
        self._tokenizer = tokenizer
        self.end = self.id("<|endoftext|>")
        self.start = self.id("<|startoftranscript|>")
        self.transcribe = self.id("<|transcribe|>")
        self.no_timestamps = self.id("<|notimestamps|>")
        silent = tokenizer.token_to_id("<|nospeech|>")
        self.no_speech = silent if silent is not None else self.id("<|nocaptions|>")
        self.languages = self._language_ids()
        # Never spoken: sound annotations and every special token except the end.
        self.suppressed = sorted({*suppressed, *range(self.end + 1, tokenizer.get_vocab_size())})
        self.suppressed_first = sorted(first)

    @classmethod
    def load(cls, folder: Path, generation: dict[str, list[int]]) -> "Vocabulary":
        """Load from a checkpoint's folder and its generation_config.json."""
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        return cls(tokenizer, generation["suppress_tokens"], generation["begin_suppress_tokens"])

    def id(self, token: str) -> int:
        """Return the id of a token that every multilingual checkpoint has.

        Raises KeyError, which names the token, if it is missing.
        """
        found = self._tokenizer.token_to_id(token)
        if found is None:
            raise KeyError(f"the tokenizer has no {token}: not a multilingual Whisper")
        return int(found)

    def _language_ids(self) -> dict[str, int]:
        """Map language codes to token ids."""
        ids = range(self.start + 1, self.id("<|translate|>"))
        names = {self._tokenizer.id_to_token(i): i for i in ids}
        return {name[2:-2]: i for name, i in names.items() if name}

    def encode(self, text: str) -> list[int]:
        """Return the tokens that spell a text."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def decode(self, tokens: Sequence[int]) -> str:
        """Return the text that tokens spell, without special tokens."""
        return str(self._tokenizer.decode(list(tokens), skip_special_tokens=True))

    def words(self, tokens: Sequence[int], language: str) -> list[WordTokens]:
        """Split tokens into words, in order and without loss; punctuation stays attached."""
        pieces = _merge_clusters(self._characters(tokens))
        if languages.language(language).spaces:
            pieces = _join_at_spaces(pieces)
        else:
            pieces = _join_at_spaces(pieces, apart=_not_ascii)
        return _attach_punctuation(pieces)

    def _characters(self, tokens: Sequence[int]) -> list[WordTokens]:
        """Return the shortest runs of tokens that spell whole characters."""
        pieces: list[WordTokens] = []
        run: list[int] = []
        for token in tokens:
            run.append(token)
            text = self.decode(run)
            if _BROKEN not in text:
                pieces.append(WordTokens(text, tuple(run)))
                run = []
        if run:  # the window ended inside a character: keep its tokens, with no text
            pieces.append(WordTokens("", tuple(run)))
        return pieces


def _merge_clusters(pieces: list[WordTokens]) -> list[WordTokens]:
    """Merge a piece that starts with a combining mark into the letter before it.

    Also merges a letter after a virama, which joins two consonants into one shape.
    """
    whole: list[WordTokens] = []
    for piece in pieces:
        before = whole[-1].text if whole else ""
        if before and piece.text and (_is_mark(piece.text[0]) or _joins(before[-1])):
            whole[-1] = WordTokens(before + piece.text, whole[-1].tokens + piece.tokens)
        else:
            whole.append(piece)
    return whole


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def _joins(character: str) -> bool:
    """Return whether a character is a virama or the joiner of emoji and Indic scripts."""
    return unicodedata.combining(character) == 9 or character == "\u200d"


def _never(_text: str) -> bool:
    return False


def _not_ascii(text: str) -> bool:
    """Return whether a text is not ASCII; in scripts without spaces, ASCII is digits and names."""
    return not text.isascii()


def _join_at_spaces(
    pieces: list[WordTokens], apart: Callable[[str], bool] = _never
) -> list[WordTokens]:
    """Merge pieces into words: a leading space starts a word; inner punctuation stays inside.

    (openai/whisper starts a word at every mark, because it never shows words separately: 2 .5, c
    'est.) Pieces for which `apart` holds are words of their own.
    """
    words: list[WordTokens] = []
    for piece in pieces:
        if (
            not words
            or piece.text.startswith(" ")
            or apart(piece.text)
            or apart(words[-1].text.strip())
        ):
            words.append(piece)
        else:
            last = words[-1]
            words[-1] = WordTokens(last.text + piece.text, last.tokens + piece.tokens)
    return words


def _attach_punctuation(words: list[WordTokens]) -> list[WordTokens]:
    """Attach opening marks to the next word and closing marks to the previous one."""
    glued: list[WordTokens] = []
    opening = WordTokens("", ())
    for word in words:
        bare = word.text.strip()
        if bare and word.text.startswith(" ") and bare in _PREPENDED:
            opening = WordTokens(opening.text + word.text, opening.tokens + word.tokens)
        elif bare and bare in _APPENDED and glued and not opening.tokens:
            last = glued[-1]
            glued[-1] = WordTokens(last.text + word.text, last.tokens + word.tokens)
        else:
            text = opening.text + (word.text.lstrip() if opening.text else word.text)
            glued.append(WordTokens(text, opening.tokens + word.tokens))
            opening = WordTokens("", ())
    if opening.tokens:
        glued.append(opening)
    return glued
