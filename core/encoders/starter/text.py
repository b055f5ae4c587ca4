"""The starter's text tower: all-MiniLM-L6-v2, a sentence encoder of 384 dimensions.

Wang et al., MiniLM (arXiv 2002.10957), fine-tuned as a Sentence-BERT (Reimers & Gurevych, arXiv
1908.10084): mean of the token vectors, normalised. The network is a small BERT (arXiv 1810.04805)
and stands here in full, because importing transformers takes ten times as long as loading the
weights and embedding a vocabulary.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.encoders.base import clean_text
from core.encoders.lanes import one_torch_thread

if TYPE_CHECKING:
    from torch import Tensor

DIMENSIONS = 384
_TOKENS = 256
_CHARACTERS = 8 * _TOKENS
_BATCH = 128
_FEW = 1_024  # tokens a batch: hundredths of a second for one processor


class TextTower:
    """Texts to unit vectors."""

    def __init__(self, folder: Path, device: str) -> None:
        """Load configuration, weights and tokenizer from ``folder`` to "cpu" or "cuda"."""
        from safetensors.torch import load_file
        from tokenizers import Tokenizer

        self._network = _Bert(
            json.loads((folder / "config.json").read_bytes()),
            load_file(folder / "model.safetensors", device=device),
        )
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(_TOKENS)
        self._tokenizer.enable_padding()
        self._device = device

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors (M, 384) float32."""
        result = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        clean = [clean_text(text, _CHARACTERS) for text in texts]
        by_length = sorted(range(len(clean)), key=lambda i: len(clean[i]))  # little padding
        for start in range(0, len(clean), _BATCH):
            rows = by_length[start : start + _BATCH]
            result[rows] = self._embed([clean[i] for i in rows])
        return result

    def _embed(self, texts: list[str]) -> np.ndarray:
        import torch

        encoded = self._tokenizer.encode_batch(texts)
        few = len(encoded) * len(encoded[0]) <= _FEW
        # On a machine with other work, threads wait for each other at every layer: up to 20 times
        # as long as one alone.
        with torch.inference_mode(), one_torch_thread() if few else nullcontext():
            ids = torch.tensor([e.ids for e in encoded], device=self._device)
            mask = torch.tensor([e.attention_mask for e in encoded], device=self._device)
            hidden = self._network(ids, mask.bool())
            weights = mask.unsqueeze(-1).float()
            mean = (hidden * weights).sum(1) / weights.sum(1)
            return torch.nn.functional.normalize(mean, dim=1).cpu().numpy()


class _Bert:
    """BERT's encoder for inference: layer norm after each half of a layer, exact GELU."""

    def __init__(self, config: dict, state: dict[str, Tensor]) -> None:
        """
        Args:
            config: the model's config.json.
            state: its tensors by name.
        """
        self._heads: int = config["num_attention_heads"]
        self._layers: int = config["num_hidden_layers"]
        self._epsilon: float = config["layer_norm_eps"]
        self._state = state

    def __call__(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Token vectors (M, T, D) of token numbers (M, T); ``mask`` (M, T) is false for padding."""
        import torch.nn.functional as f

        words, positions, kinds = (
            self._state[f"embeddings.{name}_embeddings.weight"]
            for name in ("word", "position", "token_type")
        )
        x = self._norm("embeddings", words[ids] + kinds[0] + positions[: ids.shape[1]])
        for number in range(self._layers):
            layer = f"encoder.layer.{number}"
            query, key, value = (
                self._linear(f"{layer}.attention.self.{name}", x)
                .unflatten(-1, (self._heads, -1))
                .transpose(1, 2)
                for name in ("query", "key", "value")
            )
            seen = f.scaled_dot_product_attention(query, key, value, mask[:, None, None])
            y = self._linear(f"{layer}.attention.output.dense", seen.transpose(1, 2).flatten(2))
            x = self._norm(f"{layer}.attention.output", x + y)
            wide = f.gelu(self._linear(f"{layer}.intermediate.dense", x))
            x = self._norm(f"{layer}.output", x + self._linear(f"{layer}.output.dense", wide))
        return x

    def _linear(self, name: str, x: Tensor) -> Tensor:
        import torch.nn.functional as f

        return f.linear(x, self._state[f"{name}.weight"], self._state[f"{name}.bias"])

    def _norm(self, name: str, x: Tensor) -> Tensor:
        import torch.nn.functional as f

        weight, bias = (self._state[f"{name}.LayerNorm.{kind}"] for kind in ("weight", "bias"))
        return f.layer_norm(x, weight.shape, weight, bias, self._epsilon)
