"""The plan of a clip: what renderer and preview draw, so that both draw the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.captions.styles.style import Style
from pipeline.core.data import CropPath, Options, Shot, Source, Span, Word
from pipeline.editing.composition import Composition


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipPlan:
    """What a clip is made of; all times are the source's."""

    source: Source
    span: Span
    words: Sequence[Word]
    path: CropPath
    style: str | Style
    options: Options  # decide whether fillers and pauses are cut
    title: str = ""
    language: str = ""  # ISO 639-1; decides which words may be emphasized, and which are fillers
    shots: Sequence[Shot] = ()  # with the faces that captions avoid
    left_out: Sequence[Span] = ()  # parts of `span` that the clip does without, ascending
    speakers: Sequence[tuple[Span, str]] = ()  # who speaks when, for styles with a color for each

    @property
    def is_cut(self) -> bool:
        """Whether the clip may do without parts of its span."""
        asked = self.options.remove_silences is not None or self.options.remove_fillers
        return asked or bool(self.left_out)

    def scene(self, span: Span) -> Composition:
        """Return all of it within a span, not yet cut."""
        return Composition(
            span=span,
            words=tuple(self.words),
            path=self.path,
            shots=tuple(self.shots),
            speakers=tuple(self.speakers),
        )
