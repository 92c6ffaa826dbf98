"""Chooses the spans worth a clip, scores them and names them.

Other packages use the names below.
"""

from pipeline.highlights.comparison import Judge
from pipeline.highlights.hashtags import hashtags
from pipeline.highlights.selection import choose
from pipeline.highlights.titles import clip_title

__all__ = ["Judge", "choose", "clip_title", "hashtags"]
