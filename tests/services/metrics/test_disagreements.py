"""Images whose words and picture say different classes."""

from __future__ import annotations

from pathlib import Path

import pytest
from colours import ColourEncoder, write_pictures
from described import describe

from core.embedding.run import embed
from core.project.project import Project
from core.project.snapshot import Snapshot
from core.prompts.vocabulary import Vocabulary
from core.services.metrics import disagreements as module
from core.services.metrics.disagreements import disagreements
from core.store.labels.base import Event
from core.store.labels.dismissed import dismiss

CLASSES = Vocabulary.of({"red": ["red"], "green": ["green"], "blue": ["blue"]})


@pytest.fixture
def described(tmp_path: Path) -> tuple[Project, dict[str, str], list[str]]:
    """Titles that name the colour, but of two pictures, which say another."""
    truth = write_pictures(tmp_path / "images", 60)
    project = Project.open(tmp_path / "images", tmp_path / "workspace")
    embed(project.workspace, ColourEncoder())
    project = project.use(ColourEncoder())
    paths = project.pool().paths
    wrong = [paths[40], paths[51]]
    other = {"red": "green", "green": "blue", "blue": "red"}
    titles = {path: f"all {other[of] if path in wrong else of}" for path, of in truth.items()}
    del titles[paths[20]]
    describe(project, {"title": titles})
    return project, truth, wrong


def look(project: Project) -> Snapshot:
    return project.snapshot(CLASSES).speaking("{title}")


def label(project: Project, truth: dict[str, str], count: int) -> None:
    pool = project.pool()
    rows = [row for row in range(len(pool)) if row not in (40, 51)][:count]
    events = [Event(pool.ids[row], truth[pool.paths[row]]) for row in rows]
    project.labels.add(events, "ann", "test")


@pytest.mark.parametrize(("labels", "sure"), [(0, 0.5), (24, 0.8)])
def test_they_are_listed_with_both_classes(
    described: tuple[Project, dict[str, str], list[str]],
    labels: int,
    sure: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project, truth, wrong = described
    monkeypatch.setattr(module, "SURE", sure)
    label(project, truth, labels)
    listed = disagreements(look(project))
    paths = project.pool().paths
    assert {paths[one.row] for one in listed} == set(wrong)
    for one in listed:
        assert one.picture == truth[paths[one.row]] and one.words != one.picture
        assert one.text == f"all {one.words}"
        assert min(one.picture_sure, one.words_sure) >= sure
    both = [min(one.picture_sure, one.words_sure) for one in listed]
    assert both == sorted(both, reverse=True)


def test_a_label_settles_one_and_so_does_letting_it_be(
    described: tuple[Project, dict[str, str], list[str]],
) -> None:
    project, truth, _ = described
    label(project, truth, 24)
    first, second = disagreements(look(project))
    project.labels.add([Event(first.image_id, first.picture)], "ann", "test")
    assert [one.image_id for one in disagreements(look(project))] == [second.image_id]
    dismiss(project.workspace, {second.image_id: (second.words, second.picture)})
    assert len(disagreements(look(project))) == 1, "that was another disagreement"
    dismiss(project.workspace, {second.image_id: (second.picture, second.words)})
    assert disagreements(look(project)) == []


def test_where_no_column_counts_or_none_has_words_nothing_is_listed(
    described: tuple[Project, dict[str, str], list[str]],
) -> None:
    project, _, _ = described
    assert disagreements(project.snapshot(CLASSES)) == []
    describe(project, {"title": {}})
    assert disagreements(look(project)) == []
