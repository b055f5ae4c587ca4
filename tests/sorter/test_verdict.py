"""The verdict on a delivery, in words, and how many labels prove the accuracy again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sorter.making_one import DIM, drawn_sorter, unit

from core.learn.judging.intervals import drawn_interval
from core.sorter.schema import Figure
from core.sorter.sorter import Reference, Sorter
from core.sorter.verdict import WIDTH, Looks, judge, labels_to_prove, watch


def looks(counts: list[int], sure: float, seed: int) -> Looks:
    """Images of three classes that the head tells apart with some probability."""
    classes = np.repeat(np.arange(3), counts)
    centres = unit((3, 16), 1)
    vectors = centres[classes] + 0.3 * np.random.default_rng(seed).normal(size=(len(classes), 16))
    probabilities = np.full((len(classes), 3), (1 - sure) / 2, np.float32)
    probabilities[np.arange(len(classes)), classes] = sure
    probabilities[:, 0] += np.random.default_rng(seed).normal(0, 1e-3, len(classes))
    return Looks(vectors.astype(np.float32), probabilities.astype(np.float32))


BEFORE = np.array([500, 300, 200])
REFERENCE = looks([250, 150, 100], 0.9, 0)


def test_as_before() -> None:
    watched = judge(["a", "b", "c"], BEFORE, REFERENCE, looks([100, 60, 40], 0.9, 1))
    assert watched.kind == "same"
    assert watched.sentences == [
        "Same as before: shares, look and probabilities are as in the collection."
    ]


def test_shares_that_moved_are_named_largest_first() -> None:
    watched = judge(["a", "b", "c"], BEFORE, REFERENCE, looks([76, 40, 84], 0.9, 2))
    assert watched.kind == "moved"
    assert watched.sentences[0].startswith("Shares moved: c 20% → 42% (")


def test_something_new_comes_first() -> None:
    delivery = looks([100, 60, 40], 0.9, 3)
    vectors = delivery.vectors.copy()
    vectors[:25] += 0.8
    watched = judge(["a", "b", "c"], BEFORE, REFERENCE, replace(delivery, vectors=vectors))
    assert watched.kind == "new"
    assert "look like nothing in the collection; most were taken for a." in watched.sentences[0]
    assert (watched.unlike.rows[:15] < 25).all()


def test_another_camera_is_not_called_a_new_thing() -> None:
    delivery = looks([100, 60, 40], 0.9, 3)
    watched = judge(
        ["a", "b", "c"], BEFORE, REFERENCE, replace(delivery, vectors=delivery.vectors + 0.3)
    )
    assert watched.kind == "new"
    assert watched.sentences[0].startswith("Something is different in most classes")


def test_a_model_that_is_less_sure() -> None:
    watched = judge(["a", "b", "c"], BEFORE, REFERENCE, looks([100, 60, 40], 0.7, 4))
    assert watched.drift.drifted
    assert watched.sentences[-1].startswith("The model is less sure than before: 90% → 70%")


def test_a_delivery_without_an_image() -> None:
    watched = watch(drawn_sorter(), np.empty((0, DIM), np.float32), np.empty((0, 3), np.float32))
    assert (watched.kind, watched.drift.drifted) == ("same", False)


def test_a_sorter_judges_images() -> None:
    sorter = drawn_sorter()
    vectors = unit((40, DIM), 5)
    reference = Reference(
        unit((60, DIM), 6).astype(np.float16), np.full((60, 3), 1 / 3, np.float32)
    )
    watched = watch(
        replace(sorter, reference=reference), vectors, sorter.head.probabilities(vectors)
    )
    assert sum(one.images for one in watched.shares) == 40
    assert watched.kind == "new" or "too few images" in watched.would_show


def _measured(value: float) -> Sorter:
    sorter = drawn_sorter()
    figure = Figure(value=value, low=value, high=value)
    return replace(sorter, content=sorter.content.model_copy(update={"accuracy": figure}))


@pytest.mark.parametrize("accuracy", [0.5, 0.8, 0.95, 1.0])
@pytest.mark.parametrize("images", [50, 800, 40_000])
def test_as_many_labels_as_prove_it_and_hardly_more(accuracy: float, images: int) -> None:
    count = labels_to_prove(_measured(accuracy), images)
    assert count is not None and 1 <= count <= images
    low, high = drawn_interval(round(accuracy * count), count, images)
    assert high - low <= 2 * WIDTH
    fewer = int(count * 0.9)
    if fewer:
        low, high = drawn_interval(round(accuracy * fewer), fewer, images)
        assert high - low > 2 * WIDTH * 0.9


def test_an_accuracy_that_was_never_measured_cannot_be_proved_again() -> None:
    assert labels_to_prove(drawn_sorter(), 100) is None
