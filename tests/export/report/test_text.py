"""The report for a terminal reads like one."""

from pathlib import Path

import pytest
from export.export_builders import make_jpegs
from export.record_builders import NAMES, exported


@pytest.fixture
def images(tmp_path: Path) -> Path:
    root = tmp_path / "images"
    make_jpegs(root, NAMES)
    return root


def test_report_reads_like_a_report(images: Path) -> None:
    text = (exported(images, images.parent / "out") / "report.txt").read_text(encoding="utf-8")
    for line in (
        "Model     Starter (starter) on cpu",
        "Command   winnow run 'my pictures' out",
        "Splits    train, val, test: 0.5, 0.25, 0.25; seed 7",
        "      1   25.0 %  labeled by a person",
        "accuracy: 0.8123",
        "  cat: precision 0.5, f1 0.667",
        "- The starter model is a rough one.",
        "Not written: 1",
        "- evil\\x1b[2J\\nname.jpg: it is no image",
    ):
        assert line in text.splitlines()
    (row,) = [line for line in text.splitlines() if line.startswith("n/a ")]
    assert "2   66.7 %" in row and row.endswith("folder: n_a")
    (review,) = [line for line in text.splitlines() if line.startswith("in review/")]
    assert review.split()[2] == "1" and "below 0.4" in review
