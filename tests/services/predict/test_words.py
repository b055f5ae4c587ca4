"""Imported columns in the predictions of a question."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.project.project import Project
from core.project.snapshot import Snapshot
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.services.predict.predicting import predict
from core.services.predict.words import spoken, texts_of, use_words
from core.store.metadata.table import MetadataTable

CLASSES = Vocabulary.of({"red": ["red"], "green": ["green"], "blue": ["blue"]})


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, dict[str, str]]:
    folder = tmp_path_factory.mktemp("words")
    truth = write_pictures(folder / "images", 60)
    project = Project.open(folder / "images", folder / "workspace")
    encoder = ColourEncoder()
    embed(project.workspace, encoder)
    return project.use(encoder), truth


def described(project: Project, titles: dict[str, str], words: str = "{title}") -> Snapshot:
    """A snapshot with titles by path, "" for none."""
    snapshot = project.snapshot(CLASSES)
    ids = snapshot.pool.ids
    cells = [titles.get(path) or None for path in snapshot.pool.paths]
    table = MetadataTable(
        ("title",), {"title": "text"}, str(hash(tuple(cells))), ids,
        {"title": pl.Series(cells, dtype=pl.String)},
    )  # fmt: skip
    return replace(snapshot, read_metadata=lambda: table, words=words)


def test_without_words_nothing_changes_by_a_bit(opened: tuple[Project, dict[str, str]]) -> None:
    project, truth = opened
    bare, silent = project.snapshot(CLASSES), described(project, {})
    for first, second in (
        (bare, silent),
        (bare.with_labels(labels(bare, truth)), silent.with_labels(labels(silent, truth))),
        (bare, described(project, truth, words="")),
    ):
        one, other = predict(first), predict(second)
        np.testing.assert_array_equal(one.probabilities, other.probabilities)
        assert other.words is None


def labels(snapshot: Snapshot, truth: dict[str, str], count: int = 24) -> dict[str, str]:
    paths = snapshot.pool.paths[:count]
    return {snapshot.pool.ids[row]: truth[path] for row, path in enumerate(paths)}


def test_words_reach_the_prediction_with_and_without_labels(
    opened: tuple[Project, dict[str, str]],
) -> None:
    project, truth = opened
    snapshot = described(project, truth)
    predictions = predict(snapshot)
    assert predictions.words is not None
    assert (predictions.words.images, predictions.words.texts) == (60, 3)
    assert predictions.words.agree and predictions.words.weight is None
    learned = predict(snapshot.with_labels(labels(snapshot, truth)))
    assert learned.words is not None and learned.words.weight is not None
    assert 0 < learned.words.weight <= 1
    expected = [snapshot.names.index(truth[path]) for path in snapshot.pool.paths]
    np.testing.assert_array_equal(learned.assigned, expected)


def test_missing_words_are_missing(opened: tuple[Project, dict[str, str]]) -> None:
    project, truth = opened
    half = {path: name for number, (path, name) in enumerate(truth.items()) if number % 2}
    snapshot = described(project, half)
    texts = texts_of(snapshot)
    assert texts.images == 30 and (texts.of == -1).sum() == 30
    bare, both = predict(project.snapshot(CLASSES)), predict(snapshot)
    absent = texts.of < 0
    np.testing.assert_array_equal(both.probabilities[absent], bare.probabilities[absent])
    assert not np.array_equal(both.probabilities[~absent], bare.probabilities[~absent])


def test_other_words_are_other_predictions(opened: tuple[Project, dict[str, str]]) -> None:
    project, truth = opened
    first = predict(described(project, truth))
    turned = {path: {"red": "blue", "blue": "red"}.get(name, name) for path, name in truth.items()}
    second = predict(described(project, turned))
    assert not np.array_equal(first.probabilities, second.probabilities)


def test_a_column_that_is_not_there_is_said(opened: tuple[Project, dict[str, str]]) -> None:
    project, truth = opened
    with pytest.raises(WinnowError, match="There is no column 'brand'; the columns are title"):
        predict(described(project, truth, "{title}, {brand}"))


def test_the_question_remembers_which_columns_speak(tmp_path: Path) -> None:
    write_pictures(tmp_path / "images", 3)
    project = Project.open(tmp_path / "images", tmp_path / "workspace")
    embed(project.workspace, ColourEncoder())
    assert project.snapshot().words == ""
    use_words(project.workspace, " {title}. {brand} ")
    assert project.snapshot().words == "{title}. {brand}"
    with pytest.raises(WinnowError, match="names no column"):
        use_words(project.workspace, "title")
    assert project.snapshot().words == "{title}. {brand}"
    use_words(project.workspace, "")
    assert project.snapshot().words == "" and not project.workspace.words.exists()


def test_labels_that_people_gave_keep_their_place(opened: tuple[Project, dict[str, str]]) -> None:
    project, truth = opened
    snapshot = described(project, dict.fromkeys(truth, "red thing"))
    assert set(spoken(snapshot)) == {"red thing"}
    people = labels(snapshot, truth)
    predictions = predict(snapshot.with_labels(people))
    for image_id, name in people.items():
        row = snapshot.pool.rows[image_id]
        assert snapshot.names[predictions.assigned[row]] == name
