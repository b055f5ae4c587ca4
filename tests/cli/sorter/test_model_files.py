"""`winnow model export|show|diff` and `winnow changed`."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.outcomes import Winnow, refused

from core.project.project import Project
from core.store.csv_tables import read_labels
from core.store.labels.base import Event


@pytest.fixture
def files(winnow: Winnow, project: Project, sample: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Model files without a label, and with 40 of them."""
    before, after = tmp_path / "before.winnow", tmp_path / "after.winnow"
    arguments = ("model", "export", sample)
    done = winnow(*arguments, before, "--workspace", project.workspace.root, "--json", "--quiet")
    assert done.code == 0, done.err
    assert (done.json["labels"], done.json["accuracy"]) == (0, None)
    assert done.json["head"]["kind"] == "prompts"
    truth, pool = read_labels(sample / "truth.csv"), project.pool()
    rows = project.snapshot().audit_order[:40]
    project.labels.add([Event(pool.ids[r], truth[pool.paths[r]]) for r in rows], "ann", "test")
    done = winnow(*arguments, after, "--workspace", project.workspace.root, "--json", "--quiet")
    assert done.code == 0, done.err
    assert done.json["labels"] == 40
    assert set(done.json["accuracy"]) == {"value", "low", "high"}
    return before, after


def test_what_a_file_holds_and_what_differs(winnow: Winnow, files: tuple[Path, Path]) -> None:
    before, after = files
    content = winnow("model", "show", after, "--json").json
    assert content["format"] == "winnow-model"
    assert (content["labels"]["count"], content["exemplars"]) == (40, 40)
    card = winnow("model", "show", after).out
    assert card.startswith("# after") and "Measured on 40 random images" in card
    changes = winnow("model", "diff", before, after, "--json").json
    assert changes["changed"]["labels"] == [0, 40]
    assert (changes["classes_added"], changes["prompts_changed"]) == ([], [])
    assert "labels: 0 → 40" in winnow("model", "diff", before, after).out
    assert winnow("model", "diff", after, after).out.strip() == "Nothing is different."


def test_which_images_changed(
    winnow: Winnow, files: tuple[Path, Path], sample: Path, tmp_path: Path
) -> None:
    before, after = files
    arguments = ("changed", sample, "--before", before, "--after", after, "--quiet")
    done = winnow(*arguments, "--out", tmp_path / "flips.csv", "--json")
    assert done.code == 0, done.err
    assert done.json["images"] == 60
    assert done.json["flips"] == sum(pair["count"] for pair in done.json["pairs"]) > 0
    lines = (tmp_path / "flips.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + done.json["flips"]
    refused(winnow(*arguments, "--out", sample / "flips.csv"), "nothing is written")
    same = winnow("changed", sample, "--before", after, "--after", after, "--quiet")
    assert same.out.startswith("0 of 60 images")


def test_places_that_do_not_do(
    winnow: Winnow, project: Project, sample: Path, tmp_path: Path
) -> None:
    workspace = project.workspace.root
    for name, part in (("a.zip", "ends with .winnow: write a.winnow"), ("b.winnow", "is there")):
        (tmp_path / "b.winnow").write_bytes(b"mine")
        done = winnow("model", "export", sample, tmp_path / name, "--workspace", workspace)
        refused(done, part)
    assert (tmp_path / "b.winnow").read_bytes() == b"mine"
    refused(winnow("model", "show", tmp_path / "b.winnow"), "no model file")
