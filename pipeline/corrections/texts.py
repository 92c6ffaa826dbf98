"""Corrects titles and other texts that were made of what is said in some part of a talk."""

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.core.data import Highlight, Sentence, Span, TitleVariant, Word
from pipeline.corrections.word_pieces import Pieces, key_of, peel
from pipeline.corrections.word_replacement import SAME_TIME_S, Correction, Run, Spoken, Step
from pipeline.language import languages, profanity
from pipeline.language.sentences import ends_sentence, join


class SpanTexts:
    """Corrects texts that were made of what is said in some part of a talk.

    A correction of a single place counts only where that part has the heard words once: elsewhere
    nobody knows which of them a title took.
    """

    def __init__(
        self,
        corrections: Sequence[Correction],
        language: str,
        *,
        said: str,
        spans: Sequence[Sentence | Span],
        masks: bool = False,
    ) -> None:
        """`said`: the words of that part, uncorrected; `spans`: where they are said."""
        self._language, self._masks = language, masks
        self._steps: list[Step] = []
        # What is left of it tells only corrections of one place.
        known = said if any(correction.at_s is not None for correction in corrections) else ""
        left = _Text(known, language)
        for correction in corrections:
            step = Step.of(replace(correction, at_s=None), language)
            if correction.at_s is not None:
                at_s = correction.at_s + SAME_TIME_S
                if not any(span.start_s <= at_s < span.end_s for span in spans):
                    continue
                _Text(str(left), language).apply(step)
                if step.places != 1:
                    continue
            self._steps.append(step)
            left.apply(step)

    def of(self, text: str) -> str:
        """Return a text with the corrections."""
        folded = key_of(text)  # most texts have none of the words: nothing to take apart
        if not any(all(part in folded for part in step.wanted.split()) for step in self._steps):
            return text
        words = _Text(text, self._language)
        for step in self._steps:
            words.apply(step)
        corrected = str(words)
        if corrected == text or not self._masks:
            return corrected
        return profanity.mask_text(corrected, self._language)

    def hashtag(self, tag: str) -> str:
        """Return a hashtag with the corrections that are about all of it."""
        for step in self._steps:
            if tag.removeprefix("#").casefold() == step.wanted.replace(" ", ""):
                words = (peel(part).core for part in step.tokens)
                tag = "#" + "".join(re.sub(r"[^\w]", "", word) for word in words)
        return tag

    def highlight(self, highlight: Highlight) -> Highlight:
        """Return a highlight with corrected texts."""
        return replace(
            highlight,
            title=self.of(highlight.title),
            description=self.of(highlight.description),
            hashtags=tuple(map(self.hashtag, highlight.hashtags)),
            title_variants=tuple(
                TitleVariant(kind=variant.kind, title=self.of(variant.title))
                for variant in highlight.title_variants
            ),
        )


class _Text:
    """Running text, as sentences of words; nothing in it has a time."""

    def __init__(self, text: str, language: str) -> None:
        self._text = text
        self._runs = _runs(text) if languages.language(language).spaces else None

    def apply(self, step: Step) -> None:
        """Correct what the step finds, and count it anew."""
        step.places = 0
        if self._runs is None:
            self._text = _replaced(self._text, step)
            return
        for run in self._runs:
            run.apply(step)

    def __str__(self) -> str:
        """Return the text; without corrections as it was, to the space."""
        if self._runs is None or not any(run.is_changed for run in self._runs):
            return self._text
        return " ".join(spoken.word.text for run in self._runs for spoken in run.words)


def _runs(text: str) -> list[Run]:
    parts, pieces = text.split(), Pieces()
    runs: list[list[Spoken]] = [[]]
    for n, part in enumerate(parts):
        word = Word(text=part, start_s=0.0, end_s=0.0, probability=1.0)
        runs[-1].append(Spoken(word=word, piece=pieces.of(part)))
        if ends_sentence(part, parts[n + 1] if n + 1 < len(parts) else ""):
            runs.append([])
    return [Run(words) for words in runs if words]


def _replaced(text: str, step: Step) -> str:
    """Return text of a script without spaces: where its words end nobody can see."""
    said = join(
        [Word(text=token, start_s=0.0, end_s=0.0, probability=1.0) for token in step.tokens], "ja"
    )
    if not step.wanted or not said:
        return text
    heard = re.compile(re.escape(step.wanted), re.IGNORECASE)
    found = [heard.subn(lambda _: said, part) for part in text.split(said)]
    step.places = sum(count for _, count in found)
    return said.join(part for part, _ in found)
