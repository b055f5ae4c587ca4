"""Towers that are handed out make the vectors that their encoders make."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from colours import ColourEncoder
from encoders.shrunk import save, small_towers
from encoders.sides import pictures

from core.encoders.base import Encoder
from core.encoders.lazy import LazyEncoder
from core.encoders.registry import load_encoder
from core.encoders.starter.encoder import StarterEncoder
from core.encoders.towers import tower_of
from core.runtime.errors import WinnowError

ARCHITECTURES = ["RN50-quickgelu", "ViT-B-32", "coca_ViT-B-32", "ViT-B-16-SigLIP", "EVA02-B-16"]


def same(encoder: Encoder) -> None:
    """That the tower makes the encoder's vectors, whatever the batch."""
    tower = tower_of(encoder).image_tower()
    json.dumps(tower.preprocessing)
    pixels = np.stack([encoder.preprocess(picture) for picture in pictures()])
    with torch.inference_mode():
        made = tower.module(torch.from_numpy(pixels)).numpy()
        alone = tower.module(torch.from_numpy(pixels[:1])).numpy()
    assert (made.shape, made.dtype) == ((len(pixels), encoder.dim), np.float32)
    assert np.allclose(np.linalg.norm(made, axis=1), 1, atol=1e-5)
    assert ((made * encoder.encode_images(pixels)).sum(axis=1) >= 0.9999).all()
    assert np.allclose(alone, made[:1], atol=1e-5)


def test_of_the_starter(starter: StarterEncoder) -> None:
    same(starter)


def test_of_an_encoder_that_is_loaded_late(starter: StarterEncoder) -> None:
    same(LazyEncoder("starter", starter.identity, starter.dim, lambda: starter))


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_of_open_clip(name: str, tmp_path: Path) -> None:
    with small_towers():
        save(name, tmp_path / name)
        same(load_encoder(f"local:{tmp_path / name}", "cpu"))


def test_an_encoder_without_one_is_refused() -> None:
    with pytest.raises(WinnowError, match=r"^The encoder Colours cannot be written as ONNX"):
        tower_of(ColourEncoder())
