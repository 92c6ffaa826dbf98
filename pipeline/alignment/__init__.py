"""Align the caller's own transcript with the sound.

Other packages use the names below.
"""

from pipeline.alignment.forced_alignment import align_words
from pipeline.alignment.transcript_fitting import fit_transcript
from pipeline.alignment.transcript_reader import read

__all__ = ["align_words", "fit_transcript", "read"]
