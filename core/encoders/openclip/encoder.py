"""CLIP-family encoders through open_clip: any name it knows, hub repositories, local checkpoints.

Weights are read from safetensors or with ``weights_only=True``; nothing is unpickled, no code of a
repository runs. On CUDA the towers run in float16 with channels-last pixels; on the CPU in float32.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.encoders.base import DRAFT_SIDES, clean_text, unit_rows
from core.encoders.digests import sha256_of, short_digest
from core.encoders.lanes import lanes_for
from core.encoders.openclip.artifacts import Artifacts
from core.encoders.openclip.building import build_model, build_tokenizer
from core.encoders.openclip.resizing import faster
from core.encoders.openclip.tables import longest_side

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image

_TEXT_BATCH = 256
_NO_NOTES: tuple[str, ...] = ()
_OVERFLOWED = (
    "Half precision overflowed on some pictures of this model; those were computed in bfloat16.",
)
_CHARACTERS = 2000  # over 20 characters a token at CLIP's 77 tokens: nothing a tower sees is cut


class OpenClipEncoder:
    """One open_clip model. See `core.encoders.base.Encoder`."""

    looks = slice(None)
    centre_scores = False
    reference_mean: np.ndarray | None = None

    def __init__(self, spec: str, artifacts: Artifacts, device: str) -> None:
        """Load ``artifacts``.

        Raises:
            WinnowError: the weights are damaged, unsafe, or not those of the architecture.
        """
        import torch
        from open_clip.transform import MaybeToTensor, PreprocessCfg, image_transform_v2

        self.spec = spec
        self.title = artifacts.title
        self.device = device
        self.lanes = lanes_for(device)
        self.notes = _NO_NOTES
        self._model = build_model(artifacts, device)
        self._tokenizer = build_tokenizer(artifacts)
        settings = dict(self._model.visual.preprocess_cfg)
        steps = image_transform_v2(PreprocessCfg(**settings), is_train=False).transforms
        # What follows this step, scaling and normalising, is done for whole batches.
        shaping = steps[: [type(step) for step in steps].index(MaybeToTensor)]
        self._transforms = [faster(step) for step in shaping]
        self._mean = torch.tensor(settings["mean"], device=device).view(1, 3, 1, 1)
        self._deviation = torch.tensor(settings["std"], device=device).view(1, 3, 1, 1)
        self.draft_px: int | None = DRAFT_SIDES * longest_side(settings["size"])
        self.dim = int(artifacts.config["embed_dim"])
        self.temperature: float | None = float(np.exp(-self._model.logit_scale.item()))
        self._streams = threading.local()
        weights = sha256_of(artifacts.weights)
        short = re.sub(r"[^A-Za-z0-9._-]+", "-", artifacts.architecture).strip(".-")[:48]
        self.identity = f"{short}-{short_digest(artifacts.config, weights, settings)}"

    def preprocess(self, image: Image) -> np.ndarray:
        """open_clip's own evaluation transform up to its pixels, as uint8 (H, W, 3).

        Its resizing is done by another kernel, see `resizing`. It holds no state, so that threads
        can share it.
        """
        picture = image if image.mode == "RGB" else image.convert("RGB")
        for step in self._transforms:
            picture = step(picture)
        return np.array(picture)

    def encode_images(self, pixels: np.ndarray) -> np.ndarray:
        """(B, H, W, 3) uint8 as (B, D) float32 of unit norm."""
        import torch

        if len(pixels) == 0:
            return np.zeros((0, self.dim), dtype=np.float32)
        with torch.inference_mode(), self._stream():
            images = self.normalised(torch.from_numpy(np.ascontiguousarray(pixels)))
            vectors = self._model.encode_image(images.to(self._dtype)).float().cpu().numpy()
            if self.device == "cuda" and not np.isfinite(vectors).all():
                with torch.autocast("cuda", dtype=torch.bfloat16):
                    vectors = self._model.encode_image(images).float().cpu().numpy()
                self.notes = _OVERFLOWED
        return unit_rows(vectors)

    def normalised(self, pixels: torch.Tensor) -> torch.Tensor:
        """(B, H, W, 3) uint8 as the (B, 3, H, W) float32 of open_clip's transform, on the device.

        The result lies in memory as the pixels do: channels last.
        """
        if self.device == "cuda":
            pixels = pixels.pin_memory().to(self.device, non_blocking=True)
        images = pixels.permute(0, 3, 1, 2).float().div_(255)
        return images.sub_(self._mean).div_(self._deviation)

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Texts as (M, D) float32 of unit norm."""
        import torch

        result = np.zeros((len(texts), self.dim), dtype=np.float32)
        for start in range(0, len(texts), _TEXT_BATCH):
            batch = [clean_text(text, _CHARACTERS) for text in texts[start : start + _TEXT_BATCH]]
            tokens = self._tokenizer(batch)
            with torch.inference_mode(), self._stream():
                vectors = self._model.encode_text(tokens.to(self.device)).float().cpu().numpy()
            result[start : start + len(batch)] = unit_rows(vectors)
        return result

    @property
    def _dtype(self) -> torch.dtype:
        import torch

        return torch.float16 if self.device == "cuda" else torch.float32

    @contextlib.contextmanager
    def _stream(self) -> Iterator[None]:
        """A queue of GPU work for each thread, so that one's copies overlap another's computing."""
        if self.device != "cuda":
            yield
            return
        import torch

        own = getattr(self._streams, "own", None)
        if own is None:
            own = self._streams.own = torch.cuda.Stream()
        with torch.cuda.stream(own):
            yield
