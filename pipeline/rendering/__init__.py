"""Organ: turns pictures and sound into an MP4 and a thumbnail."""

from pipeline.rendering.clip_renderer import render_clip
from pipeline.rendering.gpu import with_fallback

__all__ = ["render_clip", "with_fallback"]
