"""``winnow evaluate``: the keys of its JSON."""

from __future__ import annotations

from pathlib import Path

from cli.outcomes import Winnow


def test_evaluate_has_the_keys_of_the_contract(
    winnow: Winnow, sample: Path, embedded: Path
) -> None:
    outcome = winnow(
        "evaluate", sample, "--truth", sample / "truth.csv", "--prompts", sample / "prompts.yaml",
        "--workspace", embedded, "--json",
    )  # fmt: skip
    result = outcome.json
    wanted = {"accuracy", "macro_f1", "n", "per_class", "confusion", "top_k", "ece"}
    assert wanted <= set(result)
    assert result["n"] == 60
    assert {"1", "3", "5"} == set(result["top_k"])
    assert {"labels", "counts"} == set(result["confusion"])
    one = next(iter(result["per_class"].values()))
    assert {"precision", "recall", "f1", "support", "f1_low", "f1_high"} <= set(one)
