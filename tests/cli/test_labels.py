"""``winnow labels``: out and back in."""

from __future__ import annotations

from pathlib import Path

from cli.outcomes import Winnow

from core.store.csv_tables import read_labels


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
