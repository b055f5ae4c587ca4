"""From a collection to a sorter: what it says outside is what the collection says inside."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.services.predict.predicting import predict
from core.services.prompts.grouping import put_in_group
from core.services.sorter.making import make_sorter
from core.services.tags.tagging import tagging_of
from core.sorter.model_file import read, write
from core.store.labels.base import Event, TagEvent
from core.tags.reading import parse

WORDS = Vocabulary.of({"red": ["red"], "green": ["green"], "blue": ["blue"]})


@pytest.fixture
def coloured(tmp_path: Path) -> tuple[Project, dict[str, str]]:
    truth = write_pictures(tmp_path / "pictures", 45)
    project = Project.open(tmp_path / "pictures", tmp_path / "ws").use(ColourEncoder())
    embed(project.workspace, ColourEncoder())
    project.save_vocabulary(WORDS)
    return project, truth


def label(project: Project, truth: dict[str, str], rows: np.ndarray) -> None:
    pool = project.pool()
    project.labels.add([Event(pool.ids[r], truth[pool.paths[r]]) for r in rows], "ann|<b>", "test")


def test_without_labels_it_says_what_the_prompts_say(
    coloured: tuple[Project, dict[str, str]],
) -> None:
    snapshot = coloured[0].snapshot()
    sorter = make_sorter(snapshot, "a")
    assert sorter.content.head.kind == "prompts" and sorter.content.accuracy is None
    said = sorter.head.probabilities(snapshot.pool.vectors)
    assert np.abs(said - predict(snapshot).probabilities).max() < 1e-6
    assert "Not measured" in sorter.card


def test_with_labels_it_carries_figures_examples_and_people(
    coloured: tuple[Project, dict[str, str]], tmp_path: Path
) -> None:
    project, truth = coloured
    label(project, truth, project.snapshot().audit_order[:20])
    snapshot = project.snapshot()
    write(make_sorter(snapshot, "a"), tmp_path / "a.winnow")
    sorter = read(tmp_path / "a.winnow")
    content = sorter.content
    assert content.labels.count == content.labels.audit == 20
    assert [person.labels for person in content.labels.people] == [20]
    assert content.accuracy is not None and content.accuracy.value > 0.9
    assert sorter.exemplars is not None and len(sorter.exemplars) == 20
    said = sorter.head.probabilities(snapshot.pool.vectors).argmax(axis=1)
    assert (said == predict(snapshot).probabilities.argmax(axis=1)).mean() > 0.9
    assert r"ann\|&lt;b&gt;" in sorter.card
    assert sum(part.images for part in content.classes) == 45


def test_labels_of_a_group_alone_are_among_those_it_was_learned_from(
    coloured: tuple[Project, dict[str, str]],
) -> None:
    project, truth = coloured
    assert "group of classes" not in make_sorter(project.snapshot(), "a").card
    put_in_group(project.vocabulary_file, ["red", "green"], "warm")
    label(project, truth, np.arange(12))
    ids = project.pool().ids
    project.labels.add([Event(image_id, "warm") for image_id in ids[12:15]], "bob", "test")
    sorter = make_sorter(project.snapshot(), "a")
    assert sorter.content.labels.count == 15
    assert sorted(person.labels for person in sorter.content.labels.people) == [3, 12]
    assert "15 of them labeled, 3 of those with a group of classes alone" in sorter.card


def test_examples_can_be_left_out(coloured: tuple[Project, dict[str, str]], tmp_path: Path) -> None:
    project, truth = coloured
    label(project, truth, np.arange(12))
    write(make_sorter(project.snapshot(), "a", exemplars=False), tmp_path / "a.winnow")
    assert read(tmp_path / "a.winnow").exemplars is None
    assert b"p00" not in (tmp_path / "a.winnow").read_bytes()  # nor the paths of any image


def test_a_refined_question_goes_out_as_it_is_inside(
    tmp_path: Path,
) -> None:
    write_pictures(tmp_path / "pictures", 120)
    project = Project.open(tmp_path / "pictures", tmp_path / "ws").use(ColourEncoder())
    embed(project.workspace, ColourEncoder())
    from dataclasses import replace

    snapshot = replace(project.snapshot(WORDS), refined=True)
    predictions = predict(snapshot)
    assert predictions.log
    said = make_sorter(snapshot, "a").head.probabilities(snapshot.pool.vectors)
    assert np.abs(said - predictions.probabilities).max() < 1e-6


def test_tags_go_along(coloured: tuple[Project, dict[str, str]], tmp_path: Path) -> None:
    project, truth = coloured
    pool = project.pool()
    tags = parse("tags:\n  warm: red\n  cold: blue\nderived:\n  odd: warm & !cold\n", "x")
    project.collection.tag_labels.add(
        [
            TagEvent(i, "warm", truth[p] == "red")
            for i, p in zip(pool.ids[:12], pool.paths, strict=False)
        ],
        "ann",
        "test",
    )
    snapshot = project.snapshot()
    tagged = tagging_of(project).score(snapshot, tags)
    write(make_sorter(snapshot, "a", tagged=tagged), tmp_path / "a.winnow")
    sorter = read(tmp_path / "a.winnow")
    assert [(part.code, part.learned) for part in sorter.content.tags] == [
        ("warm", True),
        ("cold", False),
    ]
    assert [part.rule for part in sorter.content.derived] == ["warm & !cold"]


def test_classes_that_are_not_complete_are_refused(
    coloured: tuple[Project, dict[str, str]],
) -> None:
    with pytest.raises(WinnowError, match="only one class"):
        make_sorter(coloured[0].snapshot(Vocabulary.of({"red": ["red"]})), "a")
