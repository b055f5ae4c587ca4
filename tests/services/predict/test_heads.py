"""Which head a question learns with, and why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.learn.heads.choosing import LEAST, Contest, Score
from core.learn.heads.measures import MACRO_F1
from core.learn.heads.names import AUTO, NAMES, PLAIN
from core.project.project import Project
from core.project.snapshot import Snapshot
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.runtime.progress import Cancelled, Report
from core.services.predict.heads import (
    HeadUse,
    measure_of,
    settle,
    use_head,
)
from core.services.predict.predicting import predict
from core.store.labels.base import Event

WORDS = Vocabulary.of({"red": ["a red thing"], "green": ["green"], "blue": ["blue"]})


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Ninety pictures of three colours, sixty of them labeled."""
    truth = write_pictures(tmp_path / "images", 90)
    project = Project.open(tmp_path / "images", tmp_path / "workspace")
    encoder = ColourEncoder()
    embed(project.workspace, encoder)
    project.use(encoder)
    pool = project.pool()
    rows = pool.rows_by_path
    events = [Event(pool.ids[rows[path]], label) for path, label in list(truth.items())[:60]]
    project.labels.add(events, "ann", "test")
    return project


@pytest.fixture
def snapshot(project: Project) -> Snapshot:
    return project.snapshot(WORDS)


def test_predictions_say_with_which_head_they_were_learned(snapshot: Snapshot) -> None:
    plain, other = predict(snapshot), predict(snapshot.headed("adjusted"))
    assert (plain.head, other.head) == (PLAIN, "adjusted")
    assert not np.array_equal(plain.probabilities, other.probabilities)
    assert np.array_equal(plain.probabilities, predict(snapshot.headed(PLAIN)).probabilities)


def test_a_question_learns_with_the_head_that_it_is_set_to(project: Project) -> None:
    use_head(project.workspace, "weighted")
    snapshot = project.snapshot(WORDS)
    assert predict(snapshot).head == "weighted"
    assert settle(snapshot, None, MACRO_F1, False, Report()) == HeadUse("weighted", "weighted")
    assert settle(snapshot, PLAIN, MACRO_F1, False, Report()).used == PLAIN


def test_auto_compares_all_heads_and_says_why(snapshot: Snapshot) -> None:
    report = Report()
    use = settle(snapshot, AUTO, MACRO_F1, False, report)
    content = use.as_json()
    assert (content["asked"], content["used"], content["labels"]) == (AUTO, use.used, 60)
    assert [score["head"] for score in content["compared"]] == list(NAMES)
    assert content["why"] == use.sentence()
    assert "60 labels" in use.sentence()
    assert report.status.total == len(NAMES)


def test_auto_can_be_stopped(snapshot: Snapshot) -> None:
    report = Report()
    report.cancel()
    with pytest.raises(Cancelled):
        settle(snapshot, AUTO, MACRO_F1, False, report)


def test_with_few_labels_auto_stays_plain_and_says_how_many_it_takes(snapshot: Snapshot) -> None:
    few = replace(snapshot.labels, codes=np.full_like(snapshot.labels.codes, -1))
    use = settle(replace(snapshot, labels=few), AUTO, MACRO_F1, False, Report())
    assert use.used == PLAIN
    assert f"it takes {LEAST}" in use.sentence()


def sentence(*scores: Score) -> str:
    contest = Contest(MACRO_F1, 200, (Score(PLAIN, 0.6, 0.0, 0.0, 0.0, 0.85), *scores))
    return HeadUse(AUTO, contest.best, contest).sentence()


def test_the_reasons_are_told_apart() -> None:
    gained = Score("weighted", 0.65, 0.05, 0.012, 0.088, 0.85)
    assert sentence(gained) == (
        "Learned with the head “Weighted”: macro F1 on your 200 labels is better by 5.0 points "
        "(1.2 to 8.8) than with “Plain”."
    )
    unsure = Score("weighted", 0.65, 0.05, -0.01, 0.11, 0.85)
    assert "no other is surely better in macro F1" in sentence(unsure)
    assert "5.0 points (-1.0 to 11.0)" in sentence(unsure)
    dear = Score("weighted", 0.65, 0.05, 0.012, 0.088, 0.8)
    assert "costs more than one point of accuracy" in sentence(dear)


def test_measures_by_name(snapshot: Snapshot) -> None:
    assert measure_of("accuracy", snapshot.names).key == "accuracy"
    assert measure_of("recall:blue", snapshot.names).column == 2
    with pytest.raises(WinnowError, match="no class called"):
        measure_of("recall:pink", snapshot.names)
    with pytest.raises(WinnowError, match="macro-f1"):
        measure_of("f2", snapshot.names)
