"""Where one stands: the figures of the strip, and the step that comes next."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from core.export.record.past import STAMP
from core.learn.judging.estimates import Share
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.services.data.stage import LEAST, Step, stage
from core.store.labels.base import Event


def estimates(value: float | None, low: float) -> Any:
    """What the random images say; of the stop meter the bound."""
    share = Share(value, low, 1.0)
    return SimpleNamespace(accuracy=share, stop=SimpleNamespace(low=low))


def label(project: Project, count: int) -> None:
    snapshot = project.snapshot()
    ids = [snapshot.pool.ids[row] for row in snapshot.audit_order[:count]]
    project.labels.add([Event(i, snapshot.names[0]) for i in ids], "ann", "test")


def file_run(project: Project, ago: timedelta, name: str = "sorted") -> None:
    when = datetime.now() - ago
    (project.workspace.runs / f"{when:{STAMP}}-{name}").mkdir(parents=True)


def test_the_steps_follow_one_another(project: Project) -> None:
    fresh = project.snapshot(Vocabulary())
    assert stage(fresh, None, 0.9).next == Step.CLASSES
    begun = stage(project.snapshot(), None, 0.9)
    assert (begun.images, begun.classes, begun.labels) == (60, len(project.classes().names), 0)
    assert begun.next == Step.LABEL and begun.accuracy is None and begun.last is None
    label(project, LEAST)
    known = stage(project.snapshot(), estimates(0.85, 0.7), 0.9)
    assert known.accuracy == (0.85, 0.7, 1.0) and known.next == Step.LABEL
    assert known.audited == known.labels == LEAST
    assert stage(project.snapshot(), estimates(0.97, 0.91), 0.9).next == Step.EXPORT
    file_run(project, timedelta(minutes=-1))  # after the labels
    done = stage(project.snapshot(), estimates(0.97, 0.91), 0.9)
    assert done.next == Step.DONE and done.exports == 1 and done.since == 0
    assert done.last is not None and done.last.name == "sorted"


def test_labels_after_an_export_are_counted_and_call_for_another(project: Project) -> None:
    file_run(project, timedelta(minutes=5))
    label(project, 12)
    seen = stage(project.snapshot(), estimates(0.97, 0.91), 0.9)
    assert seen.since == 12 and seen.next == Step.EXPORT
    assert stage(project.snapshot(), estimates(0.8, 0.7), 0.9).next == Step.LABEL


def test_of_few_random_images_no_accuracy_is_told(project: Project) -> None:
    label(project, LEAST - 1)
    seen = stage(project.snapshot(), estimates(1.0, 0.95), 0.9)
    assert seen.accuracy is None and seen.next == Step.LABEL
    assert stage(project.snapshot(), estimates(None, 0.0), 0.9).accuracy is None


def test_with_every_image_answered_there_is_nothing_left_to_label(project: Project) -> None:
    label(project, 60)
    assert stage(project.snapshot(), None, 0.9).next == Step.EXPORT
    file_run(project, timedelta(minutes=-1))
    assert stage(project.snapshot(), None, 0.9).next == Step.DONE


def test_without_images_they_come_first(sample, tmp_path) -> None:
    fresh = Project.open(sample, tmp_path / "fresh")
    assert stage(fresh.snapshot(), None, 0.9).next == Step.EMBED
