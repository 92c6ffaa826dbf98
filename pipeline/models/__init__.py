"""Organ: where weights come from; what was trained, loaded once."""

from pipeline.models.registry import ModelConfig, Models, load_models

__all__ = ["ModelConfig", "Models", "load_models"]
