"""Image towers that can be handed out: what an encoder does to pixels, as one torch module."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

from core.encoders.base import Encoder
from core.runtime.errors import WinnowError

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, eq=False)
class ImageTower:
    """An image tower outside of its encoder.

    Attributes:
        module: on the CPU, in float32 and evaluation mode; from pixels (B, H, W, 3) uint8 as
            ``encoder.preprocess`` makes them to vectors (B, D) float32 of unit norm.
        preprocessing: how pixels are made of a picture, in words and numbers that JSON takes.
    """

    module: nn.Module
    preprocessing: dict[str, Any]


class HasTower(Protocol):
    """What an encoder offers beside `Encoder` where its image tower can be handed out."""

    def image_tower(self) -> ImageTower:
        """The tower, built anew.

        Raises:
            WinnowError: its files are damaged, or gone since the encoder was loaded.
        """
        ...


def tower_of(encoder: Encoder) -> HasTower:
    """An encoder as one whose image tower can be handed out.

    Raises:
        WinnowError: it is none.
    """
    if not callable(getattr(encoder, "image_tower", None)):
        raise WinnowError(
            f"The encoder {encoder.title} cannot be written as ONNX: use one that winnow models "
            "lists, or export without --onnx."
        )
    return cast(HasTower, encoder)
