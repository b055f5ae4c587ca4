"""Which images two model files see differently."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.services.deliveries.changed import changed, write
from core.services.sorter.making import make_sorter
from core.sorter.sorter import Sorter


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_pictures(tmp_path / "pictures", 45)
    (tmp_path / "pictures/broken.jpg").write_bytes(b"nothing")
    return tmp_path / "pictures"


def sorter(folder: Path, tmp_path: Path, classes: dict[str, list[str]]) -> Sorter:
    project = Project.open(folder, tmp_path / "ws").use(ColourEncoder())
    embed(project.workspace, ColourEncoder())
    return make_sorter(project.snapshot(Vocabulary.of(classes)), "a")


def test_flips_are_listed_and_counted_by_pair(folder: Path, tmp_path: Path) -> None:
    truth = {"red": ["red"], "green": ["green"], "blue": ["blue"]}
    before = sorter(folder, tmp_path, truth)
    after = sorter(folder, tmp_path, {"red": ["red"], "green": ["blue"], "blue": ["green"]})
    encoder = ColourEncoder()
    found = changed(folder, before, after, encoder, tmp_path / "parts")
    assert (found.images, found.rejected, len(found.flips)) == (45, 1, 30)
    assert found.pairs == {("green", "blue"): 15, ("blue", "green"): 15}
    assert encoder.encoded <= 64  # once, batches filled up
    write(found.flips, tmp_path / "flips.csv")
    rows = list(csv.DictReader((tmp_path / "flips.csv").open(encoding="utf-8")))
    assert [row["path"] for row in rows] == sorted(row["path"] for row in rows)
    assert {(row["from"], row["to"]) for row in rows} == set(found.pairs)
    assert all(0 < float(row["probability_before"]) <= 1 for row in rows)


def test_classes_are_compared_by_name_and_not_by_place(folder: Path, tmp_path: Path) -> None:
    before = sorter(folder, tmp_path, {"red": ["red"], "green": ["green"], "blue": ["blue"]})
    after = sorter(folder, tmp_path, {"blue": ["blue"], "red": ["red"], "green": ["green"]})
    assert not changed(folder, before, after, ColourEncoder(), tmp_path / "parts").flips


def test_other_encoders_cannot_be_compared(folder: Path, tmp_path: Path) -> None:
    before = sorter(folder, tmp_path, {"red": ["red"], "blue": ["blue"]})
    encoder = before.content.encoder.model_copy(update={"identity": "another"})
    other = replace(before, content=before.content.model_copy(update={"encoder": encoder}))
    with pytest.raises(WinnowError, match="different encoders"):
        changed(folder, before, other, ColourEncoder(), tmp_path / "parts")


def test_names_that_are_formulas_are_made_safe_on_wish(folder: Path, tmp_path: Path) -> None:
    before = sorter(folder, tmp_path, {"=1+1": ["red"], "b": ["green"]})
    after = sorter(folder, tmp_path, {"=1+1": ["green"], "b": ["red"]})
    found = changed(folder, before, after, ColourEncoder(), tmp_path / "parts")
    write(found.flips, tmp_path / "flips.csv", csv_safe=True)
    text = (tmp_path / "flips.csv").read_text(encoding="utf-8")
    assert ",'=1+1," in text and ",=1+1," not in text
