"""What a model's configuration may ask for, checked before anything is built from it.

Configurations come from anyone. One that asks for a billion numbers a layer must end in a sentence
and not in a machine without memory, and none may fetch or run anything.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.runtime import inputs
from core.runtime.errors import WinnowError

MOST_LAYERS = 512
MOST_SIDE = 4096
"""Pixels of an input's side. The largest of open_clip's own models takes 512."""
MOST_CONTEXT = 8192
"""Tokens of a text; the mask of so many takes 270 MB."""
MOST_PATCHES = 65_536
MOST_NUMBER = 2**31
_MOST_DEPTH = 16
_CODE = ("auto_map", "quantization_config")
_TEXT_MODELS = ("bert", "m2m_100", "mt5", "roberta", "xlm-roberta")  # those that open_clip takes
_FETCHING = ("trust_remote_code", "local_files_only", "subfolder", "gguf_file", "code_revision")


def check_config(config: dict[str, Any], where: str) -> None:
    """Refuse a configuration of open_clip's that no model of a usable size can have.

    Args:
        where: what holds it, for messages.

    Raises:
        WinnowError: a part is of the wrong kind, or a number is out of range.
    """
    for part in ("vision_cfg", "text_cfg", "multimodal_cfg"):
        if not isinstance(config.get(part, {}), dict):
            raise _wrong(where, part, config[part], "a group of settings")
    _check_numbers(config, where)
    _positive(config, "embed_dim", where)
    vision, text = config["vision_cfg"], config["text_cfg"]
    for name in ("timm_model_name",):
        _plain(vision, name, where)
    for name in ("hf_model_name", "hf_tokenizer_name", "tokenizer_mode"):
        _text(text, name, where)
    _options(text, where)
    sides = _sides(vision.get("image_size", 224), where)
    patch = _sides(vision.get("patch_size") or 16, where, "patch_size")
    if math.prod(-(-a // b) for a, b in zip(sides, patch, strict=True)) > MOST_PATCHES:
        raise _wrong(where, "patch_size", patch, f"at most {MOST_PATCHES:,} patches an image")


def check_text_model(folder: Path) -> None:
    """Refuse a transformers configuration that is no text tower of open_clip's, or runs code.

    Args:
        folder: where its config.json lies.

    Raises:
        WinnowError: unreadable, of another kind, too large, or one that fetches or runs code.
    """
    path = folder / "config.json"
    config = load(path)
    for name in _CODE:
        if config.get(name):
            raise WinnowError(
                f"{path} was refused because its {name} asks for more than a plain text model, "
                "which may run code: use a model without it."
            )
    for name, value in config.items():
        if "implementation" in name and value is not None:
            raise _wrong(str(path), name, value, "left out")
    if config.get("model_type") not in _TEXT_MODELS:
        kinds = ", ".join(_TEXT_MODELS)
        raise _wrong(str(path), "model_type", config.get("model_type"), f"one of {kinds}")
    _check_numbers(config, str(path))


def check_preprocessing(settings: dict[str, Any], where: str) -> None:
    """Refuse settings of the evaluation transform that make no finite pixels.

    Raises:
        WinnowError: mean or deviation are not three finite numbers, or a deviation is not above 0.
    """
    for name in ("mean", "std"):
        values: Any = settings.get(name)
        listed = isinstance(values, list | tuple) and len(values) == 3
        if not listed or not all(_number(value) for value in values):
            raise _wrong(where, f"preprocess_cfg.{name}", values, "three numbers")
        if name == "std" and min(values) <= 0:
            raise _wrong(where, "preprocess_cfg.std", values, "three numbers above 0")
    _sides(settings.get("size"), where, "preprocess_cfg.size")


def load(path: Path) -> dict[str, Any]:
    """A JSON file that holds one group of settings.

    Raises:
        WinnowError: unreadable, too long, not JSON, nested without end, or something else.
    """
    try:
        content = inputs.load_json(path)
    except WinnowError:  # too long, with a sentence of its own
        raise
    except OSError as error:
        raise WinnowError(f"{path} cannot be read ({error.strerror}): allow reading it.") from error
    except (ValueError, RecursionError) as error:
        reason = str(error) or type(error).__name__
        raise WinnowError(f"{path} is not valid JSON ({reason}): get the file again.") from error
    return content if isinstance(content, dict) else {}


def _check_numbers(config: dict[str, Any], where: str) -> None:
    for name, value in _leaves(config, where):
        if isinstance(value, float) and not math.isfinite(value):
            raise _wrong(where, name, value, "a finite number")
        if not _number(value):
            continue
        key = name.rpartition(".")[2].partition("[")[0]
        if "layers" in key and not 0 < value <= MOST_LAYERS:
            raise _wrong(where, name, value, f"1 to {MOST_LAYERS}")
        if key == "context_length" and not 0 < value <= MOST_CONTEXT:
            raise _wrong(where, name, value, f"1 to {MOST_CONTEXT:,}")
        if abs(value) >= MOST_NUMBER:
            raise _wrong(where, name, value, f"below {MOST_NUMBER:,}")


def _leaves(value: Any, where: str, name: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Every value that holds no others, with its name as in text_cfg.layers or layers[2]."""
    if depth > _MOST_DEPTH:
        raise _wrong(where, name[:40], "…", f"at most {_MOST_DEPTH} levels deep")
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, where, f"{name}.{key}" if name else str(key), depth + 1)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _leaves(inner, where, f"{name}[{index}]", depth + 1)
    else:
        yield name, value


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _positive(config: dict[str, Any], name: str, where: str) -> None:
    if not _whole(config.get(name)) or config[name] < 1:
        raise _wrong(where, name, config.get(name), "a whole number above 0")


def _sides(size: Any, where: str, name: str = "image_size") -> tuple[int, int]:
    """Height and width of an ``image_size``, one number or two."""
    sides = tuple(size) if isinstance(size, list | tuple) else (size, size)
    if len(sides) != 2 or not all(_whole(side) and 0 < side <= MOST_SIDE for side in sides):
        raise _wrong(where, name, size, f"one or two whole numbers of 1 to {MOST_SIDE}")
    return sides


def _text(config: dict[str, Any], name: str, where: str) -> None:
    if not isinstance(config.get(name) or "", str):
        raise _wrong(where, name, config[name], "a text")


def _plain(config: dict[str, Any], name: str, where: str) -> None:
    """A name of timm's own table: with a place in it, timm would fetch what lies there."""
    _text(config, name, where)
    if any(sign in (config.get(name) or "") for sign in ":/\\"):
        raise _wrong(where, name, config[name], "a name of timm's, without a place")


def _options(text: dict[str, Any], where: str) -> None:
    """Options of the tokenizer: what fetches or runs anything is dropped, in place."""
    options = text.get("tokenizer_kwargs")
    if not isinstance(options or {}, dict):
        raise _wrong(where, "tokenizer_kwargs", options, "a group of settings")
    if options is not None:
        text["tokenizer_kwargs"] = {k: v for k, v in options.items() if k not in _FETCHING}


def _wrong(where: str, name: str, value: object, wanted: str) -> WinnowError:
    shown = repr(value)
    shown = shown if len(shown) <= 40 else shown[:37] + "…"
    return WinnowError(
        f"{where} describes no model that can be used: {name} is {shown} and must be {wanted}."
    )
