"""The virtual camera: faces → crop path.

Other packages use the names below.
"""

from pipeline.framing.crop_planning import output_size, plan

__all__ = ["output_size", "plan"]
