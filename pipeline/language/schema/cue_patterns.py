"""The `[cues]` of a language: words that show what a sentence does for a clip."""

from dataclasses import dataclass
from typing import Annotated

from pipeline.language.schema.entries import NEVER, WORD, Pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class CuePatterns:
    """Words that show what a sentence does for a clip; see `pipeline.analysis.lexical_cues`."""

    numbers: Annotated[Pattern, r"\d|\b(?:{})\b"] = NEVER
    """Number words; digits count in every language."""
    listener: Annotated[Pattern, WORD] = NEVER
    """Address the listener."""
    story: Annotated[Pattern, WORD] = NEVER
    """Tell what happened."""
    contrast: Annotated[Pattern, WORD] = NEVER
    """Contradict what people believe or expect."""
    strong: Annotated[Pattern, WORD] = NEVER
    """Express a strong feeling or an extreme."""
    teaching: Annotated[Pattern, WORD] = NEVER
    """Explain how to do something."""
    hedging: Annotated[Pattern, WORD] = NEVER
    """The speaker is unsure or searches for words."""
    promotion: Annotated[Pattern, WORD] = NEVER
    """Advertise."""
    ceremony: Annotated[Pattern, WORD] = NEVER
    """Greet, thank, introduce, take leave."""
    backchannel: Annotated[Pattern, WORD] = NEVER
    """In a short sentence, signal attention without content."""
    connectives: Annotated[Pattern, r"^(?:{})\b"] = NEVER
    """At the start, continue the sentence before."""
    pointers: Annotated[Pattern, r"^(?:{})\b"] = NEVER
    """At the start, refer to the sentence before."""
    tags: Annotated[Pattern, r"(?s:\w.*?[,.]\s+(?:{})\s*\?$)"] = NEVER
    """Question tags, as in "It works, right?", which is no real question."""
