"""Describes a span of a talk: title, score, reason, hashtags, and where exactly it is cut."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.analysis import kinds
from pipeline.analysis.title_fitness import Rate
from pipeline.core.arrays import F64
from pipeline.core.data import (
    MOMENT_KINDS,
    Breakdown,
    Highlight,
    Options,
    Span,
    TitleVariant,
    Transcript,
)
from pipeline.core.timecode import format_clock
from pipeline.highlights import fields, reasons, replays, scoring
from pipeline.highlights.descriptions import description
from pipeline.highlights.hashtags import hashtags
from pipeline.highlights.request_relevance import Wishes
from pipeline.highlights.scoring import Pick
from pipeline.highlights.sentence_features import Features
from pipeline.highlights.titles import material, title_variants

MIN_TOLD_KIND = 0.7  # probability of a kind that a reason names
PLAIN_SCORE = 30  # virality score below which a clip is no moment, and its reason says so
MAX_LEAD_S = 0.12  # kept before the first word, if the pause allows
MAX_TAIL_S = 0.25  # kept after the last word


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A talk whose spans are described."""

    transcript: Transcript
    known: Features
    options: Options
    asked: Wishes
    rate: Rate

    def highlights(self, picks: Sequence[Pick]) -> tuple[Highlight, ...]:
        """Return a highlight for each pick."""
        if not picks:
            return ()
        sentences = self.transcript.sentences
        first, last = np.array([(pick.first, pick.last) for pick in picks]).T
        chances = kinds.chances(sentences, self.known.moments.meaning, first, last)
        titles = self._titles(picks)
        return tuple(map(self._highlight, picks, chances, titles))

    def _kept(self, pick: Pick) -> list[int]:
        """Return the sentences of a pick that are surely heard and not left out."""
        gone = {i for a, b in pick.left_out for i in range(a, b + 1)}
        sentences = self.transcript.sentences
        return [
            i
            for i in range(pick.first, pick.last + 1)
            if i not in gone and not sentences[i].doubtful
        ]

    def _titles(self, picks: Sequence[Pick]) -> list[tuple[TitleVariant, ...]]:
        """Return the titles of each pick, the best first."""
        transcript, language = self.transcript, self.transcript.language
        kept = [self._kept(pick) for pick in picks]
        found = [material([self.known.edited[i] for i in own], language) for own in kept]
        said = [[transcript.sentences[i].text for i in own] for own in kept]
        return [
            title_variants(own, rated.odds, language, others=others)
            for own, rated, others in zip(found, self.rate(found), said, strict=True)
        ]

    def _highlight(self, pick: Pick, likely: F64, variants: tuple[TitleVariant, ...]) -> Highlight:
        """Build one highlight; likely: the probability of each of MOMENT_KINDS."""
        transcript, known, options = self.transcript, self.known, self.options
        first, last = pick.first, pick.last
        topics = self.asked.topics(first, last)
        sentences = transcript.sentences
        start_s, end_s = cut_points(transcript, first, last, options.range, options.max_duration_s)
        virality = round(100 * pick.worth)
        parts = {name: float(getattr(pick.found, name)[pick.index]) for name in scoring.WEIGHTS}
        standing = replays.standings(options.replayed, np.array([start_s]), np.array([end_s]))
        about = fields.nearest(
            known.moments.meaning.astype(np.float64), first, last, transcript.language
        )
        kept = self._kept(pick)
        sure = " ".join(sentences[i].text for i in kept)
        kind = MOMENT_KINDS[int(likely.argmax())]
        title = variants[0].title if variants else _times(start_s, end_s)
        return Highlight(
            start_s=start_s,
            end_s=end_s,
            first_sentence=first,
            last_sentence=last,
            score=pick.worth,
            virality_score=virality,
            breakdown=Breakdown(**scoring.divide(virality / 100, parts)),
            reason=reasons.reason(
                sentences,
                known,
                (first, last),
                topics,
                kind=kind if likely.max() >= MIN_TOLD_KIND else None,
                plain=virality < PLAIN_SCORE,
                fit=self.asked.prompt_fit(first, last),
                replayed=float(standing[0]) >= replays.MIN_TOLD,
            ),
            title=title,
            description=description(known.edited, kept, known.roles, title, transcript.language),
            hashtags=hashtags(sure, transcript.language, fields=about),
            title_variants=variants,
            kind=kind,
            confidence=float(scoring.confidence(scoring.odds_of(np.array([pick.worth])))[0]),
        )


def _times(start_s: float, end_s: float) -> str:
    """Return the title of a clip in which no sentence is sure: "1:05 – 1:38"."""
    return f"{format_clock(start_s)} – {format_clock(end_s)}"


def cut_points(
    transcript: Transcript, first: int, last: int, within: Span | None, longest_s: float
) -> tuple[float, float]:
    """Return cut points in the pauses around sentences, outside neighbors' words, and `within`.

    There are at most `longest_s` between them, unless the sentences take longer.
    """
    sentences = transcript.sentences
    bound = within or Span(start_s=0.0, end_s=transcript.duration_s)
    start_s = sentences[first].start_s
    end_s = max(s.end_s for s in sentences[first : last + 1])
    before_s = max((s.end_s for s in sentences[:first]), default=bound.start_s)
    after_s = (
        sentences[last + 1].start_s
        if last + 1 < len(sentences)
        else max(end_s, min(bound.end_s, transcript.duration_s))
    )
    room = max(0.0, longest_s - (end_s - start_s))  # the caller's maximum is that of the clip
    lead = min(MAX_LEAD_S, room / 3, max(0.0, (start_s - before_s) / 2))
    tail = min(MAX_TAIL_S, room - lead, max(0.0, (after_s - end_s) / 2))
    return start_s - lead, end_s + tail
