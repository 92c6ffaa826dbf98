"""Paths of the project's files, and of the local recordings beside it."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_SUPPORT = ROOT / "tests" / "support"
SUPPORT = (_SUPPORT, *(_SUPPORT / name for name in ("server", "cluster", "films", "speech")))
DATA = ROOT / "tests" / "data"
SAMPLE = DATA / "sample_talk.mp4"
SHARED = ROOT.parent / "shared"
MEDIA = SHARED / "media"
