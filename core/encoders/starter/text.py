"""The starter's text tower: all-MiniLM-L6-v2, a sentence encoder of 384 dimensions.

Wang et al., MiniLM (arXiv 2002.10957), fine-tuned as a Sentence-BERT (Reimers & Gurevych, arXiv
1908.10084): mean of the token vectors, normalised.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.encoders import torchvision_compat
from core.encoders.base import clean_text

DIMENSIONS = 384
_TOKENS = 256
_CHARACTERS = 8 * _TOKENS
_BATCH = 128


class TextTower:
    """Texts to unit vectors."""

    def __init__(self, folder: Path, device: str) -> None:
        torchvision_compat.prepare()
        import torch
        from safetensors.torch import load_file
        from tokenizers import Tokenizer
        from transformers import BertConfig, BertModel

        config = BertConfig.from_json_file(str(folder / "config.json"))
        # On the meta device the random initialisation, half of the loading time, is left out.
        with torch.device("meta"):
            model = BertModel(config, add_pooling_layer=False)
        state = load_file(folder / "model.safetensors")
        wanted = {k: v for k, v in state.items() if not k.startswith("pooler.")}
        wanted.pop("embeddings.position_ids", None)
        model.load_state_dict(wanted, assign=True, strict=True)
        # These buffers are made anew because the file does not hold them.
        size = config.max_position_embeddings
        for name, buffer in (
            ("position_ids", torch.arange(size).expand((1, -1))),
            ("token_type_ids", torch.zeros((1, size), dtype=torch.long)),
        ):
            model.embeddings.register_buffer(name, buffer, persistent=False)
        self._model = model.eval().requires_grad_(False).to(device)
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
        with torch.inference_mode():
            ids = torch.tensor([e.ids for e in encoded], device=self._device)
            mask = torch.tensor([e.attention_mask for e in encoded], device=self._device)
            hidden = self._model(input_ids=ids, attention_mask=mask).last_hidden_state.float()
            weights = mask.unsqueeze(-1).float()
            mean = (hidden * weights).sum(1) / weights.sum(1)
            return torch.nn.functional.normalize(mean, dim=1).cpu().numpy()
