"""The starter's image weights as arrays, and what follows from them without running the network."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

State = dict[str, np.ndarray]
"""Tensors of the package under its own names, in the order of the network."""


def read(path: Path) -> State:
    """The tensors of the weights file; nothing in it is unpickled but tensors."""
    import torch

    state = torch.load(path, map_location="cpu", weights_only=True)
    return {name: tensor.numpy() for name, tensor in state.items()}


def classifier(state: State) -> np.ndarray:
    """(1000, 1280) float32: one row of weights an ImageNet class."""
    return state["_fc.weight"]


def mean_features(state: State) -> np.ndarray:
    """(1280,) float32: what ImageNet photographs average to.

    The mean of ReLU6(z) for z normal with the last batch norm's mean β and deviation \\|γ\\|: batch
    norm makes every channel so over the training images, so it can be had from the weights alone.
    """
    beta = state["_bn1.bias"].astype(np.float64)
    gamma = np.maximum(np.abs(state["_bn1.weight"].astype(np.float64)), 1e-6)
    erf = np.vectorize(math.erf)

    def rectified(mean: np.ndarray) -> np.ndarray:  # E[max(0, z)]
        ratio = mean / gamma
        below = 0.5 * (1 + erf(ratio / math.sqrt(2)))
        return mean * below + gamma * np.exp(-0.5 * ratio**2) / math.sqrt(2 * math.pi)

    return (rectified(beta) - rectified(beta - 6.0)).astype(np.float32)
