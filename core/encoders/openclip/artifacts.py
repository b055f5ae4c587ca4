"""All that open_clip builds a model from: a configuration, weights, and a tokenizer's files."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.encoders import download
from core.encoders.download import Wish
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


def text_parts(config: dict[str, Any], wish: Wish) -> tuple[Path | None, dict[str, Any]]:
    """Tokenizer folder and overrides of a model whose text tower may need files of the hub.

    Raises:
        WinnowError: they could not be downloaded.
        Cancelled: asked to stop.
    """
    repo = config["text_cfg"].get("hf_tokenizer_name")
    tokenizer = download.fetch_tokenizer(repo, wish) if repo else None
    return tokenizer, text_model(config, None, wish)


def text_model(config: dict[str, Any], folder: Path | None, wish: Wish) -> dict[str, Any]:
    """Point a transformers text tower to a folder, so that building it makes no request.

    Args:
        folder: where its config.json lies; None: fetch it from the hub.

    Raises:
        WinnowError: it could not be downloaded.
        Cancelled: asked to stop.
    """
    repo = config["text_cfg"].get("hf_model_name")
    if not repo:
        return {}
    folder = folder or download.fetch_config(repo, wish)
    text = config["text_cfg"] | {"hf_model_name": str(folder), "hf_model_pretrained": False}
    return {"text_cfg": text}


def read_config(path: Path) -> dict[str, Any]:
    """The ``model_cfg`` of an open_clip_config.json, checked for what is needed.

    Raises:
        WinnowError: unreadable, not JSON, or without the parts that every model has.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WinnowError(f"{path} cannot be read ({error.strerror}): allow reading it.") from error
    except ValueError as error:
        raise WinnowError(f"{path} is not valid JSON ({error}): get the file again.") from error
    model = content.get("model_cfg") if isinstance(content, dict) else None
    parts = ("embed_dim", "vision_cfg", "text_cfg")
    if not isinstance(model, dict) or any(part not in model for part in parts):
        raise WinnowError(
            f"{path} does not describe an open_clip model: it needs model_cfg with "
            f"{', '.join(parts)}."
        )
    return dict(model)
