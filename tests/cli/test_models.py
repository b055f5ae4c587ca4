"""``winnow models``: the encoders, the starter first."""

from __future__ import annotations

from cli.outcomes import Winnow


def test_models_lists_the_starter_first(winnow: Winnow) -> None:
    models = winnow("models", "--json").json["models"]
    assert models[0]["spec"] == "starter"
    assert models[0]["cached"] is True
    assert all(m["download_bytes"] > 10**8 for m in models[1:])
    assert "starter" in winnow("models").out
