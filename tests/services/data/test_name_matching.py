"""Images that other programs name by their file alone; what Winnow writes for them comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.export.formats import FORMATS
from core.project.project import Project
from core.runtime.progress import Report
from core.services.data.label_import import import_labels
from core.services.data.name_matching import found_by_name
from core.services.export import runs
from core.services.predict.predicting import predict
from core.store.csv_tables import read_labels
from core.store.labels.base import Event


def test_names_are_taken_where_one_image_answers_to_them(project: Project) -> None:
    pool = project.pool()
    path = pool.paths[0]
    name, bare = path.rpartition("/")[2], path.rpartition(".")[0]
    wanted = [f"elsewhere/{name}", bare, name.rpartition(".")[0], pool.ids[0],
              f"{pool.ids[0]}-2.png", f"x/{name.upper()}"]  # fmt: skip
    for spelled in wanted:
        before = pool.match([(spelled, 1)])
        assert found_by_name(pool, before, {spelled: 1}).values == [(0, 1)], spelled
    before = pool.match([("nothing.jpg", 1)])
    assert found_by_name(pool, before, {"nothing.jpg": 1}).missing == ["nothing.jpg"]


FILES = {
    "label-studio": "label-studio/tasks.json",
    "fiftyone": "fiftyone/labels.json",
    "huggingface": "huggingface/train/metadata.csv",
    "hf-parquet": "hf-parquet/data/train-00000-of-00001.parquet",
}


@pytest.mark.parametrize("form", FILES)
def test_what_is_written_for_other_programs_comes_back(
    project: Project, tmp_path: Path, form: str
) -> None:
    assert form in FORMATS
    ids, names = project.pool().ids, project.classes().names
    labels = {image: names[row % len(names)] for row, image in enumerate(ids)}
    batch = project.labels.add([Event(i, label) for i, label in labels.items()], "ann", "test")
    snapshot = project.snapshot()
    predictions = predict(snapshot)
    options = runs.options("copy", None, None, 0, formats=(form,))
    runs.write(
        snapshot, predictions, runs.plan(snapshot, predictions, [], options), tmp_path / "out",
        Report(),
    )  # fmt: skip
    project.labels.undo(batch, "ann")
    table = read_labels(tmp_path / "out" / FILES[form])
    done = import_labels(project, table, "bob")
    assert project.labels.classes() == labels
    assert done.missing == 0 and not done.unknown
