"""What an editor would mark in the texts of a talk."""

from typing import NamedTuple

from pipeline.core.data import Transcript
from pipeline.core.texts import Document


class Finding(NamedTuple):
    """A fault, with the words it is about."""

    kind: str
    text: str
    why: str = ""


class Draft(NamedTuple):
    """A text to be judged, and the talk it is about."""

    document: Document
    transcript: Transcript
    talk: str  # its name
