"""Organ: the virtual camera; turns faces into a crop path."""

from pipeline.framing.crop_planning import output_size, plan

__all__ = ["output_size", "plan"]
