"""Where the project's files lie, and the recordings beside it that are not part of it."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data"
SAMPLE = DATA / "sample_talk.mp4"
SHARED = ROOT.parent / "shared"
MEDIA = SHARED / "media"
