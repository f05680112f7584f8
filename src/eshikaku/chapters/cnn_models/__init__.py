"""Chapter 13: 正規化と深いCNN."""

from eshikaku.chapters.cnn_models.experiments import axes, batch, cost, deep, tolerance

__all__ = ["axes", "batch", "cost", "deep", "tolerance"]
