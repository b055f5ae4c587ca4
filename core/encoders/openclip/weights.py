"""Weights from a checkpoint into a model, whoever wrote it and however it was wrapped.

Nothing but tensors is unpickled. Trainers put the tensors of a model into other things: a
dictionary beside the optimizer's, names behind ``module.`` (distributed training), ``_orig_mod.``
(compiled), ``model.`` (Lightning). Those are looked through. What is not the model's is left out
only where it stands beside it; a checkpoint that fits in part is refused.
"""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.encoders.openclip.artifacts import Artifacts
from core.encoders.openclip.sentences import brief
from core.runtime.errors import WinnowError

if TYPE_CHECKING:
    import torch

State = dict[str, Any]
"""Tensors by name."""

_HOLDERS = (
    "state_dict",
    "model_state_dict",
    "model",
    "module",
    "net",
    "state_dict_ema",
    "model_ema",
    "ema_state_dict",
    "ema",
)
"""Under which names checkpoints hold the tensors of a model, the most usual first."""
_WRAPPERS = {
    "module",
    "_orig_mod",
    "_fsdp_wrapped_module",
    "_checkpoint_wrapped_module",
    "_forward_module",
}
_ANCHOR = "logit_scale"  # every model of open_clip's has it, at the top
_SLACK = 1_000_000  # bytes
_SAVE = "save its state_dict alone, best as .safetensors"


def read_state(path: Path) -> State:
    """The tensors of one model in a checkpoint, by the names that they have in the model.

    Raises:
        WinnowError: unreadable, damaged, holding code, or of several models; the sentence says
            which file and why.
    """
    where = f"The checkpoint {path}"
    return _own(_unwrapped(_tensors(_read(path, where)), where), where)


def fill(model: torch.nn.Module, state: State, artifacts: Artifacts) -> None:
    """Fill ``model`` with the tensors of its checkpoint; all of them, and all finite.

    Raises:
        WinnowError: they are not those of this model.
    """
    where = f"The checkpoint {artifacts.weights}"
    try:
        _fill(model, state, where, artifacts.architecture)
    except WinnowError:
        raise
    except Exception as error:  # open_clip asserts and indexes its way through foreign content
        raise WinnowError(
            f"{where} does not fit the architecture {artifacts.architecture} ({brief(error)}): "
            "name the architecture that it was trained with."
        ) from error
    _check_finite(model, where)


def _read(path: Path, where: str) -> Any:
    """What the file holds, of tensors and plain values only."""
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    damaged = f"{where} is damaged or is no checkpoint of tensors"
    try:
        if path.suffix.lower() == ".safetensors":
            return load_file(path, device="cpu")
        packed = zipfile.is_zipfile(path)
        if packed:
            _check_archive(path, where)
        # Mapped, so that the optimizer's tensors in a training checkpoint take no memory.
        return torch.load(path, map_location="cpu", weights_only=True, mmap=packed)
    except WinnowError:
        raise
    except pickle.UnpicklingError as error:
        raise WinnowError(
            f"{where} was not loaded because it is damaged or holds more than tensors, which could "
            f"run code: {_SAVE}."
        ) from error
    except OSError as error:
        reason = error.strerror or brief(error)
        raise WinnowError(f"{where} cannot be read ({reason}): allow reading it.") from error
    except (SafetensorError, Exception) as error:  # all sorts, for the content is anyone's
        raise WinnowError(f"{damaged} ({brief(error)}): get the file again.") from error


def _check_archive(path: Path, where: str) -> None:
    """Refuse archives of TorchScript, and those that hold more than their file's size."""
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    if any(member.filename.endswith("/constants.pkl") for member in members):
        raise WinnowError(f"{where} is a TorchScript archive, which holds code: {_SAVE}.")
    if sum(member.file_size for member in members) > path.stat().st_size + _SLACK:
        raise WinnowError(f"{where} is compressed, which PyTorch's checkpoints are not: {_SAVE}.")


def _tensors(content: Any) -> State:
    """The tensors of the model among what a checkpoint holds; those of its average if no others."""
    import torch

    for _ in range(4):
        inner = next((n for n in _HOLDERS if isinstance(_get(content, n), Mapping)), None)
        if inner is None:
            break
        content = content[inner]
    if not isinstance(content, Mapping):
        return {}
    return {str(n): value for n, value in content.items() if isinstance(value, torch.Tensor)}


def _get(content: Any, name: str) -> Any:
    return content.get(name) if isinstance(content, Mapping) else None


