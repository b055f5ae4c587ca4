"""The part of a model file that reads words: what it says, what it states, what it leaves alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from services.sorter.words.titled import titled

from core.project.snapshot import Snapshot
from core.services.predict.predicting import predict
from core.services.predict.words import texts_of
from core.services.sorter.making import make_sorter
from core.services.sorter.words.speech import vectors_of
from core.sorter.arrays import to_arrays
from core.sorter.model_file import read, write
from core.sorter.sorter import Sorter


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Snapshot, Sorter, Path]:
    folder = tmp_path_factory.mktemp("titled")
    _, snapshot = titled(folder)
    write(make_sorter(snapshot, "titled"), folder / "titled.winnow")
    return snapshot, read(folder / "titled.winnow"), folder / "titled.winnow"


def said(snapshot: Snapshot, sorter: Sorter) -> tuple[np.ndarray, np.ndarray]:
    """Rows with words, and what the file says of them."""
    texts = texts_of(snapshot)
    rows = np.flatnonzero(texts.of >= 0)
    assert sorter.words is not None
    vectors = texts.vectors[texts.of[rows]]
    return rows, sorter.words.probabilities(sorter.head, snapshot.pool.vectors[rows], vectors)


def test_it_says_what_the_collection_says(made: tuple[Snapshot, Sorter, Path]) -> None:
    snapshot, sorter, _ = made
    rows, chances = said(snapshot, sorter)
    inside = predict(snapshot).probabilities[rows]
    assert (chances.argmax(axis=1) == inside.argmax(axis=1)).mean() > 0.95
    pictures = sorter.head.probabilities(snapshot.pool.vectors[rows]).argmax(axis=1)
    assert (pictures == inside.argmax(axis=1)).mean() < 0.7  # colours say nothing here
    np.testing.assert_allclose(chances.sum(axis=1), 1, atol=1e-5)


def test_all_but_its_own_part_is_as_without_words(made: tuple[Snapshot, Sorter, Path]) -> None:
    snapshot, sorter, _ = made
    bare, arrays = make_sorter(snapshot.speaking(""), "titled"), to_arrays(sorter)
    assert bare.content.version == 1 and "words" not in bare.content.model_dump()
    for name, array in to_arrays(bare).items():
        np.testing.assert_array_equal(array, arrays.pop(name))
    assert arrays and all(name.startswith("words") for name in arrays)
    rest = {"version", "created", "words", "files"}
    assert sorter.content.model_dump(exclude=rest) == bare.content.model_dump(exclude=rest)


def test_it_states_figures_of_its_own(made: tuple[Snapshot, Sorter, Path]) -> None:
    _, sorter, _ = made
    content, words = sorter.content, sorter.content.words
    assert content.version == 2 and words is not None and words.template == "{title}"
    assert words.accuracy is not None and content.accuracy is not None
    assert words.accuracy.value > 0.9 > content.accuracy.value
    assert words.audit < content.labels.audit and words.images == 67
    assert "Accuracy with words" in sorter.card and "--metadata" in sorter.card


def test_the_file_does_not_change_what_it_says(made: tuple[Snapshot, Sorter, Path]) -> None:
    snapshot, sorter, path = made
    write(sorter, path.with_name("again.winnow"))
    assert path.with_name("again.winnow").read_bytes() == path.read_bytes()
    again = said(snapshot, read(path.with_name("again.winnow")))[1]
    np.testing.assert_array_equal(again, said(snapshot, sorter)[1])


def test_without_labels_it_says_what_prompts_and_words_say(tmp_path: Path) -> None:
    _, snapshot = titled(tmp_path, labels=0)
    sorter = make_sorter(snapshot, "a")
    assert sorter.content.words is not None and sorter.content.words.kind == "prompts"
    rows, chances = said(snapshot, sorter)
    np.testing.assert_allclose(chances, predict(snapshot).probabilities[rows], atol=1e-5)
    write(sorter, tmp_path / "a.winnow")
    np.testing.assert_allclose(said(snapshot, read(tmp_path / "a.winnow"))[1], chances, atol=1e-6)


def test_few_random_images_promise_nothing_of_words(tmp_path: Path) -> None:
    _, snapshot = titled(tmp_path, labels=11)
    sorter = make_sorter(snapshot, "a")
    words = sorter.content.words
    assert words is not None and words.audit < 10 and words.accuracy is None
    assert words.temperature == 1 and not any(words.thresholds)
    assert "was not measured" in sorter.card


def test_texts_are_read_as_the_collection_reads_them(made: tuple[Snapshot, Sorter, Path]) -> None:
    snapshot = made[0]
    texts = texts_of(snapshot)
    own = vectors_of(snapshot.encoder, ["", *texts.distinct, texts.distinct[0]])
    assert not own[0].any()
    np.testing.assert_array_equal(own[1:-1], texts.vectors)
    np.testing.assert_array_equal(own[-1], texts.vectors[0])
