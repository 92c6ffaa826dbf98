"""The plan of a clip: what renderer and preview draw, so that both draw the same."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
    order: Sequence[Span] = ()  # parts of `span` as they play; empty: as they lie
    speakers: Sequence[tuple[Span, str]] = ()  # who speaks when, for styles with a color for each

    @property
    def is_cut(self) -> bool:
        """Whether the clip may do without parts of its span, or plays them in another order."""
        asked = self.options.remove_silences is not None or self.options.remove_fillers
        return asked or bool(self.left_out) or bool(self.order)

    def scene(self, span: Span) -> Composition:
        """Return all of it within a span, not yet cut."""
        return Composition(
            span=span,
            words=tuple(self.words),
            path=self.path,
            shots=tuple(self.shots),
            speakers=tuple(self.speakers),
            order=tuple(self.order),
        )

    def scene_from(self, start_s: float) -> Composition:
        """Return all of it, not yet cut; its first picture is at `start_s` of the source."""
        if not self.order:
            return self.scene(Span(start_s=start_s, end_s=self.span.end_s))
        first, *others = self.order
        return replace(
            self.scene(self.span), order=(Span(start_s=start_s, end_s=first.end_s), *others)
        )
