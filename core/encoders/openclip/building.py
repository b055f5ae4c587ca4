"""From files to a model of open_clip's that is ready to run, and to its tokenizer.

Files come from anyone, so whatever open_clip stumbles over becomes one sentence.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import Any

from core.encoders.openclip.artifacts import Artifacts
from core.encoders.openclip.limits import check_config, check_preprocessing
from core.encoders.openclip.sentences import brief
from core.encoders.openclip.weights import State, fill, read_state
from core.runtime.errors import WinnowError

_POSITIONS = 10_000_000  # numbers that positions may have more than in the checkpoint


def build_model(artifacts: Artifacts, device: str, packed: bool = True) -> Any:
    """The model in evaluation mode with its weights: float32 on "cpu", float16 on "cuda".

    Args:
        packed: make it fast on a CPU; its layers can then be looked into by nobody.

    Raises:
        WinnowError: the configuration describes no model, or the weights are damaged, unsafe, or
            not those of the architecture.
    """
    check_config(artifacts.config, artifacts.described)
    state = read_state(artifacts.weights)
    _check_size(artifacts, state)
    model = _create(artifacts, "cpu")
    check_preprocessing(model.visual.preprocess_cfg, artifacts.described)
    fill(model, state, artifacts)
    if artifacts.change is not None:
        artifacts.change(model)
    model.eval().requires_grad_(False)
    if device == "cuda":
        import torch

        # Layer norms and sums inside matrix products stay in float32 within CUDA's own operators.
        model = model.half().to(device, memory_format=torch.channels_last)
        torch.cuda.synchronize()  # other threads use the weights from streams of their own
        return model
    if packed:
        from core.encoders.openclip.packed import pack

        pack(model)
    return model


def _check_size(artifacts: Artifacts, state: State) -> None:
    """Refuse a model that its checkpoint cannot fill, before memory is taken for it.

    It is built without memory first, to count its numbers. There may be more than the checkpoint
    has: positions are interpolated for larger pictures.
    """
    import torch

    with torch.device("meta"):
        model = _create(artifacts, "meta")
    count = sum(parameter.numel() for parameter in model.parameters())
    # A tensor may claim more numbers than the file has bytes, all of them one and the same.
    stored = min(sum(tensor.numel() for tensor in state.values()), artifacts.weights.stat().st_size)
    if count > 2 * stored + _POSITIONS:
        raise WinnowError(
            f"The checkpoint {artifacts.weights} does not fit the architecture "
            f"{artifacts.architecture}: it has {stored:,} numbers and the architecture {count:,}, "
            f"so check {artifacts.described}."
        )


def _create(artifacts: Artifacts, device: str) -> Any:
    """The model with random weights on ``device``; WinnowError where open_clip cannot build it."""
    import open_clip

    with _without_remarks():
        try:
            return open_clip.create_model(
                artifacts.builder,
                load_weights=False,
                pretrained_text=False,
                device=device,
                force_quick_gelu=artifacts.quick_gelu,
                force_preprocess_cfg=artifacts.preprocess,
                **artifacts.overrides,
            )
        except Exception as error:  # the configuration may come from anyone: all sorts of errors
            raise WinnowError(
                f"The configuration of {artifacts.title} does not describe a model that open_clip "
                f"{open_clip.__version__} can build ({brief(error)}): check {artifacts.described}."
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
    options = text.get("tokenizer_kwargs") or {}  # without those that fetch or run anything
    try:
        if artifacts.tokenizer is None:
            return SimpleTokenizer(context_length=length, **options)
        mode = text.get("tokenizer_mode")
        return HFTokenizer(
            str(artifacts.tokenizer),
            context_length=length,
            tokenizer_mode=mode,
            local_files_only=True,
            trust_remote_code=False,
            **options,
        )
    except Exception as error:
        where = artifacts.tokenizer or artifacts.described
        raise WinnowError(
            f"The tokenizer of {artifacts.title} cannot be loaded from {where} ({brief(error)}): "
            "put its tokenizer.json and tokenizer_config.json there."
        ) from error
