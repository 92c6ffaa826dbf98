"""Checks a text against its talk: names, numbers and quotations must occur in the talk.

Capitals mark names in scripts that have them; in others, katakana or Latin letters do. Inflected
forms of spoken words are accepted.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

from pipeline.core.data import Transcript
from pipeline.core.timecode import to_seconds
from pipeline.language import languages, lexicon
from pipeline.language.cleanup import split_sentences, tidy
from pipeline.language.numerals import numbers
from pipeline.language.schema.language import Language
from pipeline.language.text_limits import ADDRESS

MIN_QUOTED_WORDS = 4  # a shorter quotation is the name of a thing
MIN_QUOTED_LETTERS = 8  # the same in languages without spaces
SMALL_NUMBERS = frozenset(("0", "1", "2"))  # "one of them", "twice" are figures of speech
MIN_STEM_SHARE = 0.7  # common prefix, of the longer word's letters
MIN_OPENING_STEM_SHARE = 0.6  # the same for a sentence's first word, which is always capitalized
MIN_STEM_LETTERS = 4
MIN_NAME_LETTERS = 3  # common prefix where names are inflected: Анна, Анны
CLOCK_TOLERANCE_S = 1.0  # a time may be truncated to the second

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_QUOTED = re.compile(  # bounded and without a way back: unclosed marks must not make it slow
    r"“([^”]{1,600}+)”|„([^„“”]{1,600}+)[“”]|«([^»]{1,600}+)»|»([^«]{1,600}+)«|‹([^›]{1,600}+)›|"
    r"「([^」]{1,600}+)」|『([^』]{1,600}+)』|‘([^‘]{8,600}?)’(?!\w)|\"([^\"\n]{1,600}+)\""
)
_CLOCK = re.compile(  # after a quotation
    r"[(（](?:[^()（）\n]{1,80}(?:, |[，、]))?(?:(\d+):)?(\d{1,2}):(\d{2})[)）]"
)
_FOREIGN = re.compile(r"[ァ-ヴー]{3,}|[A-Za-zＡ-Ｚａ-ｚ]{2,}")
_KANJI_NUMBER = re.compile(r"[〇一二三四五六七八九十百千万億]{2,}")
_TAG = re.compile(r"#(?=\w*[^\W\d])\w+")
_PARTS = re.compile(r"[A-ZÀ-Þ]?[^\W\d_A-ZÀ-Þ]+|[A-ZÀ-Þ]+(?![a-zß-ÿ])|[^\W\d_]+")


@dataclass(frozen=True)
class Evidence:
    """A talk, prepared for checking texts about it."""

    transcript: Transcript

    def unsaid_names(self, text: str) -> list[str]:
        """Return names in `text` that do not occur in the talk, in order."""
        addresses = [m.rstrip(".,;:!?)") for m in ADDRESS.findall(text)]
        found = [m for m in addresses if m.casefold() not in self._running]
        text = ADDRESS.sub(" ", text)
        if not self._language.capitals:
            return found + [m for m in _FOREIGN.findall(text) if m.casefold() not in self._running]
        found += [m for m in _TAG.findall(text) if not self._is_known_tag(m)]
        for sentence in _sentences(_TAG.sub(" ", text)):
            for n, token in enumerate(_WORD.findall(sentence)):
                if token[0].isupper() and not self._known(token, opening=n == 0):
                    found.append(token)
        return found

    def names_from_elsewhere(self, text: str, near: "Evidence") -> list[str]:
        """Return names of the talk in `text` that do not occur in `near`, a part of the talk.

        None in languages whose capitals do not mark names. Speakers' names are left out.
        """
        if not self._language.capitals or self._language.capitalized_nouns:
            return []
        speakers = frozenset(form for s in self._speakers for w in s.split() for form in _forms(w))
        return [
            token
            for token in _WORD.findall(text)
            if token[0].isupper()
            and not self._names.isdisjoint(_forms(token))
            and speakers.isdisjoint(_forms(token))
            and not near._known(token, opening=False)
        ]

    def unsaid_numbers(self, text: str) -> list[str]:
        """Return numbers in `text` that nobody said, and times at which no sentence begins."""
        found = [m[0] for m in _CLOCK.finditer(text) if not self._spoken_at(m)]
        found += [m for m in _KANJI_NUMBER.findall(text) if m not in self._running]
        for line in _CLOCK.sub(" ", text).splitlines():
            found += [
                n
                for n in numbers(_TAG.sub(" ", line), self.transcript.language)
                if n not in self._numbers and n not in SMALL_NUMBERS
            ]
        return found

    def unsaid_quotations(self, text: str) -> list[str]:
        """Return quotations that were not spoken in these words, apart from hesitations."""
        quoted = ("".join(m.groups(default="")) for m in _QUOTED.finditer(text))
        return [q for q in quoted if self._is_long(q) and not self._was_said(q)]

    @property
    def _language(self) -> Language:
        return languages.language(self.transcript.language)

    @cached_property
    def _running(self) -> str:
        """Return the whole talk and its speakers' names, in lower case."""
        spoken = " ".join(s.text for s in self.transcript.sentences)
        return f"{spoken} {' '.join(self._speakers)}".casefold()

    @cached_property
    def _unspaced(self) -> str:
        return self._running.replace(" ", "")

    @cached_property
    def _speakers(self) -> list[str]:
        return sorted({s.speaker for s in self.transcript.sentences if s.speaker})

    @cached_property
    def _words(self) -> frozenset[str]:
        spoken = " ".join([*(s.text for s in self.transcript.sentences), *self._speakers])
        return frozenset(form for token in _WORD.findall(spoken) for form in _forms(token))

    @cached_property
    def _names(self) -> frozenset[str]:
        """Return the words that have a capital within a sentence, and never a small letter."""
        tokens = [_WORD.findall(s.text) for s in self.transcript.sentences]
        inner = {t.casefold() for sentence in tokens for t in sentence[1:] if t[0].isupper()}
        return frozenset(inner - {t for sentence in tokens for t in sentence if t[0].islower()})

    @cached_property
    def _stems(self) -> dict[str, list[str]]:
        stems: dict[str, list[str]] = {}
        for word in self._words:
            stems.setdefault(word[:MIN_NAME_LETTERS], []).append(word)
        return stems

    @cached_property
    def _numbers(self) -> frozenset[str]:
        language = self.transcript.language
        spoken = [*(s.text for s in self.transcript.sentences), *self._speakers]
        return frozenset(n for text in spoken for n in numbers(text, language))

    @cached_property
    def _as_spoken(self) -> tuple[str, ...]:
        """Return the words of the whole talk separated by spaces: as spoken, and as edited."""
        language = self.transcript.language
        spoken = [s.text for s in self.transcript.sentences]
        tidied = [tidy(s, language) for s in spoken]
        return tuple(_normalize(" ".join(texts)) for texts in (spoken, tidied))

    def _known(self, token: str, *, opening: bool) -> bool:
        small = lexicon.stop_words(self.transcript.language)
        for word in _forms(token):
            if word in self._words or word in small or len(token) == 1:
                return True
            alike = self._stems.get(word[:MIN_NAME_LETTERS], ())
            if any(self._same_stem(word, spoken, opening=opening) for spoken in alike):
                return True
        return opening and token.casefold() in lexicon.opening_words(self.transcript.language)

    def _is_known_tag(self, tag: str) -> bool:
        """Whether a tag is known: #JavaScript as one word, #MillStreet as two."""
        word = tag[1:]
        joined = word.casefold() in self._unspaced
        return joined or all(self._known(part, opening=True) for part in _PARTS.findall(word))

    def _same_stem(self, one: str, other: str, *, opening: bool) -> bool:
        shared = sum(
            1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
        )
        if self._language.exact_names and not opening:
            return one.removesuffix("s") == other.removesuffix("s")
        inflecting = self._language.inflects_names
        min_share = MIN_OPENING_STEM_SHARE if opening else MIN_STEM_SHARE
        return shared >= (MIN_NAME_LETTERS if inflecting else MIN_STEM_LETTERS) and (
            shared >= min_share * max(len(one), len(other))
        )

    def _spoken_at(self, clock: re.Match[str]) -> bool:
        at_s = to_seconds(*clock.groups())
        starts = (s.start_s for s in self.transcript.sentences)
        return any(
            at_s - CLOCK_TOLERANCE_S < start_s < at_s + 1 + CLOCK_TOLERANCE_S for start_s in starts
        )

    def _is_long(self, quoted: str) -> bool:
        flat = _normalize(quoted)
        return len(flat.split()) >= MIN_QUOTED_WORDS or (
            not self._language.spaces and len(flat) >= MIN_QUOTED_LETTERS
        )

    def _was_said(self, quoted: str) -> bool:
        flat = _normalize(quoted)
        return any(f" {flat} " in f" {spoken} " for spoken in self._as_spoken) or (
            not self._language.spaces
            and flat.replace(" ", "") in self._as_spoken[0].replace(" ", "")
        )


def _sentences(text: str) -> Iterator[str]:
    for line in text.splitlines():
        yield from split_sentences(line)


def _forms(token: str) -> Iterator[str]:
    """Yield a word in lower case: whole, without a genitive, and the part after an apostrophe."""
    word = unicodedata.normalize("NFC", token).casefold().replace("’", "'")
    yield word
    yield word.removesuffix("'s").removesuffix("'")
    after = word.partition("'")[2]
    if len(after) >= MIN_NAME_LETTERS:
        yield after  # l'école, d'Anna


def _normalize(text: str) -> str:
    """Keep only words, in lower case, separated by spaces."""
    return " ".join(re.findall(r"\w+(?:['’]\w+)*", text.casefold())).replace("’", "'")
