"""From files to a model of open_clip's that is ready to run, and to its tokenizer.

Files come from anyone, so whatever open_clip stumbles over becomes one sentence, and nothing but
tensors is unpickled.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from core.encoders.openclip.artifacts import Artifacts
from core.runtime.errors import WinnowError

if TYPE_CHECKING:
    import torch


def build_model(artifacts: Artifacts, device: str) -> Any:
    """The model in evaluation mode with its weights: float32 on "cpu", float16 on "cuda".

    Raises:
        WinnowError: the configuration describes no model, or the weights are damaged, unsafe, or
            not those of the architecture.
    """
    model = _create(artifacts)
    _load_weights(model, artifacts)
    model.eval().requires_grad_(False)
    if device == "cuda":
        import torch

        # Layer norms and sums inside matrix products stay in float32 within CUDA's own operators.
        model = model.half().to(device, memory_format=torch.channels_last)
        torch.cuda.synchronize()  # other threads use the weights from streams of their own
        return model
    from core.encoders.openclip.packed import pack

    pack(model)
    return model


def _create(artifacts: Artifacts) -> Any:
    """The model with random weights, on the CPU; WinnowError where open_clip cannot build it."""
    import open_clip

    with _without_remarks():
        try:
            return open_clip.create_model(
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


def build_tokenizer(artifacts: Artifacts) -> Any:
    """The tokenizer, from open_clip's own vocabulary or from files on disk; never the network.

    Returns:
        A function from a list of M texts to their token numbers, an (M, T) int64 tensor.

    Raises:
        WinnowError: its files are missing or damaged.
    """
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
