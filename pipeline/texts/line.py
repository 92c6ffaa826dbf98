"""A sentence of the talk, edited for print, and what it is good for in a text."""

from dataclasses import dataclass

from pipeline.language.text_limits import width
from pipeline.texts.chatter import asks


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A transcript's sentence, tidied, with its numbers as printed text has them."""

    index: int  # in Transcript.sentences
    text: str
    start_s: float
    end_s: float
    speaker: str | None
    weight: float  # 0..1, how much essential content it has
    alone: bool  # understandable without the sentence before
    opens: bool  # the same once its "And" or "But" is dropped
    general: bool  # says how things are or what to do, not what happened
    moment: bool  # inside a highlight
    opening: bool  # the first sentence of a highlight that is not a question
    chatter: bool  # greeting, advert, talk about the talk, outside the moments
    ceremony: bool  # is itself a greeting, an advert or talk about the talk
    noise: bool  # talk about the talk, a mere reaction, or begun twice
    counted: int  # the number of the list point that begins here, from 1; 0: none
    explains: bool  # a point of a list, between it and the next
    solid: bool  # long enough, in the talk's language, no doubt, no insult, not about the talk

    continued: tuple[int, ...] = ()  # further sentences that the text has, of a divided one

    @property
    def sources(self) -> tuple[int, ...]:
        """Return the positions of its sentences in the transcript."""
        return (self.index, *self.continued)

    @property
    def size(self) -> int:
        """Return the number of characters; in scripts without spaces each counts two."""
        return width(self.text)

    @property
    def question(self) -> bool:
        """Whether it is a question."""
        return asks(self.text)
