"""The starter's images as one torch module, pixels to vectors, for programs without Winnow."""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn.functional import embedding, normalize

from core.encoders.starter.image import network
from core.encoders.starter.pixels import CENTRE, SCALE
from core.encoders.starter.space import TEMPERATURE, TOP, VISUAL, JointSpace
from core.encoders.starter.weights import State

_LEAST = 1e-12  # what a length of zero counts as, as in `unit_rows`


class StarterTower(nn.Module):
    """What `StarterEncoder.encode_images` does, in float32 on the CPU."""

    classes: torch.Tensor
    basis: torch.Tensor
    middle: torch.Tensor

    def __init__(self, state: State, space: JointSpace) -> None:
        """
        Args:
            state: the package's tensors, see `weights.read`.

        Raises:
            WinnowError: the weights are not those of timm's network.
        """
        super().__init__()
        self.network = network(state)
        classes = torch.tensor(space.classes)
        self.register_buffer("classes", classes - classes.mean(dim=0))
        self.register_buffer("basis", torch.tensor(space.basis))
        self.register_buffer("middle", torch.tensor(space.mean_features))

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Vectors (B, D) float32 of unit norm, of pixels (B, 224, 224, 3) uint8."""
        images = (pixels.permute(0, 3, 1, 2).float() - CENTRE) / SCALE
        features = self.network.forward_head(self.network.forward_features(images), pre_logits=True)
        best, top = self.network.get_classifier()(features).topk(TOP, dim=1)
        shares = torch.softmax(best / TEMPERATURE, dim=1)
        semantic = (shares[:, None] @ embedding(top, self.classes))[:, 0]
        visual = (features - self.middle) @ self.basis
        parts = (
            math.sqrt(1 - VISUAL) * normalize(semantic, dim=1, eps=_LEAST),
            math.sqrt(VISUAL) * normalize(visual, dim=1, eps=_LEAST),
        )
        return normalize(torch.cat(parts, dim=1), dim=1, eps=_LEAST)
