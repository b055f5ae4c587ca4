"""How sure the predictions are, in figures that leave out what people decided."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from export.export_builders import make_jpegs, planned
from export.record_builders import NAMES, exported
from hypothesis import given
from hypothesis import strategies as st

from core.export.options import ExportOptions
from core.export.planning import make_plan
from core.export.record.statistics import Confidence, statistics

NOTHING = Confidence(0, None, None, None, None)
PAIRS = st.lists(
    st.tuples(
        st.sampled_from(["cat", "dog"]),
        st.floats(0, 1) | st.just(float("nan")),
        st.sampled_from(["human", "model", "prompt"]),
    ),
    max_size=40,
)


@given(pairs=PAIRS)
def test_figures_are_those_of_the_predicted_images(pairs) -> None:
    entries = [
        planned(f"{n}.jpg", label, probability=value, source=source)
        for n, (label, value, source) in enumerate(pairs)
    ]
    plan = make_plan(entries, [], ["cat", "dog", "cow"], ExportOptions())
    found = statistics(plan.items, plan.folders)
    assert found.classes["cow"] == NOTHING
    assert list(found.classes) == ["cat", "dog", "cow"]
    for name, of in {**found.classes, None: found.overall}.items():
        values = np.array(
            [
                value
                for label, value, source in pairs
                if source != "human" and label == (name or label) and np.isfinite(value)
            ]
        )
        if not len(values):
            assert of == NOTHING
            continue
        assert of.images == len(values)
        assert (of.least, of.most) == (values.min(), values.max())
        assert of.mean == pytest.approx(values.mean())
        assert of.spread == pytest.approx(values.std())


def test_metadata_has_them(tmp_path: Path) -> None:
    make_jpegs(tmp_path / "images", NAMES)
    out = exported(tmp_path / "images", tmp_path / "out")
    content = json.loads((out / "metadata.json").read_text("utf-8"))["confidence"]
    assert set(content) == {"overall", "classes"}
    assert content["overall"]["images"] == 3  # the fourth was decided by a person
    assert set(content["classes"]) == {"n/a", "cat"}
    assert content["classes"]["cat"].keys() == {"images", "mean", "spread", "least", "most"}
