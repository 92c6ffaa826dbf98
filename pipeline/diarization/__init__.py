"""Organ: who says each word."""

from pipeline.diarization.speaker_embedding import SpeakerEncoder
from pipeline.diarization.speaker_labels import label_speakers

__all__ = ["SpeakerEncoder", "label_speakers"]
