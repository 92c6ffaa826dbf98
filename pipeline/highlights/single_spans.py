"""Describes a span that was not chosen among others: a person chose it, or it is the whole talk."""

from dataclasses import replace

import numpy as np

from pipeline.core.control import Control
from pipeline.core.data import Highlight, Options, Span, Transcript
from pipeline.highlights import request_relevance, scoring, sentence_features
from pipeline.highlights.details import Described
from pipeline.highlights.scoring import Pick
from pipeline.highlights.selection import Choice
from pipeline.highlights.sentence_features import Features, TextModels

ROUNDING_S = 1e-6  # tolerance for rounded durations


def describe(
    transcript: Transcript,
    span: Highlight,
    models: TextModels,
    options: Options,
    control: Control,
) -> Highlight:
    """Tell of a span that somebody else chose what `selection.weigh` would; delivery is not heard.

    Its bounds stay, what it leaves out, its order, and its title if it has one.
    """
    control.report("highlights", 0.0)
    known = sentence_features.features(transcript.sentences, models, None)
    first, last = span.first_sentence, span.last_sentence
    highlight = _alone(transcript, (first, last), options, known, models)
    control.report("highlights", 1.0)
    return replace(
        highlight,
        start_s=span.start_s,
        end_s=span.end_s,
        left_out=span.left_out,
        order=span.order,
        title=span.title or highlight.title,
    )


def whole(
    transcript: Transcript, span: Span, options: Options, known: Features, models: TextModels
) -> Choice:
    """Return all that is said as one highlight, which has the bounds of `span`."""
    every = 0, len(transcript.sentences) - 1
    highlight = _alone(transcript, every, options, known, models)
    highlight = replace(highlight, start_s=span.start_s, end_s=span.end_s)
    return Choice(highlights=(highlight,), candidates=())


def _alone(
    transcript: Transcript,
    span: tuple[int, int],
    options: Options,
    known: Features,
    models: TextModels,
) -> Highlight:
    """Describe one span, from a first sentence to a last, both inclusive."""
    sentences, (first, last) = transcript.sentences, span
    long_s = max(s.end_s for s in sentences[first : last + 1]) - sentences[first].start_s
    found = scoring.candidates(sentences, known, long_s - ROUNDING_S, long_s + ROUNDING_S)
    [at] = np.flatnonzero((found.first == first) & (found.last == last))
    asked = request_relevance.read(options, [s.text for s in sentences])
    told = Described(
        transcript=transcript, known=known, options=options, asked=asked, rate=models.rate
    )
    pick = Pick(found, int(at))
    [highlight] = told.highlights([pick])
    return highlight
