"""All that open_clip builds a model from: a configuration, weights, and a tokenizer's files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.encoders import download
from core.encoders.download import Wish
from core.encoders.openclip import limits
from core.runtime.errors import WinnowError

WEIGHTS_FILES = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
CONFIG_FILE = "open_clip_config.json"


@dataclass(frozen=True)
class Artifacts:
    """All that a model is built from, on this machine.

    Attributes:
        title: name for messages and screens.
        architecture: short name that goes into the identity.
        builder: what open_clip.create_model takes: a built-in name or "local-dir:FOLDER".
        described: where the configuration comes from, for messages.
        config: open_clip's model configuration (embed_dim, vision_cfg, text_cfg, ...).
        weights: the checkpoint.
        preprocess: settings of the evaluation transform that differ from the architecture's.
        quick_gelu: the checkpoint was trained with that activation.
        tokenizer: folder of a Hugging Face tokenizer; None: open_clip's own vocabulary.
        overrides: further arguments of open_clip.create_model.
        change: what is done to the model once it has its weights, in float32.
    """

    title: str
    architecture: str
    builder: str
    described: str
    config: dict[str, Any]
    weights: Path
    preprocess: dict[str, Any] = field(default_factory=dict)
    quick_gelu: bool = False
    tokenizer: Path | None = None
    overrides: dict[str, Any] = field(default_factory=dict)
    change: Callable[[Any], None] | None = None


def text_parts(config: dict[str, Any], wish: Wish) -> tuple[Path | None, dict[str, Any]]:
    """Tokenizer folder and overrides of a model whose text tower may need files of the hub.

    Raises:
        WinnowError: they could not be downloaded.
        Cancelled: asked to stop.
    """
    text = config["text_cfg"]
    repo, model = text.get("hf_tokenizer_name"), text.get("hf_model_name")
    tokenizer = download.fetch_tokenizer(repo, wish) if repo else None
    folder = download.fetch_config(model, wish) if model else None
    return tokenizer, _overrides(text, folder)


def local_text_parts(config: dict[str, Any], folder: Path) -> tuple[Path | None, dict[str, Any]]:
    """The same for a model on this machine, without any request.

    The files may lie beside the model or in the hub's cache.

    Args:
        folder: where the model lies.

    Raises:
        WinnowError: some are missing; the sentence says which, and where they may be put.
    """
    text = config["text_cfg"]
    repo, model = text.get("hf_tokenizer_name"), text.get("hf_model_name")
    tokenizer = shape = None
    if repo:
        tokenizer = _beside(folder, (*download.VOCABULARIES, "tokenizer.model"), repo)
        if tokenizer is None:
            raise WinnowError(
                f"The model in {folder} needs the tokenizer files of {repo} and they are not here: "
                "put its tokenizer.json and tokenizer_config.json beside the weights (a model on "
                "this machine is never completed from the network)."
            )
    if model:
        shape = _beside(folder, ("config.json",), model)
        if shape is None:
            raise WinnowError(
                f"The model in {folder} needs the config.json of its text model {model} and it is "
                "not here: put it beside the weights (a model on this machine is never completed "
                "from the network)."
            )
    return tokenizer, _overrides(text, shape)


def _beside(folder: Path, names: Sequence[str], repo: str) -> Path | None:
    """The folder that holds one of ``names``: beside the model, or the hub's cache of ``repo``."""
    if any((folder / name).is_file() for name in names):
        return folder
    cached = download.cached_file(repo, names)
    return None if cached is None else cached.parent


def _overrides(text: dict[str, Any], folder: Path | None) -> dict[str, Any]:
    """Point a transformers text tower to a folder, so that building it makes no request."""
    if folder is None:
        return {}
    limits.check_text_model(folder)
    return {"text_cfg": text | {"hf_model_name": str(folder), "hf_model_pretrained": False}}


def read_config(path: Path) -> dict[str, Any]:
    """The ``model_cfg`` of an open_clip_config.json, checked for what is needed.

    Raises:
        WinnowError: unreadable, not JSON, without the parts that every model has, or out of bounds.
    """
    content = limits.load(path)
    model = content.get("model_cfg")
    parts = ("embed_dim", "vision_cfg", "text_cfg")
    if not isinstance(model, dict) or any(part not in model for part in parts):
        raise WinnowError(
            f"{path} does not describe an open_clip model: it needs model_cfg with "
            f"{', '.join(parts)}."
        )
    limits.check_config(model, str(path))
    return dict(model)
