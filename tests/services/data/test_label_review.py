"""A table of labels against a collection: each row a label, or listed with its reason."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from colours import ColourEncoder, write_pictures
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.embedding.run import embed
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.services.data.label_import import checked, import_labels
from core.services.data.label_review import NO_IMAGE, UNCLEAR, review
from core.store.csv_tables import CONTRADICTS, read_labels, write_labels
from core.store.table_rows import AGAIN


@pytest.fixture
def small(tmp_path: Path) -> Project:
    """Ten pictures, one of them twice, with two classes."""
    folder = tmp_path / "pictures"
    write_pictures(folder, 10)
    shutil.copy(folder / "p0000.jpg", folder / "copy.jpg")
    shutil.copy(folder / "p0008.jpg", folder / "P0009.JPG")
    (folder / "p0009.jpg").rename(folder / "P0009.jpg")
    project = Project.open(folder, tmp_path / "ws").use(ColourEncoder())
    embed(project.workspace, ColourEncoder())
    project.save_vocabulary(Vocabulary.of({"Oat-Milk": ["oat milk"], "tea": ["tea"]}))
    return project


TABLE = """path,label
p0001.jpg,Oat Milk
P0002.JPG,TEA
p0003.jpg,coffee
p0004.jpg,Coffee
p0000.jpg,tea
copy.jpg,tea
p0005.jpg,tea
.\\p0005.jpg,Oat-Milk
gone.jpg,tea
p0009.jpg,tea
p0006.jpg,
"""


def test_each_row_is_a_label_or_is_listed(small: Project, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TABLE)
    seen = review(small.snapshot(), read_labels(tmp_path / "t.csv"))
    rows = small.pool().rows_by_path
    assert seen.labels == {
        rows["p0001.jpg"]: "Oat-Milk", rows["p0002.jpg"]: "tea", rows["p0003.jpg"]: "coffee",
        rows["p0004.jpg"]: "coffee", rows["p0000.jpg"]: "tea",
    }  # fmt: skip
    assert [(row.line, row.reason) for row in seen.rejected] == [
        (7, AGAIN), (8, CONTRADICTS), (9, CONTRADICTS), (10, NO_IMAGE), (11, UNCLEAR),
        (12, "no label"),
    ]  # fmt: skip
    assert seen.rejected[1].more == ".\\p0005.jpg, the same picture, is 'Oat-Milk'"
    assert seen.rows == 11 == len(seen.labels) + len(seen.rejected)
    assert (seen.missing, seen.unknown, seen.paths) == (2, {"coffee": 2}, 2)
    assert seen.respelled == {"Oat Milk": "Oat-Milk", "TEA": "tea", "Coffee": "coffee"}
    remarks = " ".join(seen.remarks("The file"))
    assert "6 of 11 rows do not count" in remarks and "'Oat Milk' as 'Oat-Milk'" in remarks
    assert list(seen.outside("The file")) == ["The file: 'coffee' (2) are not among the classes."]


def test_what_is_exported_comes_back_whole(small: Project, tmp_path: Path) -> None:
    rows = small.pool().rows_by_path
    labels = {path: f"class {row}" for path, row in rows.items()}
    done = import_labels(small, labels, "me")
    assert done.labels == len(small.pool()) and done.review.reasons == {AGAIN: 2}
    write_labels(tmp_path / "all.csv", [(p, label, "me", "x") for p, label in labels.items()])
    again = checked(small.snapshot(), read_labels(tmp_path / "all.csv"))
    assert again.labels == done.review.labels and again.rows == len(rows)


def test_labels_stored_in_another_spelling_are_of_the_class(small: Project) -> None:
    ids = small.pool().ids
    import_labels(small, {small.pool().paths[0]: "running\u00a0shoe"}, "me")
    small.save_vocabulary(Vocabulary.of({"Running Shoe": ["shoe"], "tea": ["tea"]}))
    snapshot = small.snapshot()
    assert snapshot.human[0] == 0 and snapshot.outside == 0
    assert small.labels.rename("Running Shoe", "boot", "me") is not None
    assert small.labels.classes() == {ids[0]: "boot"}
    small.save_vocabulary(Vocabulary.of({"Boot-": ["boot"], "tea": ["tea"]}))
    assert small.snapshot().outside == 1, "alike is not enough for what is stored"


paths = st.sampled_from(["p0001.jpg", "P0001.JPG", "p0002.jpg", "copy.jpg", "p0000.jpg", "no.jpg"])
labels = st.sampled_from(["tea", "Tea", "oat_milk", "x", "\u200b", "", "é", "e\u0301"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(st.tuples(paths, labels), min_size=1, max_size=8))
def test_labels_and_rows_left_out_add_up(
    small: Project, tmp_path: Path, rows: list[tuple[str, str]]
) -> None:
    file = tmp_path / "t.csv"
    write_labels(file, [("other.jpg", "tea", "", ""), *((p, text, "", "") for p, text in rows)])
    table = read_labels(file)
    seen = review(small.snapshot(), table)
    assert table.rows == len(rows) + 1 == len(seen.labels) + len(seen.rejected)
    assert set(seen.labels.values()) <= {"tea", "Oat-Milk", *seen.unknown}
    assert sum(seen.unknown.values()) <= len(seen.labels)
