"""Organ: the caller's own transcript, put at the times at which it is heard."""

from pipeline.alignment.forced_alignment import retimed
from pipeline.alignment.transcript_fitting import fit
from pipeline.alignment.transcript_reader import read

__all__ = ["fit", "read", "retimed"]
