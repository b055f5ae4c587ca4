"""None of the classes: a class without prompts, what is new, and how much of it there is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.learn.novelty.flat import SHARE
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.services.predict.predicting import learner, predict
from core.services.predict.unclaimed import none_json, novelty_of, share_of
from core.services.predict.zero_shot import zero_shot
from core.store.labels.base import Event, Kind

PLAIN = Vocabulary.of({"red": ["a red thing"], "green": ["green"]})  # the pictures are blue, too
WITH = PLAIN.with_none("other")


@pytest.fixture
def truth(tmp_path: Path) -> dict[str, str]:
    return write_pictures(tmp_path / "images", 90)


@pytest.fixture
def project(tmp_path: Path, truth: dict[str, str]) -> Project:
    project = Project.open(tmp_path / "images", tmp_path / "workspace")
    encoder = ColourEncoder()
    embed(project.workspace, encoder)
    return project.use(encoder)


def is_blue(project: Project, truth: dict[str, str]) -> np.ndarray:
    return np.array([truth[path] not in PLAIN.names for path in project.pool().paths])


def say(project: Project, rows: np.ndarray, kind: Kind = "none", name: str | None = None) -> None:
    ids = project.pool().ids
    project.labels.add([Event(ids[row], name, kind) for row in rows.tolist()], "ann", "test")


def test_without_labels_it_has_a_small_share_and_what_fits_no_prompt_first(
    project: Project, truth: dict[str, str]
) -> None:
    snapshot = project.snapshot(WITH)
    predictions = predict(snapshot)
    own = predictions.probabilities[:, 2]
    assert abs(own.mean() - SHARE) < 1e-3
    blue = is_blue(project, truth)
    assert (own[blue][:, None] > own[~blue]).mean() > 0.9
    zero = zero_shot(snapshot)
    assert not zero.prototypes[2].any() and len(np.unique(zero.scores[:, 2])) == 1
    assert zero.temperature == zero_shot(project.snapshot(PLAIN)).temperature


def test_its_labels_teach_it_and_none_of_these_means_it(
    project: Project, truth: dict[str, str]
) -> None:
    blue = is_blue(project, truth)
    say(project, np.flatnonzero(blue)[:6])
    for name in PLAIN.names:
        rows = np.array([truth[path] == name for path in project.pool().paths])
        say(project, np.flatnonzero(rows)[:4], "label", name)
    snapshot, plain = project.snapshot(WITH), project.snapshot(PLAIN)
    after = predict(snapshot)
    assert (snapshot.human == 2).sum() == 6 and snapshot.outside == 0
    assert (after.assigned[blue] == 2).mean() > 0.9 and (after.assigned[~blue] == 2).mean() < 0.1
    assert (plain.human >= 0).sum() == 8 and plain.outside == 0
    assert none_json(snapshot, after)["none"]["images"] == int((after.assigned == 2).sum())
    assert none_json(plain, predict(plain)) == {}


def test_what_is_new_does_not_depend_on_the_switch(project: Project, truth: dict[str, str]) -> None:
    blue = is_blue(project, truth)
    new, plain = novelty_of(project.snapshot(WITH)), novelty_of(project.snapshot(PLAIN))
    np.testing.assert_array_equal(new.score, plain.score)
    assert blue[new.order[: blue.sum()]].mean() > 0.8
    say(project, np.flatnonzero(blue)[:6])
    np.testing.assert_array_equal(new.score, novelty_of(project.snapshot(WITH)).score)


def test_its_share_is_of_random_images_alone(project: Project, truth: dict[str, str]) -> None:
    snapshot = project.snapshot(WITH)
    assert share_of(snapshot) is None
    order, blue = snapshot.audit_order, is_blue(project, truth)
    first = order[:30]
    say(project, first[blue[first]])
    say(project, first[~blue[first]], "label", "red")
    say(project, order[30:34], "skip")
    say(project, np.setdiff1d(np.flatnonzero(blue), order[:40])[:8])
    for classes in (WITH, PLAIN):
        share = share_of(project.snapshot(classes))
        assert share is not None and share.answers == 30
        assert share.value == blue[first].mean() and share.low < blue.mean() < share.high


def test_the_queue_asks_about_the_newest_until_it_has_labels(
    project: Project, truth: dict[str, str]
) -> None:
    blue = is_blue(project, truth)
    for name in PLAIN.names:
        rows = np.array([truth[path] == name for path in project.pool().paths])
        say(project, np.flatnonzero(rows)[:3], "label", name)
    snapshot = project.snapshot(WITH)
    model, labeled = learner(snapshot), np.flatnonzero(snapshot.human >= 0)
    fitted = model.fit(labeled, snapshot.human[labeled])
    asked = model.next_batch(fitted, labeled, snapshot.unanswered, 10)
    assert blue[asked].sum() >= 2
