"""Codes of the map's colours and what its legend says of them."""

from __future__ import annotations

import numpy as np
import pytest

from core.learn.groups.clusters import kmeans
from core.learn.tree.class_tree import ClassTree
from core.project.project import Project
from core.services.predict.predicting import predict
from core.services.prompts.grouping import put_in_group
from core.store.labels.base import Event
from core.ui.clusters.colouring import _groups, _tops, choices, colouring
from core.ui.widgets.colours import NEUTRAL, class_colour


def test_classes_keep_the_colours_of_other_pages(project: Project) -> None:
    predictions = predict(project.snapshot())
    clusters = kmeans(project.pool().vectors, 5)
    by_class = colouring("class", project.pool(), predictions, clusters)
    legend = by_class.legend()["values"]
    assert [value["name"] for value in legend] == predictions.names
    assert [value["colour"] for value in legend] == [class_colour(i) for i in range(len(legend))]
    assert sum(value["count"] for value in legend) == len(project.pool())
    assert np.array_equal(by_class.codes, predictions.assigned)


def test_labels_are_grey_where_there_are_none(project: Project) -> None:
    pool, names = project.pool(), project.classes().names
    project.labels.add([Event(pool.ids[4], names[2])], "ann", "test")
    predictions = predict(project.snapshot())
    by_label = colouring("label", pool, predictions, kmeans(pool.vectors, 5))
    assert by_label.codes[4] == 2 and (np.delete(by_label.codes, 4) == len(names)).all()
    assert by_label.palette[len(names)] == NEUTRAL


def test_labels_of_groups_have_their_colour_behind_the_classes(project: Project) -> None:
    names = project.classes().names
    put_in_group(project.vocabulary_file, names[:2], "both")
    pool = project.pool()
    project.labels.add([Event(pool.ids[4], "both"), Event(pool.ids[5], names[1])], "ann", "test")
    snapshot = project.snapshot()
    clusters, predictions = kmeans(pool.vectors, 5), predict(snapshot)
    made = colouring("label", pool, predictions, clusters, tree=snapshot.tree)
    legend = {value["code"]: value["name"] for value in made.legend()["values"]}
    assert [legend[int(code)] for code in made.codes[4:7]] == ["both", names[1], "no label"]


def test_every_choice_has_a_colour_for_every_code(project: Project) -> None:
    pool = project.pool()
    predictions = predict(project.snapshot())
    clusters = kmeans(pool.vectors, 5)
    for by in choices(pool):
        made = colouring(by, pool, predictions, clusters)
        assert made.codes.dtype == np.uint8 and made.codes.shape == (len(pool),)
        assert made.codes.max() < len(made.palette)
        legend = made.legend()
        if "values" in legend:
            assert sum(value["count"] for value in legend["values"]) == len(pool)


@pytest.mark.parametrize("count", [1, 255, 256, 400])
def test_more_values_than_a_byte_holds_share_the_last_code(count: int) -> None:
    made = _groups(np.arange(count), [str(n) for n in range(count)], "x")
    assert made.codes.tolist() == [min(n, 255) for n in range(count)]
    assert len(made.palette) == min(count, 256)
    assert len(made.values) == min(count, 256)
    if count > 255:
        assert made.values[-1] == (f"{count - 255} others", 255)


def test_of_very_many_classes_the_common_ones_have_colours() -> None:
    codes = np.repeat(np.arange(400), np.r_[np.full(200, 1), np.full(200, 3)])
    made = _groups(codes, [f"class {n}" for n in range(400)], "class")
    own = dict(made.values)
    assert all(f"class {n}" in own for n in range(200, 400))
    assert made.palette[own["class 399"]] == class_colour(399)
    last = made.codes[codes == 399]
    assert (last == own["class 399"]).all()
    labels = _groups(codes, [*(f"c{n}" for n in range(399)), "no label"], "label", 399)
    assert labels.values[-1][0] == "no label, 145 others"
    assert (labels.codes[codes == 399] == 255).all()


def test_images_by_the_group_at_the_top_of_their_class() -> None:
    tree = ClassTree.of(["a", "b", "c"], {"a": "x", "b": "y", "y": "x"})
    made = _tops(np.array([0, 1, 2, 1]), tree)
    assert made.codes.tolist() == [0, 0, 1, 0] and [name for name, _ in made.values] == ["x", "c"]
