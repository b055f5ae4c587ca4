"""A snapshot is of one moment, and says of it what the log and the files say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.services.predict.predicting import estimates, predict
from core.services.predict.zero_shot import zero_shot
from core.store.labels.base import Event

WORDS = Vocabulary.of({"red": ["a red thing"], "green": ["green"], "blue": ["blue"]})


@pytest.fixture
def truth(tmp_path: Path) -> dict[str, str]:
    return write_pictures(tmp_path / "images", 45)


@pytest.fixture
def project(tmp_path: Path, truth: dict[str, str]) -> Project:
    project = Project.open(tmp_path / "images", tmp_path / "workspace")
    encoder = ColourEncoder()
    embed(project.workspace, encoder)
    return project.use(encoder)


def test_labels_that_come_later_are_not_in_it(project: Project) -> None:
    before = project.snapshot(WORDS)
    project.labels.add([Event(before.pool.ids[4], "red")], "ann", "test")
    after = project.snapshot(WORDS)
    assert (before.human >= 0).sum() == 0
    assert np.flatnonzero(after.human >= 0).tolist() == [4]
    assert predict(before).model == "prompt"
    assert predict(after).model == "model"
    assert predict(project.snapshot(WORDS)) is predict(after)


def test_labels_outside_the_classes_are_counted_and_asked_again(project: Project) -> None:
    ids = project.pool().ids
    events = [Event(ids[0], "red"), Event(ids[1], "purple"), Event(ids[2], None, "skip")]
    project.labels.add(events, "ann", "test")
    snapshot = project.snapshot(WORDS)
    assert (snapshot.outside, snapshot.human[1]) == (1, -1)
    assert snapshot.answered.tolist() == [0, 2]
    assert snapshot.unanswered.tolist() == [1, *range(3, 45)]
    both = snapshot.under(Vocabulary.of({"purple": ["p"], "red": ["r"]}))
    assert (both.outside, both.answered.tolist()) == (0, [0, 1, 2])
    assert snapshot.under(WORDS) is snapshot


def test_the_audit_ends_before_a_label_that_no_longer_counts(project: Project) -> None:
    snapshot = project.snapshot(WORDS)
    first = [snapshot.pool.ids[row] for row in snapshot.audit_order[:6]]
    said = ["red", "red", "purple", "red", "red"]
    events = [Event(i, name) for i, name in zip(first, said, strict=False)]
    project.labels.add(events, "ann", "test")
    assert len(project.snapshot(WORDS).audited) == 2  # purple is no class: it is asked about again
    wider = Vocabulary((*WORDS.classes, ("purple", ("p",))))
    assert len(project.snapshot(wider).audited) == 5
    project.labels.add([Event(first[2], "red")], "ann", "test")
    assert len(project.snapshot(WORDS).audited) == 5


def test_the_audit_is_the_answered_beginning_of_the_stream(
    project: Project, truth: dict[str, str]
) -> None:
    snapshot = project.snapshot(WORDS)
    order, ids = snapshot.audit_order, snapshot.pool.ids
    assert sorted(order.tolist()) == list(range(45))
    rows = [*order[:6], *order[7:9]]  # a hole ends the sample
    project.labels.add([Event(ids[row], truth[snapshot.pool.paths[row]]) for row in rows], "a", "t")
    project.labels.add([Event(ids[order[2]], None, "skip")], "a", "t")
    later = project.snapshot(WORDS)
    assert later.audited.tolist() == order[:6].tolist()
    assert sorted(later.audit.tolist()) == sorted({*order[:6].tolist()} - {int(order[2])})
    judged = estimates(later, predict(later))
    assert judged is not None and (judged.n, judged.unusable) == (5, 1)
    assert sorted(later.labeling_order.tolist()) == np.flatnonzero(later.human >= 0).tolist()


def test_the_order_of_labeling_is_that_of_time(project: Project) -> None:
    ids = project.pool().ids
    for row in (7, 3, 5):
        project.labels.add([Event(ids[row], "red")], "ann", "test")
    snapshot = project.snapshot(WORDS)
    assert snapshot.labeling_order.tolist() == [7, 3, 5]
    assert snapshot.with_labels({ids[3]: "blue"}).labeling_order.tolist() == [7, 5, 3]


def test_labels_of_one_request_change_its_predictions_alone(project: Project) -> None:
    snapshot = project.snapshot(WORDS)
    extra = {snapshot.pool.ids[0]: "blue"}
    assert predict(snapshot.with_labels(extra)).assigned[0] == 2
    assert snapshot.with_labels({}) is snapshot
    assert (predict(snapshot).human < 0).all()


def test_prompts_alone_are_zero_shot(project: Project) -> None:
    snapshot = project.snapshot(WORDS)
    np.testing.assert_array_equal(
        predict(snapshot).assigned, zero_shot(snapshot).scores.argmax(axis=1)
    )
    with pytest.raises(WinnowError, match="The classes"):
        zero_shot(snapshot.under(Vocabulary()))


def test_paths_find_their_images_or_say_why_not(project: Project, truth: dict[str, str]) -> None:
    snapshot = project.snapshot(WORDS)
    matched = snapshot.match({**truth, "gone.jpg": "red"})
    assert (len(matched.values), matched.missing) == (45, ["gone.jpg"])
    assert all(truth[snapshot.pool.paths[row]] == name for row, name in matched.values)
    with pytest.raises(WinnowError, match="None of the 1 paths of the truth file is an image of"):
        snapshot.match({"gone.jpg": "red"}, " of the truth file")
    assert snapshot.match({}).values == []


def test_another_encoder_is_refused(project: Project) -> None:
    other = ColourEncoder()
    other.identity = "another"
    snapshot = project.use(other).snapshot(WORDS)
    with pytest.raises(WinnowError, match="embedded with another model"):
        predict(snapshot)
