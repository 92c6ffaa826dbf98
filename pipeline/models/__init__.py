"""Model weights: where they come from, and the networks loaded from them once.

Other packages use the names below.
"""

from pipeline.models.registry import ModelConfig, Models, load_models

__all__ = ["ModelConfig", "Models", "load_models"]
