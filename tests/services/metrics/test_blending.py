"""Two encoders together: chosen on half of the captions, judged on the other half."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from matched_views import COUNT, view

from core.encoders.base import unit_rows
from core.runtime.errors import WinnowError
from core.services.metrics.blending import blend


def test_two_that_see_different_things_do_better_together() -> None:
    both = blend(view("first", slice(0, 6)), view("second", slice(6, 12)))
    assert 0.2 < both.share < 0.8
    for gains in both.gains.values():
        assert gains.queries == COUNT // 2
        assert gains.delta["mrr"].low > 0
    content = json.loads(json.dumps(both.as_json()))
    assert (content["first"], content["second"]) == ("first", "second")
    rise = content["delta"]["text_to_image"]["mrr"]["value"]
    later, earlier = (
        content[part]["text_to_image"]["mrr"]["value"] for part in ("blend", "baseline")
    )
    assert rise == pytest.approx(later - earlier)


def test_how_sharp_scores_are_does_not_matter() -> None:
    first, second = view("first", slice(0, 6)), view("second", slice(6, 12))
    loud = replace(second, texts=8 * second.texts)
    assert blend(first, loud).share == blend(first, second).share


def test_one_that_sees_nothing_gets_no_share() -> None:
    first = view("first", slice(0, 6))
    random = np.random.default_rng(5)
    blind = replace(
        first, model="blind", images=unit_rows(random.normal(size=(COUNT, 6))),
        texts=unit_rows(random.normal(size=(COUNT, 6))),
    )  # fmt: skip
    both = blend(first, blind)
    assert both.share <= 0.1
    assert all(gains.delta["mrr"].high < 0.02 for gains in both.gains.values())


def test_what_cannot_be_blended_is_refused_in_a_sentence() -> None:
    first = view("first", slice(0, 6))
    with pytest.raises(WinnowError, match="have vectors of different images"):
        blend(first, replace(first, ids=first.ids[::-1]))
    one = np.zeros(COUNT, dtype=np.int64)
    with pytest.raises(WinnowError, match="a blend takes 40"):
        blend(replace(first, text=one), replace(first, text=one))
