"""A change of low rank to layers of a model (LoRA, Hu et al. 2021, arXiv 2106.09685).

A layer's weight W becomes W + s B A. It is added once, when the model is loaded, so that a changed
model runs as fast as its base.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.runtime.errors import WinnowError


@dataclass(frozen=True, eq=False)
class Change:
    """What was learned.

    Attributes:
        layers: name of a layer → A (r, in) and B (out, r), float32.
        scale: s, above 0.
    """

    layers: Mapping[str, tuple[np.ndarray, np.ndarray]]
    scale: float

    def weaker(self, share: float) -> Change:
        """A share of the change: between base and changed model lie models that keep more of the
        base (WiSE-FT, Wortsman et al. 2022, arXiv 2109.01903)."""
        return replace(self, scale=self.scale * share)

    def apply(self, model: Any) -> None:
        """Add it to a torch model in float32, in place.

        Raises:
            WinnowError: the model has no such layers.
        """
        import torch

        layers = dict(model.named_modules())
        with torch.no_grad():
            for name, (a, b) in self.layers.items():
                weight = getattr(layers.get(name), "weight", None)
                if weight is None or tuple(weight.shape) != (len(b), a.shape[1]):
                    raise WinnowError(
                        f"What was tuned does not fit the model: its layer {name[:80]} is missing "
                        "or of another shape, so tune anew on the model that is here."
                    )
                weight += self.scale * (torch.from_numpy(b) @ torch.from_numpy(a)).to(weight)

    def tensors(self) -> dict[str, np.ndarray]:
        """All of it as arrays by name; `of_tensors` takes them back."""
        result = {"scale": np.array([self.scale], dtype=np.float32)}
        for name, (a, b) in self.layers.items():
            result |= {f"{name}/a": a, f"{name}/b": b}
        return {name: np.ascontiguousarray(array, np.float32) for name, array in result.items()}


def of_tensors(tensors: Mapping[str, np.ndarray]) -> Change:
    """What `Change.tensors` gave.

    Raises:
        ValueError, KeyError: something is missing, of the wrong shape or not finite.
    """
    if not all(np.isfinite(array).all() for array in tensors.values()):
        raise ValueError("numbers that are not finite")
    (scale,) = tensors["scale"].tolist()
    names = [name.removesuffix("/a") for name in tensors if name.endswith("/a")]
    layers = {name: (tensors[f"{name}/a"], tensors[f"{name}/b"]) for name in names}
    if not layers or len(tensors) != 1 + 2 * len(layers) or not 0 < scale < 1_000:
        raise ValueError("no layers, or a scale of no use")
    for a, b in layers.values():
        if a.ndim != 2 or b.ndim != 2 or len(a) != b.shape[1] or not a.size:
            raise ValueError("matrices that do not fit each other")
    return Change(layers, scale)
