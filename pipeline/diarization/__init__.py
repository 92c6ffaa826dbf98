"""Speaker diarization: labels each word with its speaker.

Other packages use the names below.
"""

from pipeline.diarization.speaker_embedding import SpeakerEncoder
from pipeline.diarization.speaker_labels import label_speakers

__all__ = ["SpeakerEncoder", "label_speakers"]
