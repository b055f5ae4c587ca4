"""The head in torch says what the head in NumPy says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from sorter.making_one import DIM, drawn_sorter, model, unit

from core.sorter.head import Centring, Head
from core.sorter.onnx.graph import HeadGraph


def most_apart(head: Head, vectors: np.ndarray) -> float:
    """The largest difference between both heads' probabilities."""
    with torch.inference_mode():
        made = HeadGraph(head)(torch.from_numpy(vectors)).numpy()
    expected = head.probabilities(vectors)
    assert (made.shape, made.dtype) == (expected.shape, np.float32)
    assert np.allclose(made.sum(axis=1), 1, atol=1e-5)
    return float(np.abs(made - expected).max())


@pytest.mark.parametrize("centring", ["none", "scores", "images"])
@pytest.mark.parametrize("looks", [(0, DIM), (2, 5)])
@pytest.mark.parametrize("kind", ["prompts", "distilled"])
@pytest.mark.parametrize("temperature", [1.0, 0.6, 2.5])
def test_every_kind_of_head(
    centring: Centring, looks: tuple[int, int], kind: str, temperature: float
) -> None:
    head = replace(drawn_sorter(looks, kind).head, centring=centring, temperature=temperature)
    for images in (1, 3, 200):
        assert most_apart(head, unit((images, DIM), images)) < 1e-5


@pytest.mark.parametrize("trusts", [1, 5, 16])
def test_every_number_of_trusts_and_classes(trusts: int) -> None:
    for classes in (2, 40):
        head = Head(
            unit((classes, DIM), 1), np.zeros(DIM, np.float32), "none", 0.01, slice(None),
            model(trusts, DIM, classes), 1.1,
        )  # fmt: skip
        assert most_apart(head, unit((50, DIM), 2)) < 1e-5


def test_extreme_weights_stay_numbers() -> None:
    """Probabilities of zero, whose logarithm is taken for the temperature."""
    head = drawn_sorter().head
    steep = replace(head.model, slopes=head.model.slopes * 1e4)
    assert most_apart(replace(head, model=steep, zero_temperature=1e-4), unit((50, DIM), 3)) < 1e-5
    assert most_apart(head, np.zeros((2, DIM), np.float32)) < 1e-5
