"""What can be built and filled but does not encode is refused when it is loaded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from encoders.conftest import save_tiny, sentence

from core.encoders.registry import load_encoder
from core.runtime.errors import WinnowError


@pytest.mark.parametrize(
    ("name", "what"), [("visual.proj", "picture"), ("text_projection", "text")]
)
@pytest.mark.parametrize("size", [0.0, 3e38])
def test_weights_that_give_no_numbers(tmp_path: Path, name: str, what: str, size: float) -> None:
    """Zeros, or finite weights that overflow: a tower that points nowhere."""
    from safetensors.torch import load_file, save_file

    path = save_tiny(tmp_path)
    state = load_file(path)
    state[name] = state[name] * 0 + size
    save_file(state, path)
    text = sentence(f"local:{tmp_path}")
    assert what in text
    assert "finite" in text


def test_single_pictures_without_numbers_are_rows_of_nan(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = load_encoder(f"local:{tiny}", "cpu")
    pixels = np.random.default_rng(0).integers(0, 256, (4, 48, 48, 3), dtype=np.uint8)
    right = encoder.encode_images(pixels)
    encode = encoder._model.encode_image  # type: ignore[attr-defined]

    def spoilt(images):
        vectors = encode(images)
        vectors[1], vectors[2] = np.nan, 0.0
        return vectors

    monkeypatch.setattr(encoder._model, "encode_image", spoilt)  # type: ignore[attr-defined]
    result = encoder.encode_images(pixels)
    assert np.isnan(result[1:3]).all()
    assert np.array_equal(result[[0, 3]], right[[0, 3]])


def test_single_texts_without_numbers_are_named(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = load_encoder(f"local:{tiny}", "cpu")
    encode = encoder._model.encode_text  # type: ignore[attr-defined]

    def spoilt(tokens):
        vectors = encode(tokens)
        vectors[-1] = np.inf
        return vectors

    monkeypatch.setattr(encoder._model, "encode_text", spoilt)  # type: ignore[attr-defined]
    with pytest.raises(WinnowError, match='the text "a dog"'):
        encoder.encode_texts(["a cat", "a dog"])
