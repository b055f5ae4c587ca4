"""What the prompts alone make of each class."""

from __future__ import annotations

import numpy as np

from core.learn.judging.intervals import share_interval
from core.learn.models.softmax import softmax
from core.project.project import Project
from core.services.predict.zero_shot import zero_shot
from core.services.prompts.workbench import bench
from core.store.csv_tables import read_labels
from core.store.labels.base import Event


def test_figures_of_a_class_are_of_the_prompts_and_of_random_images_only(project: Project) -> None:
    snapshot = project.snapshot()
    truth = read_labels(snapshot.workspace.images / "truth.csv")
    rows = [*snapshot.audit_order[:25], *snapshot.audit_order[30:]]  # the stream ends at 25
    events = [Event(snapshot.pool.ids[r], truth[snapshot.pool.paths[r]]) for r in rows]
    project.labels.add(events, "ann", "test")
    snapshot = project.snapshot()
    scored = bench(snapshot)
    chances = softmax(zero_shot(snapshot).logits)
    taken = chances.argmax(axis=1)
    assert sum(of.count for of in scored.figures) == len(snapshot)
    assert sum(of.judged for of in scored.figures) == scored.agreement.n == 25
    assert sum(of.right for of in scored.figures) == scored.agreement.right
    for number, of in enumerate(scored.figures):
        assert of.count == int((taken == number).sum())
        own = scored.column(number)
        np.testing.assert_allclose(own, chances[:, number], rtol=1e-6, atol=1e-30)
        assert own[of.first] == own.max()
        inside = taken[snapshot.audit] == number
        assert of.judged == int(inside.sum())
        assert of.right == int((snapshot.human[snapshot.audit][inside] == number).sum())
        assert of.interval() == share_interval(of.right, of.judged)
        shown = scored.preview(number, 4)
        assert shown.count == of.count and np.isin(of.first, shown.top)
