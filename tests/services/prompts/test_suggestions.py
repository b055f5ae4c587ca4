"""Groups that no class explains: found, bounded, and like a class only where it is one."""

from __future__ import annotations

import numpy as np
import pytest

from core.project.project import Project
from core.runtime.progress import Cancelled, Report
from core.services.predict.predicting import predict
from core.services.predict.zero_shot import zero_shot
from core.services.prompts.likeness import SHARE
from core.services.prompts.suggestions import MOST, suggest


def test_groups_are_those_that_the_prompts_are_least_sure_of(project: Project) -> None:
    snapshot, report = project.snapshot(), Report()
    groups = suggest(snapshot, report)
    assert 0 < len(groups) <= MOST
    assert report.status.step == "Comparing with the classes"
    sure = zero_shot(snapshot).logits
    assert sure.shape == (len(snapshot), len(snapshot.names))
    assert [g.confidence for g in groups] == sorted(g.confidence for g in groups)
    rows = np.concatenate([g.rows for g in groups])
    assert len(rows) == len(set(rows.tolist())), "no image is in two groups"


def test_what_a_group_is_like_is_what_most_of_it_is_predicted_to_be(project: Project) -> None:
    snapshot = project.snapshot()
    predictions = predict(snapshot)
    likes = [g for g in suggest(snapshot) if g.like]
    assert likes, "the sample has groups of its own classes"
    for group in likes:
        assert group.like is not None
        number = snapshot.names.index(group.like.name)
        assert (predictions.assigned[group.rows] == number).mean() >= SHARE
        assert set(group.like.doubtful.tolist()) == set(group.rows.tolist())


def test_the_search_stops_when_asked(project: Project) -> None:
    stopped = Report()
    stopped.cancel()
    with pytest.raises(Cancelled):
        suggest(project.snapshot(), stopped)
