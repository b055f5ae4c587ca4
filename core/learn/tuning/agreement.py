"""The loss of pairs: how far a batch is from putting every image to its own text, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def disagreement(scores: torch.Tensor, image: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
    """The symmetric cross-entropy of CLIP (Radford et al. 2021, arXiv 2103.00020), a scalar.

    Args:
        scores: (B, B), of the image of each pair with the text of each, scaled.
        image, text: (B,) int64, what the pairs are of; who shares one is right for the other too.
    """
    right = ((image[:, None] == image) | (text[:, None] == text)).float()
    target = right / right.sum(dim=1, keepdim=True)
    agreement = target * (scores.log_softmax(dim=1) + scores.log_softmax(dim=0))
    return -agreement.sum() / (2 * len(image))
