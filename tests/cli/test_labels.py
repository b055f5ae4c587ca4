"""``winnow labels``: out and back in."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from cli.outcomes import Winnow, refused

from core.project.project import Project
from core.store.csv_tables import read_labels
from core.store.labels import opening
from core.store.labels.base import Event


def test_rows_that_do_not_count_are_counted_and_listed(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    workspace = ("--workspace", shutil.copytree(embedded, tmp_path / "ws"))
    first, second, third, *_ = read_labels(sample / "truth.csv")
    name = Project.open(sample, workspace[1]).classes().names[0]
    table, listed = tmp_path / "t.csv", tmp_path / "listed.csv"
    table.write_text(
        f"Path;Label\n{first};{name.upper()}\n{second};\n{third};x\n{third};y\ngone.jpg;{name}\n"
        f".\\{first};{name}\n"
    )
    outcome = winnow("labels", "import", sample, table, *workspace, "--rejected", listed, "--json")
    assert outcome.json == {
        "imported": 1,
        "unknown_paths": 1,
        "unknown_classes": {},
        "rows": 6,
        "rejected": {
            "another label in another row": 2,
            "no label": 1,
            "no embedded image": 1,
            "the same again": 1,
        },
        "respelled": {name.upper(): name},
    }
    assert "t.csv: 5 of 6 rows do not count" in outcome.err
    assert len(listed.read_text().splitlines()) == 6
    assert "\n4," in listed.read_text() and "line 5 says 'y'" in listed.read_text()
    text = winnow("labels", "import", sample, table, *workspace).out
    assert text.startswith("1 labels imported, 1 paths are no embedded image.")
    assert "4 more rows do not count" in text


def test_labels_of_odd_paths_come_back_whole(winnow: Winnow, sample: Path, tmp_path: Path) -> None:
    pictures, workspace = tmp_path / "odd", ("--workspace", tmp_path / "ws")
    names = [
        "back\\slash.jpg", " lead.jpg", "a,b.jpg", 'q"q.jpg', "cr\rlf\n.jpg", "e\u0301.jpg",
        "cr\ronly.jpg", "-x.jpg", "=1+1.jpg", "001.jpg", "path.jpg", "#x.jpg", "trail .jpg",
    ]  # fmt: skip
    pictures.mkdir()
    for name, source in zip(names, sorted(sample.glob("images/*.jpg")), strict=False):
        shutil.copy(source, pictures / name)
    winnow("embed", pictures, *workspace)
    project = Project.open(pictures, workspace[1])
    labels = {i: f"label {n}" for n, i in enumerate(project.pool().ids)}
    project.labels.add([Event(i, label) for i, label in labels.items()], "ann", "test")
    file = tmp_path / "all.csv"
    exported = winnow("labels", "export", pictures, file, *workspace, "--json").json["exported"]
    again = ("--workspace", tmp_path / "again")
    winnow("embed", pictures, *again)
    outcome = winnow("labels", "import", pictures, file, *again, "--json")
    assert outcome.json["imported"] == exported == len(names)
    assert Project.open(pictures, again[1]).labels.classes() == labels


def test_labels_go_out_and_come_back(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    truth = read_labels(sample / "truth.csv")
    workspace = ("--workspace", tmp_path / "ws")
    winnow("embed", sample, *workspace)
    outcome = winnow("labels", "import", sample, sample / "truth.csv", *workspace, "--json")
    assert (outcome.json["imported"], outcome.json["unknown_paths"]) == (60, 0)
    assert sum(outcome.json["unknown_classes"].values()) == 60  # this workspace has none yet
    file = tmp_path / "labels.csv"
    assert winnow("labels", "export", sample, file, *workspace, "--json").json["exported"] == 60
    assert read_labels(file) == truth


def test_a_label_file_that_refuses_is_said_in_a_sentence(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "PATIENCE", 0.05)
    workspace = ("--workspace", tmp_path / "ws")
    winnow("embed", sample, *workspace)
    labels, out = tmp_path / "ws/labels.sqlite", tmp_path / "labels.csv"
    winnow("labels", "export", sample, out, *workspace)
    out.unlink()
    into = ("labels", "import", sample, sample / "truth.csv", *workspace)
    with closing(sqlite3.connect(labels, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refused(winnow(*into), "labels.sqlite", "locked by another program", "close")
    for _ in range(2):  # before the second there is something to back up
        winnow(*into)
    damaged = bytearray(labels.read_bytes())
    damaged[: len(damaged) // 2] = bytes(len(damaged) // 2)
    labels.write_bytes(bytes(damaged))
    export = ("labels", "export", sample, out, *workspace)
    run = ("run", sample, tmp_path / "sorted", "cat", "dog", *workspace)
    for command in (into, export, run):
        refused(winnow(*command), "labels.sqlite", "damaged", "labels restore")
    assert not out.exists()


def test_answers_without_a_class_come_out_and_go_in_again(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    first, second = (shutil.copytree(embedded, tmp_path / name) for name in ("one", "two"))
    project = Project.open(sample, first)
    ids, name = project.pool().ids, project.classes().names[0]
    events = [Event(ids[0], name), Event(ids[1], None, "none"), Event(ids[2], None, "unusable")]
    project.labels.add([*events, Event(ids[3], None, "skip")], "ann", "test")
    table = tmp_path / "labels.csv"
    outcome = winnow("labels", "export", sample, table, "--workspace", first, "--json")
    assert outcome.json == {
        "exported": 1, "file": str(table), "answers": {"none": 1, "unusable": 1},
    }  # fmt: skip
    assert table.read_text().splitlines()[0] == "path,label,annotator,source,kind"
    again = winnow("labels", "import", sample, table, "--workspace", second, "--json").json
    assert (again["imported"], again["answers"]) == (1, {"none": 1, "unusable": 1})
    assert again["rejected"] == {}
    current = Project.open(sample, second).labels.current()
    assert {i: (label.kind, label.label) for i, label in current.items()} == {
        ids[0]: ("label", name), ids[1]: ("none", None), ids[2]: ("unusable", None),
    }  # fmt: skip
