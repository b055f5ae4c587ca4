"""CLIP-family encoders through open_clip: any name it knows, hub repositories, local checkpoints.

Weights are read from safetensors or with ``weights_only=True``; nothing is unpickled, no code of a
repository runs. On CUDA the towers run in float16 with channels-last pixels; on the CPU in float32.
"""

from __future__ import annotations

import contextlib
import math
import re
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core.encoders.base import DRAFT_SIDES, clean_text, directions, of_texts
from core.encoders.digests import sha256_of, short_digest
from core.encoders.lanes import lanes_for
from core.encoders.openclip.artifacts import Artifacts
from core.encoders.openclip.building import build_model, build_tokenizer
from core.encoders.openclip.probing import check
from core.encoders.openclip.resizing import Shaping, Step, faster
from core.encoders.openclip.sentences import brief
from core.encoders.openclip.tables import longest_side
from core.encoders.towers import ImageTower
from core.runtime.errors import WinnowError

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image

_TEXT_BATCH = 256
_OVERFLOWED = (
    "Half precision overflowed on some pictures of this model; those were computed in bfloat16."
)
_SHARPEST, _FLATTEST = 10_000.0, 0.1  # of usable scales; CLIP's own lie between 10 and 120
_CHARACTERS = 2000  # over 20 characters a token at CLIP's 77 tokens: nothing a tower sees is cut


class OpenClipEncoder:
    """One open_clip model. See `core.encoders.base.Encoder`."""

    looks = slice(None)
    centre_scores = False
    reference_mean: np.ndarray | None = None

    def __init__(self, spec: str, artifacts: Artifacts, device: str) -> None:
        """Load ``artifacts``.

        Raises:
            WinnowError: the weights are damaged, unsafe, or not those of the architecture, or what
                was built cannot encode a picture and a text.
        """
        import torch

        self.spec = spec
        self.title = artifacts.title
        self.device = device
        self.lanes = lanes_for(device)
        self._model = build_model(artifacts, device)
        self._tokenizer = build_tokenizer(artifacts)
        settings = dict(self._model.visual.preprocess_cfg)
        self.preprocessor = Shaping(_steps(settings, artifacts))
        self._mean = torch.tensor(settings["mean"], device=device).view(1, 3, 1, 1)
        self._deviation = torch.tensor(settings["std"], device=device).view(1, 3, 1, 1)
        self.draft_px: int | None = DRAFT_SIDES * longest_side(settings["size"])
        self.dim = int(artifacts.config["embed_dim"])
        self.temperature, self.notes = _temperature(self._model.logit_scale.item())
        self._streams = threading.local()
        self._tokenizing = threading.Lock()
        self._artifacts = artifacts
        weights = sha256_of(artifacts.weights)
        short = re.sub(r"[^A-Za-z0-9._-]+", "-", artifacts.architecture).strip(".-")[:48]
        self.identity = f"{short}-{short_digest(artifacts.config, weights, settings)}"
        check(self, artifacts)

    def preprocess(self, image: Image) -> np.ndarray:
        """open_clip's own evaluation transform up to its pixels, as uint8 (H, W, 3).

        Its resizing is done by another kernel, see `resizing`. It holds no state, so that threads
        can share it.
        """
        return self.preprocessor(image)

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
                self.notes = (*(note for note in self.notes if note != _OVERFLOWED), _OVERFLOWED)
        return directions(vectors)

    def normalised(self, pixels: torch.Tensor) -> torch.Tensor:
        """(B, H, W, 3) uint8 as the (B, 3, H, W) float32 of open_clip's transform, on the device.

        The result lies in memory as the pixels do: channels last.
        """
        if self.device == "cuda":
            pixels = pixels.pin_memory().to(self.device, non_blocking=True)
        images = pixels.permute(0, 3, 1, 2).float().div_(255)
        return images.sub_(self._mean).div_(self._deviation)

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Texts as (M, D) float32 of unit norm; errors: see `Encoder`."""
        import torch

        result = np.zeros((len(texts), self.dim), dtype=np.float32)
        for start in range(0, len(texts), _TEXT_BATCH):
            batch = [clean_text(text, _CHARACTERS) for text in texts[start : start + _TEXT_BATCH]]
            tokens = self._tokens(batch)
            with torch.inference_mode(), self._stream():
                vectors = self._model.encode_text(tokens.to(self.device)).float().cpu().numpy()
                if self.device == "cuda" and not np.isfinite(vectors).all():
                    with torch.autocast("cuda", dtype=torch.bfloat16):
                        vectors = self._model.encode_text(tokens.to(self.device))
                        vectors = vectors.float().cpu().numpy()
            result[start : start + len(batch)] = of_texts(directions(vectors), batch, self.title)
        return result

    def image_tower(self) -> ImageTower:
        """See `core.encoders.towers.HasTower`."""
        from core.encoders.openclip.tower import OpenClipTower

        settings = dict(self._model.visual.preprocess_cfg)
        shaping = {name: value for name, value in settings.items() if name not in ("mean", "std")}
        return ImageTower(OpenClipTower(self._artifacts).eval(), shaping)

    def _tokens(self, texts: list[str]) -> torch.Tensor:
        """Token numbers (M, T), all of which the model knows: others would stop a GPU for good."""
        with self._tokenizing:  # some set their padding anew each time, and refuse a second thread
            tokens: torch.Tensor = self._tokenizer(texts)
        count = getattr(getattr(self._model, "text", self._model), "vocab_size", 0)
        if count and len(tokens) and not 0 <= int(tokens.min()) <= int(tokens.max()) < count:
            raise WinnowError(
                f"The tokenizer of {self.title} makes token numbers up to {int(tokens.max()):,}, "
                f"its text model knows {count:,}: use the tokenizer that it was trained with."
            )
        return tokens

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


def _steps(settings: dict[str, Any], artifacts: Artifacts) -> list[Step]:
    """open_clip's evaluation transform up to its pixels; scaling them is done for whole batches."""
    from open_clip.transform import MaybeToTensor, PreprocessCfg, image_transform_v2

    try:
        steps = image_transform_v2(PreprocessCfg(**settings), is_train=False).transforms
        return [faster(step) for step in steps[: [type(s) for s in steps].index(MaybeToTensor)]]
    except Exception as error:  # settings come from anyone
        raise WinnowError(
            f"The preprocessing of {artifacts.title} cannot be used ({brief(error)}): check "
            f"preprocess_cfg in {artifacts.described}."
        ) from error


def _temperature(scale: float) -> tuple[float | None, tuple[str, ...]]:
    """Of a softmax over scores, from the logarithm of their scale; None with a note: of no use."""
    if math.log(_FLATTEST) <= scale <= math.log(_SHARPEST):
        return math.exp(-scale), ()
    return None, (
        f"The logit_scale of this model is {scale:.4g}, which is no usable sharpness: how sure it "
        "is was estimated from the pictures.",
    )
