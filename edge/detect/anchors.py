"""The fixed anchors of the BlazeFace models (Bazarevsky et al. 2019, arXiv:1907.05047)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Layer:
    """One output grid: `cells` by `cells`, each cell's centre repeated for its `anchors`."""

    cells: int
    anchors: int


@dataclass(frozen=True, slots=True)
class ModelShape:
    """What decoding needs to know of a model: side of its square input in pixels, and its output grids in order."""

    side: int
    layers: tuple[Layer, ...]


SHORT_RANGE = ModelShape(128, (Layer(16, 2), Layer(8, 6)))
FULL_RANGE = ModelShape(192, (Layer(48, 1),))


def anchor_centres(shape: ModelShape) -> NDArray[np.float32]:
    """(N, 2) centres x, y as fractions of the input, in the order of the model's outputs."""
    return np.concatenate([_grid(layer) for layer in shape.layers])


def _grid(layer: Layer) -> NDArray[np.float32]:
    steps = (np.arange(layer.cells, dtype=np.float32) + np.float32(0.5)) / np.float32(layer.cells)
    y, x = np.meshgrid(steps, steps, indexing="ij")
    return np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), layer.anchors, axis=0)
