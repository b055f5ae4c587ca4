"""Exactly the first hundred change their order, and a better second encoder shows as a gain."""

from __future__ import annotations

import json

import numpy as np
import pytest
from matched_views import COUNT, view

from core.services.metrics.blending import blend
from core.services.metrics.reranking import TOP, in_order, rerank


def test_the_first_hundred_come_as_the_second_has_them_and_the_rest_as_they_were() -> None:
    random = np.random.default_rng(0)
    found, second = random.normal(size=(2, 7, 260)).astype(np.float32)
    order = np.argsort(-in_order(found, second), axis=1)
    for row, own in enumerate(order):
        by_first = np.argsort(-found[row])
        assert set(own[:TOP]) == set(by_first[:TOP])
        assert (np.diff(second[row][own[:TOP]]) <= 0).all()
        assert own[TOP:].tolist() == by_first[TOP:].tolist()
    few = in_order(found[:, :20], second[:, :20])
    assert (np.argsort(-few) == np.argsort(-second[:, :20])).all()


def test_a_better_second_one_is_a_gain_and_is_judged_as_a_blend_is() -> None:
    first, better = view("first", slice(0, 5)), view("better", slice(0, 12), noise=0.2)
    result = rerank(first, better)
    for name, gains in result.gains.items():
        assert gains.queries == COUNT // 2
        assert gains.delta["mrr"].low > 0
        assert gains.baseline["mrr"] == blend(first, better).gains[name].baseline["mrr"]
    content = json.loads(json.dumps(result.as_json()))
    assert (content["first"], content["second"], content["found"]) == ("first", "better", TOP)
    rise, later, before = (
        content[part]["image_to_text"]["mrr"]["value"] for part in ("delta", "reranked", "baseline")
    )
    assert rise == pytest.approx(later - before)
