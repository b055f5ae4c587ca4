"""The figures of similarities are those of the similarities, whatever the calibration."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.project.pool import Pool
from core.services.tags.statistics import statistics, statistics_json, statistics_table
from core.services.tags.tagged import TagColumn, Tagged
from core.tags import scores
from core.tags.vocabulary import Derived, Settings, Tag, Tags

TAGS = Tags((Tag("a", "The A", type="kind"),), (Derived("r", "!a"),))


def tagged(values: np.ndarray, settings: Settings) -> Tagged:
    calibration = scores.calibrate(values, settings)
    logits = calibration.logits(values)
    confidence = calibration.confidence(values)
    bands, nobody = calibration.bands(confidence), np.full(len(values), -1, np.int8)
    columns: Mapping[str, TagColumn] = {
        "a": TagColumn("a", "prompt", confidence, bands, nobody, logits, calibration),
        "r": TagColumn("r", "rule", 1 - confidence, (2 - bands).astype(np.int8), nobody),
    }
    return Tagged(Pool([], [], "v", "e", rows={}), TAGS, "m", columns, 0, 2, 0.0)


SIMILARITIES = arrays(np.float32, st.integers(1, 50), elements=st.floats(-1, 1, width=32))


@given(SIMILARITIES, st.sampled_from([Settings(), Settings(centre=0.0, scale=0.5, accept=0.9)]))
def test_figures_are_those_of_the_similarities(values: np.ndarray, settings: Settings) -> None:
    rows = statistics(tagged(values, settings))
    own, rule = rows["a"], rows["r"]
    wide = values.astype(np.float64)
    expected = (wide.min(), wide.mean(), wide.max(), wide.std())
    assert (own.least, own.mean, own.most, own.spread) == pytest.approx(expected, abs=1e-5)
    assert own.accepted + own.tentative + own.rejected == pytest.approx(1, abs=1e-5)  # type: ignore[operator]
    assert (rule.least, rule.mean, rule.most, rule.spread) == (None,) * 4
    assert (rule.accepted, rule.tentative, rule.rejected) == (
        own.rejected,
        own.tentative,
        own.accepted,
    )


def test_the_table_has_a_row_a_tag_and_rules_only_shares() -> None:
    made = tagged(np.array([0.1, 0.2, 0.6], np.float32), Settings())
    frame = statistics_table(made)
    assert frame.columns == [
        "code", "label", "type", "least", "mean", "most", "spread",
        "accepted", "tentative", "rejected",
    ]  # fmt: skip
    assert frame.select("code", "label", "type").rows() == [
        ("a", "The A", "kind"),
        ("r", "r", "rule"),
    ]
    assert frame["mean"].to_list() == [pytest.approx(0.3, abs=1e-5), None]
    content = statistics_json(made)
    assert content["r"]["similarity"] is None
    assert content["a"]["similarity"]["most"] == pytest.approx(0.6, abs=1e-5)


def test_without_images_there_are_no_figures() -> None:
    made = tagged(np.zeros(0, np.float32), Settings())
    assert set(statistics_json(made)["a"]["shares"].values()) == {None}
    assert statistics_table(made).height == 2
