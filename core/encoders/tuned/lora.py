"""The towers of an open_clip model while a change of low rank is learned for them.

`peft` puts the change into linear layers. Layers inside PyTorch's own attention are left as they
are: it takes their weights without calling them. On CUDA products are of half precision (bfloat16);
activations are computed again on the way back, which takes more time and far less memory.
The towers stay in evaluation mode: nothing but pairs and their order is random.
"""

from __future__ import annotations

import contextlib
import importlib.util
import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core.encoders.base import clean_text
from core.encoders.openclip.artifacts import Artifacts
from core.encoders.openclip.building import build_model, build_tokenizer
from core.encoders.tuned.change import Change
from core.runtime.errors import WinnowError

if TYPE_CHECKING:
    import torch

RANK = 16
_ALPHA = 2.0  # of ranks, the strength of the change
_CHARACTERS = 2_000
_STEEPEST = 100.0  # as CLIP's own training has it


class LoraTowers:
    """See `core.learn.tuning.towers.Towers`; rows are those of ``pixels`` and ``texts``."""

    def __init__(
        self,
        artifacts: Artifacts,
        device: str,
        pixels: np.ndarray,
        texts: Sequence[str],
        seed: int,
        half: bool | None = None,
    ) -> None:
        """Build the model anew, in float32.

        Args:
            pixels: (N, H, W, 3) uint8 as the model's encoder prepares them; may lie on disk.
            texts: M of them.
            seed: of the start.
            half: products are of half precision; None for where that is faster, on CUDA. What is
                learned, the loss and AdamW stay in float32, and bfloat16 reaches as far as that
                does, so that no loss has to be scaled.

        Raises:
            WinnowError: `peft` is not installed, the weights are damaged, or the model has no
                layers that can be changed.
        """
        import torch

        inject = _peft()
        model = build_model(artifacts, "cpu", packed=False)
        settings = model.visual.preprocess_cfg
        self._names = _layers(model)
        if not self._names:
            raise WinnowError(
                f"{artifacts.title} has no linear layers to change: tune it with --depth adapter."
            )
        model.set_grad_checkpointing(True)
        self.scale = min(math.exp(float(model.logit_scale)), _STEEPEST)
        inject(model, self._names)
        self._model = model.to(device).eval()
        self.parameters = {n: p for n, p in model.named_parameters() if ".lora_" in n}
        _start(self.parameters, seed)
        self._mean = torch.tensor(settings["mean"], device=device).view(1, 3, 1, 1)
        self._deviation = torch.tensor(settings["std"], device=device).view(1, 3, 1, 1)
        self._pixels, self._device = pixels, device
        self._half = device.startswith("cuda") if half is None else half
        cleaned = [clean_text(text, _CHARACTERS) for text in texts]
        self._tokens: torch.Tensor = build_tokenizer(artifacts)(cleaned)

    def images(self, rows: np.ndarray) -> torch.Tensor:
        """Vectors (n, D) float32 of unit norm."""
        import torch

        pixels = torch.from_numpy(np.ascontiguousarray(self._pixels[rows])).to(self._device)
        images = (pixels.permute(0, 3, 1, 2).float() / 255 - self._mean) / self._deviation
        with self._precision():
            vectors = self._model.encode_image(images)
        return torch.nn.functional.normalize(vectors.float(), dim=1)

    def texts(self, rows: np.ndarray) -> torch.Tensor:
        """Vectors (n, D) float32 of unit norm."""
        import torch

        tokens = self._tokens[torch.from_numpy(rows)].to(self._device)
        with self._precision():
            vectors = self._model.encode_text(tokens)
        return torch.nn.functional.normalize(vectors.float(), dim=1)

    def change(self, parameters: dict[str, torch.Tensor]) -> Change:
        """Parameters by name, of the same names as `parameters`, as a change of the base."""
        layers = {
            name: (
                parameters[f"{name}.lora_A.default.weight"].numpy(),
                parameters[f"{name}.lora_B.default.weight"].numpy(),
            )
            for name in self._names
        }
        return Change(layers, _ALPHA)

    def _precision(self) -> contextlib.AbstractContextManager[Any]:
        import torch

        kind = torch.device(self._device).type
        return torch.autocast(kind, dtype=torch.bfloat16, enabled=self._half)


def _layers(model: Any) -> list[str]:
    """Names of the linear layers that are called when the model runs."""
    import torch

    passed_by = ("AttentionPool2d", "MultiheadAttention")  # of PyTorch and open_clip
    modules = dict(model.named_modules())
    return [
        name
        for name, module in modules.items()
        if isinstance(module, torch.nn.Linear)
        and type(modules[name.rpartition(".")[0]]).__name__ not in passed_by
    ]


def installed() -> bool:
    """Whether `peft` is."""
    return importlib.util.find_spec("peft") is not None


def _peft() -> Any:
    """What puts a change into a model's layers; WinnowError where `peft` is not installed."""
    if not installed():
        raise WinnowError(
            "Tuning layers needs the package peft: install Winnow with its extra lora, or tune "
            "with --depth adapter."
        )
    from peft import LoraConfig, inject_adapter_in_model

    def inject(model: Any, names: list[str]) -> None:
        exactly = "|".join(map(re.escape, names))
        config = LoraConfig(r=RANK, lora_alpha=round(_ALPHA * RANK), target_modules=exactly)
        inject_adapter_in_model(config, model)

    return inject


def _start(parameters: dict[str, torch.nn.Parameter], seed: int) -> None:
    """Random directions that nothing comes of yet: A is drawn, B is zero."""
    import torch

    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in parameters.items():
            if ".lora_B." in name:
                value.zero_()
            else:
                drawn = torch.rand(value.shape, generator=random) * 2 - 1
                value.copy_(drawn / math.sqrt(value.shape[1]))
