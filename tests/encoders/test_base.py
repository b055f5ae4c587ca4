"""Devices by name."""

from __future__ import annotations

from pathlib import Path

from encoders.conftest import sentence

from core.encoders.registry import load_encoder


def test_devices(tiny: Path) -> None:
    import torch

    assert "use auto, cpu or cuda" in sentence(f"local:{tiny}", "gpu")
    if not torch.cuda.is_available():
        assert "--device cpu" in sentence(f"local:{tiny}", "cuda")
        assert "--device cpu" in sentence("starter", "cuda")
        assert load_encoder(f"local:{tiny}", "auto").device == "cpu"
