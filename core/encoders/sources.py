"""From a model's name to the files and settings that open_clip builds it from."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.encoders import download, torchvision_compat
from core.encoders.download import CONFIG_FILE, WEIGHTS_FILES, Wish
from core.encoders.names import Checkpoint, Hub, LocalFolder, Source, Starter, Tag, unknown
from core.runtime.errors import WinnowError

_SUFFIXES = (".safetensors", ".bin", ".pt", ".pth", ".ckpt")


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


def resolve(source: Source, wish: Wish) -> Artifacts:
    """Find, and download where needed, what ``source`` names.

    Raises:
        WinnowError: it does not exist, or could not be downloaded.
        DownloadCancelled: asked to stop.
    """
    torchvision_compat.prepare()
    match source:
        case Tag():
            return _tag(source, wish)
        case Hub():
            return _hub(source, wish)
        case LocalFolder():
            return _folder(source, wish)
        case Checkpoint():
            return _checkpoint(source, wish)
        case Starter():
            raise ValueError("the starter is not an open_clip model")


def _tag(source: Tag, wish: Wish) -> Artifacts:
    import open_clip
    from open_clip.pretrained import get_pretrained_cfg

    name = source.architecture
    config = open_clip.get_model_config(name)
    pretrained = get_pretrained_cfg(name, source.tag)
    if config is None or not pretrained:
        raise unknown(f"{name}/{source.tag}")
    tokenizer, overrides = _text_parts(config, wish)
    repo, files = hub_files(pretrained)
    keys = ("mean", "std", "interpolation", "resize_mode", "fill_color", "size")
    return Artifacts(
        title=f"{name} ({source.tag})",
        architecture=name,
        builder=name,
        described="the name",
        config=config,
        weights=download.fetch(repo, files, wish),
        preprocess={key: pretrained[key] for key in keys if key in pretrained},
        quick_gelu=bool(pretrained.get("quick_gelu")),
        tokenizer=tokenizer,
        overrides=overrides,
    )


def _hub(source: Hub, wish: Wish) -> Artifacts:
    config_file = download.fetch(source.repo, (CONFIG_FILE,), wish)
    config = _read_config(config_file)
    tokenizer, overrides = _text_parts(config, wish)
    return Artifacts(
        title=source.repo,
        architecture=source.repo.split("/")[1],
        builder=f"local-dir:{config_file.parent}",
        described=f"{CONFIG_FILE} in the repository {source.repo}",
        config=config,
        weights=download.fetch(source.repo, WEIGHTS_FILES, wish),
        tokenizer=tokenizer,
        overrides=overrides,
    )


def _folder(source: LocalFolder, wish: Wish) -> Artifacts:
    folder = source.path
    if not folder.is_dir():
        raise WinnowError(
            f"The model folder {folder} does not exist: name a folder that holds {CONFIG_FILE} and "
            "a weights file."
        )
    config_file = folder / CONFIG_FILE
    if not config_file.is_file():
        raise WinnowError(
            f"The model folder {folder} holds no {CONFIG_FILE}: put it beside the weights, or use "
            f"NAME@FILE with an architecture that open_clip knows."
        )
    config = _read_config(config_file)
    weights = next((folder / name for name in WEIGHTS_FILES if (folder / name).is_file()), None)
    if weights is None:
        raise WinnowError(
            f"The model folder {folder} holds no weights: put {' or '.join(WEIGHTS_FILES)} there."
        )
    local = folder if config["text_cfg"].get("hf_tokenizer_name") else None
    return Artifacts(
        title=folder.resolve().name,
        architecture=folder.resolve().name,
        builder=f"local-dir:{folder}",
        described=str(config_file),
        config=config,
        weights=weights,
        tokenizer=local,
        overrides=_text_model(config, folder if (folder / "config.json").is_file() else None, wish),
    )


def _checkpoint(source: Checkpoint, wish: Wish) -> Artifacts:
    import open_clip

    name, path = source.architecture, source.path
    config = open_clip.get_model_config(name)
    if config is None:
        raise unknown(name)
    if not path.is_file():
        raise WinnowError(f"The checkpoint {path} does not exist: check the path.")
    if path.suffix.lower() not in _SUFFIXES:
        raise WinnowError(
            f"The checkpoint {path} has none of the known endings: use {', '.join(_SUFFIXES)}."
        )
    tokenizer, overrides = _text_parts(config, wish)
    return Artifacts(
        title=f"{name} ({path.name})",
        architecture=name,
        builder=name,
        described="the architecture's name",
        config=config,
        weights=path,
        tokenizer=tokenizer,
        overrides=overrides,
    )


def hub_files(pretrained: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Repository and file names, most wanted first, of an entry of open_clip's table.

    Its ``hf_hub`` is "ORG/NAME/" for the usual file names or "ORG/NAME/FILE" for another.
    """
    owner, name, *rest = pretrained["hf_hub"].split("/")
    file = "/".join(rest)
    if not file:
        return f"{owner}/{name}", WEIGHTS_FILES
    safe = f"{file.rpartition('.')[0]}.safetensors"
    return f"{owner}/{name}", tuple(dict.fromkeys((safe, file)))


def _text_parts(config: dict[str, Any], wish: Wish) -> tuple[Path | None, dict[str, Any]]:
    """Tokenizer folder and overrides of a model whose text tower may need files of the hub."""
    repo = config["text_cfg"].get("hf_tokenizer_name")
    tokenizer = download.fetch_tokenizer(repo, wish) if repo else None
    return tokenizer, _text_model(config, None, wish)


def _text_model(config: dict[str, Any], folder: Path | None, wish: Wish) -> dict[str, Any]:
    """Point a transformers text tower to a folder, so that building it makes no request."""
    repo = config["text_cfg"].get("hf_model_name")
    if not repo:
        return {}
    folder = folder or download.fetch_config(repo, wish)
    text = config["text_cfg"] | {"hf_model_name": str(folder), "hf_model_pretrained": False}
    return {"text_cfg": text}


def _read_config(path: Path) -> dict[str, Any]:
    """The ``model_cfg`` of an open_clip_config.json, checked for what is needed.

    Raises:
        WinnowError: unreadable, not JSON, or without the parts that every model has.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WinnowError(f"{path} cannot be read ({error.strerror}): allow reading it.") from error
    except ValueError as error:
        raise WinnowError(f"{path} is not valid JSON ({error}): get the file again.") from error
    model = found.get("model_cfg") if isinstance(found, dict) else None
    parts = ("embed_dim", "vision_cfg", "text_cfg")
    if not isinstance(model, dict) or any(part not in model for part in parts):
        raise WinnowError(
            f"{path} does not describe an open_clip model: it needs model_cfg with "
            f"{', '.join(parts)}."
        )
    return dict(model)