def _unwrapped(state: State, where: str) -> State:
    """Names without the layers that compiling and distributed training put around modules."""
    result: State = {}
    for name, tensor in state.items():
        plain = ".".join(part for part in name.split(".") if part not in _WRAPPERS)
        if plain in result:
            raise WinnowError(f"{where} holds {plain} twice, once wrapped: {_SAVE}.")
        result[plain] = tensor
    return result


def _own(state: State, where: str) -> State:
    """The tensors of one model, without the name of what held it.

    A checkpoint may hold a model and its moving average, whose names say so: the model is taken, as
    open_clip does. Of several that could be meant none is.
    """
    if not state:
        raise WinnowError(
            f"{where} is damaged or is no checkpoint of tensors (it holds none): get the file "
            "again."
        )
    if any(name.startswith(("vision_model.", "text_model.")) for name in state):
        raise WinnowError(
            f"{where} is of the transformers library, whose models have another form: get it in "
            "open_clip's form, or name its repository as hf-hub:ORG/NAME."
        )
    holders = [n.removesuffix(_ANCHOR) for n in state if n == _ANCHOR or n.endswith(f".{_ANCHOR}")]
    if not holders:
        return state
    holder = _one_of(holders, where)
    others = tuple(other for other in holders if other not in ("", holder))
    return {
        name.removeprefix(holder): tensor
        for name, tensor in state.items()
        if name.startswith(holder) and not (others and name.startswith(others))
    }


def _one_of(holders: list[str], where: str) -> str:
    if "" in holders:
        return ""
    plain = [holder for holder in holders if "ema" not in holder.lower()]
    left = plain or holders
    if len(left) > 1:
        names = " and ".join(holder.rstrip(".") for holder in sorted(left)[:3])
        raise WinnowError(f"{where} holds several models ({names}): save one of them alone.")
    return left[0]


def _fill(model: Any, state: State, where: str, architecture: str) -> None:
    """Convert older forms as open_clip's own loader does, and copy every tensor."""
    from open_clip.convert import convert_state_dict
    from open_clip.model import (
        convert_to_custom_text_state_dict,
        resize_pos_embed,
        resize_text_pos_embed,
    )

    state = convert_state_dict(model, state)
    if "positional_embedding" in state and not hasattr(model, "positional_embedding"):
        state = convert_to_custom_text_state_dict(state)
    for name in ("logit_scale", "logit_bias"):
        own = getattr(model, name, None)
        if name in state and own is not None:
            state[name] = state[name].reshape(own.shape)
    if "logit_bias" not in state and getattr(model, "logit_bias", None) is not None:
        state["logit_bias"] = model.logit_bias.detach().clone().zero_()
    wanted = model.state_dict()
    for name in [n for n in state if n.endswith("embeddings.position_ids") and n not in wanted]:
        del state[name]  # written by old versions of transformers
    _check_kinds(state, wanted, where)
    resize_pos_embed(state, model)
    resize_text_pos_embed(state, model)
    missing, extra = model.load_state_dict(state, strict=False)
    parts = [_listed("lacks", missing), _listed("has", extra, " that it does not know")]
    if any(parts):
        misfit = " and ".join(part for part in parts if part)
        raise WinnowError(
            f"{where} does not fit the architecture {architecture} (it {misfit}): name the "
            "architecture that it was trained with."
        )


def _listed(verb: str, names: list[str], rest: str = "") -> str:
    if not names:
        return ""
    more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
    return f"{verb} {names[0][:80]}{more}{rest}"


def _check_kinds(state: State, wanted: State, where: str) -> None:
    """Refuse numbers of another kind: whole ones of a quantised model would be taken as weights."""
    for name, own in wanted.items():
        theirs = state.get(name)
        if theirs is not None and theirs.is_floating_point() != own.is_floating_point():
            kind = str(theirs.dtype).removeprefix("torch.")
            raise WinnowError(
                f"{where} holds {name} as {kind}, as quantised models do: use one that is not."
            )


def _check_finite(model: torch.nn.Module, where: str) -> None:
    import torch

    for name, tensor in model.state_dict().items():
        if not tensor.is_floating_point():
            continue
        # A sum is quicker; it may overflow, so only what is not finite there is looked at.
        if not torch.isfinite(tensor.sum()) and not torch.isfinite(tensor).all():
            raise WinnowError(
                f"{where} holds numbers that are not finite ({name}), as a training run that went "
                "wrong leaves them: use an earlier checkpoint, or get the file again."
            )
