"""The image tower of an open_clip model as one torch module, for programs without Winnow."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import normalize

from core.encoders.openclip.artifacts import Artifacts
from core.encoders.openclip.building import build_model

_LEAST = 1e-30  # models may give vectors of any size


class OpenClipTower(nn.Module):
    """What `OpenClipEncoder.encode_images` does, in float32 on the CPU."""

    middle: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, artifacts: Artifacts) -> None:
        """Build the model anew: the encoder's own has packed weights, or such of half precision.

        Raises:
            WinnowError: the weights are damaged, or gone since the encoder was loaded.
        """
        super().__init__()
        model = build_model(artifacts, "cpu", packed=False)
        settings = model.visual.preprocess_cfg
        self.register_buffer("middle", torch.tensor(settings["mean"]).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor(settings["std"]).view(1, 3, 1, 1))
        self.visual = model.visual

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Vectors (B, D) float32 of unit norm, of pixels (B, H, W, 3) uint8."""
        images = (pixels.permute(0, 3, 1, 2).float() / 255 - self.middle) / self.deviation
        made = self.visual(images)
        vectors = made[0] if isinstance(made, tuple) else made  # CoCa's gives its tokens, too
        return normalize(vectors, dim=1, eps=_LEAST)
