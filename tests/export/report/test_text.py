"""The report for a terminal reads like one."""

from dataclasses import replace
from pathlib import Path

import pytest
from export.export_builders import make_jpegs
from export.record_builders import NAMES, RECORD, exported


@pytest.fixture
def images(tmp_path: Path) -> Path:
    root = tmp_path / "images"
    make_jpegs(root, NAMES)
    return root


def test_report_reads_like_a_report(images: Path) -> None:
    text = (exported(images, images.parent / "out") / "report.txt").read_text(encoding="utf-8")
    for line in (
        "Accuracy  81.2%",
        "All: mean 0.711, spread 0.267, least 0.333, most 0.900, of 3 images",
        "  n/a: mean 0.900, spread 0.000, least 0.900, most 0.900, of 1 image",
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


FIGURES = {
    "accuracy": 0.9123, "accuracy_low": 0.87, "accuracy_high": 0.9451, "n": 210,
    "macro_f1": 0.88, "macro_f1_low": 0.8, "macro_f1_high": 0.93,
}  # fmt: skip


def test_accuracy_and_f1_stand_at_the_top_with_their_intervals(images: Path) -> None:
    record = replace(RECORD, metrics=FIGURES, metrics_basis="Measured on 210 random images.")
    out = exported(images, images.parent / "out", record)
    lines = (out / "report.txt").read_text(encoding="utf-8").splitlines()
    assert lines[3:6] == [
        "Accuracy  91.2% (95 % interval 87.0% to 94.5%)",
        "Macro F1  88.0% (95 % interval 80.0% to 93.0%)",
        "          Measured on 210 random images.",
    ]
    page = (out / "report.html").read_text(encoding="utf-8")
    tiles = page[page.index('class="tiles"') : page.index("<section")]
    assert "<b>91.2%</b><span>Accuracy 87.0% to 94.5%</span>" in tiles
    assert "<b>88.0%</b><span>Macro F1 80.0% to 93.0%</span>" in tiles


@pytest.mark.parametrize("metrics", [None, {}, {"accuracy": "0.9"}, {"n": 4}])
def test_what_was_not_measured_is_said_at_the_top(images: Path, metrics: object) -> None:
    record = replace(RECORD, metrics=metrics, metrics_basis=None)
    out = exported(images, images.parent / "out", record)
    assert "Accuracy  not measured" in (out / "report.txt").read_text(encoding="utf-8")
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "<b>–</b><span>accuracy not measured</span>" in page
