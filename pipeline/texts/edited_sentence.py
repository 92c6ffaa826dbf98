"""A sentence of the talk, edited for print, and what it is good for in a text."""

from dataclasses import dataclass

from pipeline.language import languages
from pipeline.language.text_limits import width

_ASKING = ("?", "？", "؟", *languages.of_all(lambda known: known.question_endings))
MIN_SURE = 0.5  # minimum probability of what is taken for true of a sentence


def asks(text: str) -> bool:
    """Whether a sentence is a question, by its mark or, in Japanese, its last letters."""
    return text.rstrip('"”’ ').endswith(_ASKING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A transcript's sentence, tidied, with its numbers as printed text has them."""

    index: int  # in Transcript.sentences
    text: str
    start_s: float
    end_s: float
    speaker: str | None
    alone: float  # probability that it is understandable without any other sentence
    opens: float  # the same, and that it is fit to begin a text
    small_talk: float  # probability that it greets, reacts, talks about the talk
    promotion: float  # probability that it promotes something
    torn: float  # probability that it was broken off, begun twice or misheard
    worth: float  # probability that it says something that a reader takes away
    said: str  # the text with nothing left out but hesitations and the like: may be quoted
    fit: bool = True  # in the talk's language, no insult
    continued: tuple[int, ...] = ()  # further sentences that the text has, of a divided one

    @property
    def verbatim(self) -> bool:
        """Whether it may be quoted as it is printed."""
        return self.text == self.said

    @property
    def sources(self) -> tuple[int, ...]:
        """Return the positions of its sentences in the transcript."""
        return (self.index, *self.continued)

    @property
    def last(self) -> int:
        """Return the position of its last sentence in the transcript."""
        return self.sources[-1]

    @property
    def size(self) -> int:
        """Return the number of characters; in scripts without spaces each counts two."""
        return width(self.text)

    @property
    def question(self) -> bool:
        """Whether it is a question."""
        return asks(self.text)

    @property
    def aside(self) -> float:
        """Return the probability that it is not on the subject."""
        return max(self.small_talk, self.promotion)

    @property
    def printable(self) -> bool:
        """Whether it may be printed at all: whole, and on the subject."""
        return self.fit and self.torn < MIN_SURE and self.aside < MIN_SURE
