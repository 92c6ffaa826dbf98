"""Speech recognition: turns samples into words with times (VAD, Whisper, decoding, word timing).

Other packages use the names below.
"""

from pipeline.recognition.transcription import check_language, transcribe
from pipeline.recognition.vad import VoiceActivity, find_speech, probabilities, speech_seconds
from pipeline.recognition.whisper import Whisper

__all__ = [
    "VoiceActivity",
    "Whisper",
    "check_language",
    "find_speech",
    "probabilities",
    "speech_seconds",
    "transcribe",
]
