"""The `[introductions]` and `[standfirst]` of a language: how people are named."""

from dataclasses import dataclass
from typing import Annotated

from pipeline.language.schema.entries import NEVER, Forms, Pattern, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Introductions:
    """How people say their names; NAME in a form stands for one to four capitalized words."""

    own: Forms = ()
    """A speaker's own name: "my name is NAME"."""
    guests: Forms = ()
    """The name of somebody who speaks next: "my guest today is NAME"."""
    no_names: Words = frozenset()
    """Capitalized in such a place without being a name: "I'm American"."""
    titles: Words = frozenset()
    """Precede a name and are none alone: "Dr. Bennett"; without their full stop."""
    particles: Words = frozenset()
    """Lower-case words within a name: "Rosa van Dam"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standfirst:
    """The words with which an article says who talks and for how long; names are in braces."""

    conversation: str = ""
    """A guest and a host: "{guest} in conversation with {host}"."""
    discussion: str = ""
    """Several people: "{names} in conversation"."""
    talk: str = ""
    """One person: "A talk by {names}"."""
    nameless: tuple[str, str] = ("", "")
    """A conversation and a talk of people whose names are not known."""
    minutes: tuple[str, str] = ("", "")
    """One minute, and "{count} minutes"."""
    condensed: str = ""
    """After the length: "edited and condensed"."""
    joins: tuple[str, str] = (", ", " and ")
    """Between names, and before the last."""
    stop: str = "."
    """Ends a sentence."""
    who: Annotated[Pattern, r"(?:{})"] = NEVER
    """After a name, what the person is or does, without a comma: "who restores lenses"."""
