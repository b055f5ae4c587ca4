"""Random images alone decide which prompts are better; what the queue asked for never does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.services.predict.zero_shot import zero_shot
from core.services.prompts.verdict import ENOUGH, agreement, decide, random_rows
from core.services.prompts.workbench import bench, flips, worth
from core.store.csv_tables import read_labels
from core.store.labels.base import Event


def label(project: Project, rows: np.ndarray) -> None:
    """Label images with their true class."""
    snapshot = project.snapshot()
    truth = read_labels(snapshot.workspace.images / "truth.csv")
    events = [Event(snapshot.pool.ids[r], truth[snapshot.pool.paths[r]]) for r in rows]
    project.labels.add(events, "tester", "test")


def versions(project: Project) -> tuple[Vocabulary, Vocabulary]:
    """The prompts as they are, and the same with two classes' prompts exchanged."""
    good = project.classes()
    (a, texts), (b, others), *rest = good.classes
    return good, Vocabulary(((a, others), (b, texts), *rest))


def test_the_better_version_is_named_by_random_images(project: Project) -> None:
    label(project, project.snapshot().audit_order)
    good, poor = versions(project)
    verdict = flips(project.snapshot(), poor, good).verdict
    snapshot = project.snapshot()
    names = [zero_shot(snapshot.under(v)).scores.argmax(axis=1) for v in (poor, good)]
    assert verdict.n == len(snapshot)
    assert (verdict.before, verdict.after) == tuple(
        int((guess == snapshot.human).sum()) for guess in names
    )
    assert verdict.better == 1 and "Better after" in verdict.sentence()
    assert flips(snapshot, good, poor).verdict.better == -1


def test_labels_that_were_asked_for_decide_nothing(project: Project) -> None:
    """All images but the first of the stream: as many labels as one likes, none of them random."""
    label(project, project.snapshot().audit_order[1:])
    good, poor = versions(project)
    snapshot = project.snapshot()
    verdict = flips(snapshot, poor, good).verdict
    assert (verdict.n, verdict.better) == (0, 0)
    assert "too few" in verdict.sentence()
    assert all(entry.verdict.n == 0 for k in range(2) for entry in worth(snapshot, k))
    assert bench(snapshot).agreement.n == 0


def test_few_random_images_decide_nothing(project: Project) -> None:
    label(project, project.snapshot().audit_order[: ENOUGH - 1])
    good, poor = versions(project)
    verdict = flips(project.snapshot(), poor, good).verdict
    assert verdict.n == ENOUGH - 1 and verdict.better == 0
    assert f"**{ENOUGH - 1}**" in verdict.sentence() and "too few" in verdict.sentence()


def test_a_class_that_one_version_lacks_takes_no_part(project: Project) -> None:
    label(project, project.snapshot().audit_order)
    good = project.classes()
    fewer = Vocabulary(good.classes[1:])
    found = flips(project.snapshot(), fewer, good)
    first = int((project.snapshot().human == 0).sum())
    assert first and found.verdict.left_out == first
    assert found.verdict.n == len(project.snapshot()) - first


def test_a_renamed_class_keeps_its_images(project: Project) -> None:
    label(project, project.snapshot().audit_order)
    good = project.classes()
    (_, texts), *rest = good.classes
    other = Vocabulary((("another name", texts), *rest))
    for pair in ((good, other), (other, good)):
        found = flips(project.snapshot(), *pair)
        assert found.comparison.changed == 0
        verdict = found.verdict
        assert (verdict.n, verdict.left_out) == (len(project.snapshot()), 0)
        assert verdict.before == verdict.after > 0


def test_each_prompt_is_judged_by_random_images(project: Project) -> None:
    label(project, project.snapshot().audit_order[:50])
    snapshot = project.snapshot()
    name, texts = snapshot.classes.classes[0]
    changed = Vocabulary(((name, (*texts, "a photo of something")), *snapshot.classes.classes[1:]))
    snapshot = project.snapshot(changed)
    rows = random_rows(snapshot)
    for index, entry in enumerate(worth(snapshot, 0)):
        rest = [p for i, p in enumerate(changed.classes[0][1]) if i != index]
        without = snapshot.under(Vocabulary(((name, tuple(rest)), *changed.classes[1:])))
        truth = snapshot.human[rows]
        expected = decide(
            truth,
            zero_shot(without).scores[rows].argmax(axis=1),
            zero_shot(snapshot).scores[rows].argmax(axis=1),
        )
        assert entry.verdict == expected


def test_agreement_counts_random_images(project: Project) -> None:
    label(project, project.snapshot().audit_order[:40])
    snapshot = project.snapshot()
    found = agreement(snapshot, np.full(len(snapshot), 3))
    assert found.n == 40
    assert found.right == int((snapshot.human[snapshot.audit] == 3).sum())
    assert "of 40 random images" in found.sentence()


@given(
    classes=st.lists(st.tuples(*[st.integers(0, 3)] * 3), max_size=120),
)
def test_the_counts_of_a_verdict_are_whole(classes) -> None:
    truth, first, second = np.array(classes, dtype=int).reshape(-1, 3).T
    verdict = decide(truth, first, second)
    assert verdict.after - verdict.before == verdict.won - verdict.lost
    assert verdict.low <= verdict.high
    other = decide(truth, second, first)
    assert (other.won, other.lost, other.better) == (verdict.lost, verdict.won, -verdict.better)
    if verdict.better:
        assert verdict.enough and "Better" in verdict.sentence()


@pytest.mark.parametrize("skipped", [0, 5])
def test_skipped_random_images_do_not_end_the_sample(project: Project, skipped: int) -> None:
    order = project.snapshot().audit_order
    label(project, np.delete(order[:40], skipped))
    project.labels.add(
        [Event(project.snapshot().pool.ids[order[skipped]], None, "skip")], "tester", "test"
    )
    assert len(random_rows(project.snapshot())) == 40
    assert agreement(project.snapshot(), project.snapshot().human).n == 39
