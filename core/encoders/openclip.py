"""CLIP-family encoders through open_clip: any name it knows, hub repositories, local checkpoints.

Weights are read from safetensors or with ``weights_only=True``; nothing is unpickled, no code of a
repository runs. On CUDA the towers run in float16 with channels-last pixels; on the CPU in float32.
"""

from __future__ import annotations

import contextlib
import logging
import re
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core.encoders.base import (
    DRAFT_SIDES,
    Cancelled,
    Progress,
    clean_text,
    resolve_device,
    unit_rows,
)
from core.encoders.digests import sha256_of, short_digest
from core.encoders.download import Wish
from core.encoders.lanes import lanes_for
from core.encoders.names import Source
from core.encoders.resizing import faster
from core.encoders.sources import Artifacts, resolve
from core.runtime.errors import WinnowError

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
        self._model = _model(artifacts, device)
        self._tokenizer = _tokenizer(artifacts)
        settings = dict(self._model.visual.preprocess_cfg)
        steps = image_transform_v2(PreprocessCfg(**settings), is_train=False).transforms
        # What follows this step, scaling and normalising, is done for whole batches.
        shaping = steps[: [type(step) for step in steps].index(MaybeToTensor)]
        self._transforms = [faster(step) for step in shaping]
        self._mean = torch.tensor(settings["mean"], device=device).view(1, 3, 1, 1)
        self._deviation = torch.tensor(settings["std"], device=device).view(1, 3, 1, 1)
        self.draft_px: int | None = DRAFT_SIDES * _longest(settings["size"])
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
        given = torch.from_numpy(np.ascontiguousarray(pixels))
        with torch.inference_mode(), self._stream():
            images = self.normalised(given)
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
                vectors = self._model.encode_text(tokens.to(self.device))
                found = vectors.float().cpu().numpy()
            result[start : start + len(batch)] = unit_rows(found)
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


def load(
    spec: str,
    source: Source,
    device: str,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> OpenClipEncoder:
    """Download what is missing and load the model. Errors: see `registry.load_encoder`."""
    device = resolve_device(device)  # before a download of gigabytes
    artifacts = resolve(source, Wish(spec, progress, cancelled))
    return OpenClipEncoder(spec, artifacts, device)


def _model(artifacts: Artifacts, device: str) -> Any:
    """The model in evaluation mode with its weights, on ``device``."""
    import open_clip

    with _without_remarks():
        try:
            model = open_clip.create_model(
                artifacts.builder,
                load_weights=False,
                pretrained_text=False,
                device="cpu",
                force_quick_gelu=artifacts.quick_gelu,
                force_preprocess_cfg=artifacts.preprocess,
                **artifacts.overrides,
            )
        except Exception as error:  # the configuration may come from anyone: all sorts of errors
            raise WinnowError(
                f"The configuration of {artifacts.title} does not describe a model that open_clip "
                f"{open_clip.__version__} can build ({_brief(error)}): check {artifacts.described}."
            ) from error
    _load_weights(model, artifacts)
    model.eval().requires_grad_(False)
    import torch

    if device == "cuda":
        # Layer norms and sums inside matrix products stay in float32 within CUDA's own operators.
        model = model.half().to(device, memory_format=torch.channels_last)
        torch.cuda.synchronize()  # other threads use the weights from streams of their own
        return model
    from core.encoders.packed import pack

    pack(model)
    return model


def _longest(size: int | Sequence[int]) -> int:
    return size if isinstance(size, int) else max(size)


@contextlib.contextmanager
def _without_remarks() -> Iterator[None]:
    """Drop what open_clip logs, such as that the weights (loaded next) are random."""

    def not_open_clip(record: logging.LogRecord) -> bool:
        return "open_clip" not in record.pathname

    root = logging.getLogger()
    root.addFilter(not_open_clip)
    try:
        yield
    finally:
        root.removeFilter(not_open_clip)


def _load_weights(model: torch.nn.Module, artifacts: Artifacts) -> None:
    import pickle

    import open_clip
    from safetensors import SafetensorError

    where = artifacts.weights
    damaged = f"The checkpoint {where} is damaged or is no checkpoint of tensors"
    try:
        open_clip.load_checkpoint(model, str(where), strict=True, weights_only=True, device="cpu")
    except pickle.UnpicklingError as error:
        raise WinnowError(
            f"The checkpoint {where} was not loaded because it is damaged or holds more than "
            "tensors, which could run code: save its state_dict alone, best as .safetensors."
        ) from error
    except (SafetensorError, EOFError, StopIteration) as error:
        raise WinnowError(f"{damaged} ({_brief(error)}): get the file again.") from error
    except OSError as error:
        reason = error.strerror or _brief(error)
        raise WinnowError(f"{where} cannot be read ({reason}): allow reading it.") from error
    except Exception as error:  # open_clip asserts and indexes its way through foreign content
        if isinstance(error, RuntimeError) and "state_dict" not in str(error):
            # Raised while reading the archive, not while filling the model.
            raise WinnowError(f"{damaged} ({_brief(error)}): get the file again.") from error
        raise WinnowError(
            f"The checkpoint {where} does not fit the architecture {artifacts.architecture} "
            f"({_brief(error)}): name the architecture that it was trained with."
        ) from error


def _tokenizer(artifacts: Artifacts) -> Any:
    """The tokenizer, from open_clip's own vocabulary or from files on disk; never the network."""
    from open_clip.tokenizer import HFTokenizer, SimpleTokenizer

    text = artifacts.config["text_cfg"]
    length = int(text.get("context_length", 77))
    # A configuration file must not be able to switch on the running of a repository's code.
    options = {
        k: v for k, v in text.get("tokenizer_kwargs", {}).items() if k != "trust_remote_code"
    }
    try:
        if artifacts.tokenizer is None:
            return SimpleTokenizer(context_length=length, **options)
        mode = text.get("tokenizer_mode")
        return HFTokenizer(
            str(artifacts.tokenizer), context_length=length, tokenizer_mode=mode, **options
        )
    except Exception as error:
        where = artifacts.tokenizer or artifacts.described
        raise WinnowError(
            f"The tokenizer of {artifacts.title} cannot be loaded from {where} ({_brief(error)}): "
            "put its tokenizer.json and tokenizer_config.json there."
        ) from error


def _brief(error: BaseException) -> str:
    """An error's first telling line, short enough to stand inside a sentence."""
    lines = [line.strip().rstrip(".:") for line in str(error).splitlines() if line.strip()]
    telling = next((line for line in lines if "mismatch" in line or "Missing" in line), None)
    text = telling or (lines[0] if lines else type(error).__name__)
    return text if len(text) <= 120 else text[:117] + "…"
