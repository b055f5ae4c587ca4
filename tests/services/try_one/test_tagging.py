"""Tags of one picture: as the collection's columns have them, also of a picture from elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from core.services.predict.predicting import predict
from core.services.tags.tagging import Tagging, tagging_of
from core.services.try_one.judge import judge_of
from core.services.try_one.tagging import as_json, tag_judge_of
from core.store.labels.tags import TagEvent
from core.tags.reading import parse
from core.tags.vocabulary import Tags

WITH = "tags:\n  warm: red\n  cold: blue\nderived:\n  odd: warm & !cold\n"


@pytest.fixture
def tags() -> Tags:
    return parse(WITH, "x")


@pytest.fixture(params=[False, True], ids=["by prompts", "learned"])
def tagging(request, opened) -> Tagging:
    """The tags with and without labels; what people said is taken back at the end."""
    project, truth = opened
    result = tagging_of(project)
    pool = project.pool()
    if request.param:
        events = [
            TagEvent(pool.ids[row], "warm", truth[pool.paths[row]] == "red") for row in range(30)
        ]
        batch = result.labels.add(events, "tester", "test")
        request.addfinalizer(lambda: result.labels.undo(batch, "tester"))
    return result


def test_a_picture_from_elsewhere_gets_the_numbers_of_its_copy(described, tagging, tags) -> None:
    snapshot = described(8, "")
    of, judge = tag_judge_of(snapshot, tagging, tags), judge_of(snapshot, predict(snapshot))
    for row in range(40, 60):
        inside = of.answers(judge.see(snapshot.pool.some(np.array([row]))[0], row))
        outside = of.answers(judge.see(snapshot.pool.some(np.array([row]))[0]))
        assert {one.code for one in inside} == {"warm", "cold", "odd"}
        ours, theirs = as_json(inside), as_json(outside)
        for code, tag in ours.items():
            assert theirs[code]["confidence"] == pytest.approx(tag["confidence"], abs=2e-3)
            column = of.tagged[code]
            assert tag["confidence"] == float(column.confidence[row])
        confidences = [one.confidence for one in outside]
        assert confidences == sorted(confidences, reverse=True)


def test_what_a_person_said_stands(described, opened, tags) -> None:
    project, _ = opened
    snapshot, tagging = described(0, ""), tagging_of(project)
    batch = tagging.labels.add([TagEvent(snapshot.pool.ids[5], "cold", True)], "tester", "test")
    try:
        of, judge = tag_judge_of(snapshot, tagging, tags), judge_of(snapshot, predict(snapshot))
        seen = judge.see(snapshot.pool.some(np.array([5]))[0], 5)
        cold = next(one for one in of.answers(seen) if one.code == "cold")
        assert cold.by_people and (cold.confidence, cold.band) == (1.0, "accepted")
    finally:
        tagging.labels.undo(batch, "tester")
