"""Detects shots, faces, the active speaker and slides.

Other packages use the names below.
"""

from pipeline.vision.active_speaker import Listener
from pipeline.vision.active_speaker_model import ActiveSpeaker
from pipeline.vision.lip_motion import lip_motion
from pipeline.vision.shot_scan import look

__all__ = ["ActiveSpeaker", "Listener", "lip_motion", "look"]
