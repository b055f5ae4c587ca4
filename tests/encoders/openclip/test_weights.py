"""Checkpoints as trainers leave them, and those that must not be taken."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from encoders.conftest import save_tiny, sentence

from core.encoders.registry import load_encoder

State = dict[str, Any]


def behind(prefix: str) -> Callable[[State], State]:
    return lambda state: {f"{prefix}{name}": tensor for name, tensor in state.items()}


def inside(state: State, part: str, wrapper: str) -> State:
    """The tensors of one module with a wrapper in the middle of their names."""
    return {
        name.replace(f"{part}.", f"{part}.{wrapper}.", 1)
        if name.startswith(f"{part}.")
        else name: t
        for name, t in state.items()
    }


def noise(state: State) -> State:
    import torch

    return {name: torch.randn_like(tensor) for name, tensor in state.items()}


WRAPPED: dict[str, Callable[[State], Any]] = {
    "compiled": behind("_orig_mod."),
    "distributed": behind("module."),
    "compiled and distributed": behind("module._orig_mod."),
    "distributed and compiled": behind("_orig_mod.module."),
    "lightning": lambda s: {
        "epoch": 3,
        "state_dict": behind("model.")(s) | {"loss.margin": next(iter(s.values()))},
        "optimizer_states": [{"state": {0: next(iter(s.values()))}}],
    },
    "lightning, compiled": lambda s: {"state_dict": behind("model._orig_mod.")(s)},
    "lightning, deeper": lambda s: {"state_dict": behind("net.clip.model.")(s)},
    "one tower compiled": lambda s: inside(s, "visual", "_orig_mod"),
    "one block sharded": lambda s: inside(
        s, "visual.transformer.resblocks.0", "_fsdp_wrapped_module"
    ),
    "open_clip's training": lambda s: {"epoch": 1, "name": "x", "state_dict": behind("module.")(s)},
    "model": lambda s: {"model": s, "step": 5},
    "model_state_dict": lambda s: {"model_state_dict": s, "optimizer_state_dict": {"state": {}}},
    "deepspeed": lambda s: {"module": behind("_forward_module.")(s), "dp_world_size": 8},
    "average alone": lambda s: {"state_dict_ema": s},
    "average beside it": lambda s: {"state_dict": s, "state_dict_ema": noise(s)},
    "average among it": lambda s: {
        "state_dict": behind("model.")(s) | behind("model_ema.module.")(noise(s))
    },
    "average behind it": lambda s: s | behind("ema.")(noise(s)),
    "half precision": lambda s: {n: t.half() if t.is_floating_point() else t for n, t in s.items()},
}


@pytest.fixture(scope="module")
def tensors(tmp_path_factory: pytest.TempPathFactory) -> State:
    """Those of a tiny CLIP."""
    import torch

    path = save_tiny(tmp_path_factory.mktemp("plain"), seed=3, safe=False)
    return torch.load(path, weights_only=True)


@pytest.fixture
def plain(tensors: State, tiny_name: str, tmp_path: Path) -> tuple[State, np.ndarray]:
    """The tensors, and what the model makes of a picture and a text."""
    import torch

    torch.save(tensors, tmp_path / "plain.pt")
    return tensors, vectors_of(f"{tiny_name}@{tmp_path / 'plain.pt'}")


def vectors_of(spec: str) -> np.ndarray:
    encoder = load_encoder(spec, "cpu")
    pixels = np.random.default_rng(0).integers(0, 256, (1, 48, 48, 3), dtype=np.uint8)
    return np.vstack([encoder.encode_images(pixels), encoder.encode_texts(["a cat"])])


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("kind", WRAPPED)
def test_wrapped_checkpoints_are_the_model_in_them(
    tiny_name: str, plain: tuple[State, np.ndarray], tmp_path: Path, kind: str, legacy: bool
) -> None:
    import torch

    state, vectors = plain
    path = tmp_path / "w.pt"
    torch.save(WRAPPED[kind](dict(state)), path, _use_new_zipfile_serialization=not legacy)
    assert np.allclose(
        vectors_of(f"{tiny_name}@{path}"), vectors, atol=2e-3 if "half" in kind else 1e-6
    )


def test_wrapped_safetensors_too(
    tiny_name: str, plain: tuple[State, np.ndarray], tmp_path: Path
) -> None:
    from safetensors.torch import save_file

    state, vectors = plain
    save_file(behind("model._orig_mod.")(state), tmp_path / "w.safetensors")
    assert np.allclose(vectors_of(f"{tiny_name}@{tmp_path / 'w.safetensors'}"), vectors, atol=1e-6)


def spoilt(state: State, name: str, value: float) -> State:
    tensor = state[name].clone()
    tensor.view(-1)[-1] = value
    return state | {name: tensor}


def without(state: State, name: str) -> State:
    return {key: tensor for key, tensor in state.items() if key != name}


REFUSED: dict[str, tuple[Callable[[State], Any], str]] = {
    "a tensor is missing": (lambda s: without(s, "visual.proj"), "lacks visual.proj"),
    "the scale is missing": (lambda s: without(s, "logit_scale"), "lacks logit_scale"),
    "an extra tensor": (lambda s: s | {"head.weight": s["logit_scale"]}, "has head.weight"),
    "missing within a wrapper": (lambda s: behind("model.")(without(s, "ln_final.bias")), "lacks"),
    "another shape": (lambda s: s | {"ln_final.bias": s["visual.proj"]}, "does not fit"),
    "two models": (
        lambda s: behind("student.")(s) | behind("teacher.")(noise(s)),
        "several models",
    ),
    "twice": (lambda s: s | {"module.logit_scale": s["logit_scale"]}, "twice"),
    "nan in a weight": (lambda s: spoilt(s, "visual.proj", np.nan), "not finite (visual.proj)"),
    "inf in a text weight": (lambda s: spoilt(s, "token_embedding.weight", np.inf), "not finite"),
    "nan in the scale": (lambda s: spoilt(s, "logit_scale", np.nan), "not finite (logit_scale)"),
    "inf in the scale": (lambda s: spoilt(s, "logit_scale", np.inf), "not finite (logit_scale)"),
    "quantised": (lambda s: s | {"visual.proj": s["visual.proj"].char()}, "as int8"),
    "transformers": (behind("vision_model."), "transformers library"),
    "nothing": (lambda s: {}, "holds none"),
    "no tensors": (lambda s: {"state_dict": {"a": 1}}, "holds none"),
    "tensors without names": (lambda s: list(s.values()), "holds none"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_does_not_fit_is_refused_with_the_reason(
    tiny_name: str, plain: tuple[State, np.ndarray], tmp_path: Path, kind: str
) -> None:
    import torch

    change, reason = REFUSED[kind]
    path = tmp_path / "w.pt"
    torch.save(change(dict(plain[0])), path)
    text = sentence(f"{tiny_name}@{path}")
    assert reason in text
    assert str(path) in text


def test_archives_with_code_and_compressed_ones_are_refused(
    tiny_name: str, plain: tuple[State, np.ndarray], tmp_path: Path
) -> None:
    import torch

    torch.jit.script(torch.nn.Linear(2, 2)).save(tmp_path / "code.pt")
    assert "TorchScript" in sentence(f"{tiny_name}@{tmp_path / 'code.pt'}")
    torch.save({"state_dict": {"a": torch.zeros(2_000_000)}}, tmp_path / "w.pt")
    with (
        zipfile.ZipFile(tmp_path / "w.pt") as source,
        zipfile.ZipFile(tmp_path / "z.pt", "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(name, source.read(name))
    assert "compressed" in sentence(f"{tiny_name}@{tmp_path / 'z.pt'}")


@pytest.mark.parametrize("scale", [1000.0, 100.0, -50.0, 3e38])
def test_a_scale_of_no_use_is_replaced_and_told(
    tiny_name: str, plain: tuple[State, np.ndarray], tmp_path: Path, scale: float
) -> None:
    """100 is what comes of storing the scale itself in place of its logarithm."""
    import torch

    state = plain[0] | {"logit_scale": torch.tensor(scale)}
    torch.save(state, tmp_path / "w.pt")
    encoder = load_encoder(f"{tiny_name}@{tmp_path / 'w.pt'}", "cpu")
    assert encoder.temperature is None  # chosen from the pool, then
    assert any("logit_scale" in note for note in encoder.notes)
