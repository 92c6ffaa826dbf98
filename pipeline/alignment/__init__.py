"""Organ: the caller's own transcript, put at the times at which it is heard."""

from pipeline.alignment.forced_alignment import align_words
from pipeline.alignment.transcript_fitting import fit_transcript
from pipeline.alignment.transcript_reader import read

__all__ = ["align_words", "fit_transcript", "read"]
