"""Classes of unequal size on the sample: tables, sizes and what is taken for what."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from core.project.project import Project
from core.project.snapshot import Snapshot
from core.services.metrics.comparison import Comparison, against_truth
from core.services.metrics.confusions import confusions_json, top_confusions
from core.services.metrics.per_class import (
    buckets_json,
    distribution,
    per_class_csv,
    rows_of,
    write_per_class,
)
from core.services.metrics.truth import truth_file
from core.services.predict.predicting import predict


@pytest.fixture
def snapshot(project: Project) -> Snapshot:
    return project.snapshot()


@pytest.fixture
def compared(snapshot: Snapshot) -> Comparison:
    return against_truth(snapshot, predict(snapshot), truth_file(snapshot.workspace.images) or {})


def test_the_table_holds_the_figures_of_the_evaluation(
    snapshot: Snapshot, compared: Comparison, tmp_path: Path
) -> None:
    rows, sizes = rows_of(compared), distribution(predict(snapshot), compared)
    file = tmp_path / "classes.csv"
    write_per_class(file, per_class_csv(rows, sizes))
    table = list(csv.DictReader(io.StringIO(file.read_text("utf-8"))))
    assert [row["class"] for row in table] == compared.evaluation.labels
    for row, figures in zip(table, compared.evaluation.per_class.values(), strict=True):
        assert int(row["support"]) == figures.support
        if figures.support:
            assert float(row["recall"]) == pytest.approx(figures.recall, abs=1e-6)
            assert float(row["f1_low"]) == pytest.approx(figures.f1_low, abs=1e-6)
            assert 0 <= float(row["ap"]) <= 1 and row["bucket"] in ("head", "middle", "tail")


def test_sizes_count_labels_predictions_and_truth(snapshot: Snapshot, compared: Comparison) -> None:
    sizes = distribution(predict(snapshot), compared)
    assert sum(sizes.labels) == 0
    assert sum(sizes.predictions) == len(snapshot)
    assert sizes.truth == compared.evaluation.counts.sum(axis=1).tolist()


def test_buckets_are_plain_types(compared: Comparison) -> None:
    pooled = buckets_json(rows_of(compared))
    assert [one["bucket"] for one in pooled] == ["head", "middle", "tail"]
    assert sum(one["support"] for one in pooled) == compared.evaluation.n
    assert all(one["recall_low"] <= one["recall"] <= one["recall_high"] for one in pooled)


def test_confusions_are_the_largest_cells_with_their_images_and_prompts(
    snapshot: Snapshot, compared: Comparison
) -> None:
    confusions = top_confusions(snapshot, compared)
    counts = compared.evaluation.counts.copy()
    np.fill_diagonal(counts, 0)
    want = sorted(counts[counts > 0].tolist(), reverse=True)[:10]
    assert [len(one.rows) for one in confusions] == want
    prompts = snapshot.classes.prompts()
    for one in confusions:
        assert sorted(one.rows) == sorted(compared.cell(one.true, one.predicted))
        assert one.low <= one.share <= one.high
        assert one.true_prompt[0] in prompts[one.true]
        assert one.predicted_prompt[0] in prompts[one.predicted]
    content = confusions_json(snapshot, confusions)
    assert len(content[0]["examples"]) == min(5, len(confusions[0].rows))
    assert set(content[0]["examples"]) <= set(snapshot.pool.paths)
