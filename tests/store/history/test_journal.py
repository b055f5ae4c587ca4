"""What happened to a collection is remembered, and only when something did."""

from __future__ import annotations

import time
from pathlib import Path

from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.project.project import Project
from core.store.history import journal


def test_embedding_is_noted_when_something_changed(tmp_path: Path) -> None:
    folder = tmp_path / "images"
    write_pictures(folder, 12)
    project = Project.open(folder, tmp_path / "ws")
    begun = time.time()
    embed(project.workspace, ColourEncoder())
    embed(project.workspace, ColourEncoder())  # no news
    next(folder.iterdir()).unlink()
    embed(project.workspace, ColourEncoder())
    embed(project.workspace, ColourEncoder("colours-2"))
    found = journal.entries(project.workspace.root)
    assert [(e.identity, e.images, e.embedded, e.gone) for e in found] == [
        ("colours-1", 12, 12, 0), ("colours-1", 11, 0, 1), ("colours-2", 11, 11, 0),
    ]  # fmt: skip
    assert begun <= found[0].time <= found[1].time <= found[2].time <= time.time()


def test_lines_that_cannot_be_read_are_passed_over(tmp_path: Path) -> None:
    assert journal.entries(tmp_path) == []
    journal.note(tmp_path, "starter", "id", 3, 2, 1)
    with (tmp_path / "journal.jsonl").open("ab") as file:
        file.write(b'\xff\xfe{"time"\n[]\n{"time": "x"}\n{"time": 1e999, "images": 1e999}\n\n{"ti')
    journal.note(tmp_path, "ünï", "id", 4, 1, 0)
    journal.note(tmp_path, "ünï", "id", 5, 1, 0)
    assert [entry.images for entry in journal.entries(tmp_path)] == [3, 4, 5]
