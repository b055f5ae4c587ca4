"""Devices by name, and vectors that are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from encoders.conftest import sentence
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.encoders import base
from core.encoders.base import directions, of_texts, resolve_device
from core.encoders.registry import load_encoder
from core.runtime.errors import WinnowError


def test_devices(tiny: Path) -> None:
    import torch

    assert "use auto, cpu or cuda" in sentence(f"local:{tiny}", "gpu")
    if not torch.cuda.is_available():
        assert "--device cpu" in sentence(f"local:{tiny}", "cuda")
        assert "--device cpu" in sentence("starter", "cuda")
        assert load_encoder(f"local:{tiny}", "auto").device == "cpu"


def test_pytorch_is_asked_only_where_a_gpu_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    asked = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: asked.append(1) or True)
    monkeypatch.setattr(base, "_GPU_DEVICES", ("no-such-device",))
    monkeypatch.setattr(base.sys, "platform", "linux")
    assert resolve_device("auto") == resolve_device("cpu") == "cpu"
    assert not asked
    monkeypatch.setattr(base, "_GPU_DEVICES", ("null",))
    assert resolve_device("auto") == resolve_device("cuda") == "cuda"
    monkeypatch.setattr(base, "_GPU_DEVICES", ())
    monkeypatch.setattr(base.sys, "platform", "win32")  # there it cannot be told from files
    assert resolve_device("auto") == "cuda"
    assert resolve_device("cpu") == "cpu" and len(asked) == 3


@given(
    arrays(np.float32, (5, 3), elements=st.floats(width=32)),
    st.sampled_from([1.0, 1e-30, 1e30, 1e38]),
)
def test_a_direction_has_unit_length_or_is_none(rows: np.ndarray, size: float) -> None:
    """Numbers of any size are taken; what is not finite or all zero becomes NaN."""
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = (rows * np.float32(size)).astype(np.float32)
    result = directions(scaled)
    usable = np.isfinite(scaled).all(axis=1) & scaled.any(axis=1)
    assert result.dtype == np.float32
    assert np.isnan(result[~usable]).all()
    assert np.allclose(np.linalg.norm(result[usable], axis=1), 1, atol=1e-6)


def test_of_nothing_there_are_no_directions() -> None:
    assert directions(np.zeros((0, 7), np.float32)).shape == (0, 7)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.0])
def test_a_text_that_points_nowhere_is_named(value: float) -> None:
    vectors = np.eye(3, dtype=np.float32)
    assert of_texts(vectors, ["a", "b", "c"], "tiny") is vectors
    vectors[1] = value
    with pytest.raises(WinnowError, match=r'tiny .* "two lines"') as caught:
        of_texts(vectors, ["a", "two\nlines ", "c"], "tiny")
    assert "\n" not in str(caught.value)
