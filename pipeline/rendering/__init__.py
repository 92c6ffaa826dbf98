"""Video and audio → MP4 and thumbnail.

Other packages use the names below.
"""

from pipeline.rendering.clip_renderer import render_clip
from pipeline.rendering.gpu import with_fallback

__all__ = ["render_clip", "with_fallback"]
