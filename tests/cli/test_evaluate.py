"""``winnow evaluate``: the keys of its JSON."""

from __future__ import annotations

from pathlib import Path

from cli.outcomes import Winnow

from core.store.csv_tables import read_labels


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


def test_a_truth_in_another_spelling_is_matched_and_remarked_on(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    truth = read_labels(sample / "truth.csv")
    lines = [f".\\{path.upper()};{label.upper()}" for path, label in truth.items()]
    table = tmp_path / "t.csv"
    table.write_text("\n".join(["File name;Class", *lines, "gone.jpg;x", f"{next(iter(truth))};"]))
    shared = ("--workspace", embedded, "--json", "--prompts", sample / "prompts.yaml")
    plain = winnow("evaluate", sample, "--truth", sample / "truth.csv", *shared).json
    outcome = winnow("evaluate", sample, "--truth", table, *shared)
    assert {key: outcome.json[key] for key in ("accuracy", "n", "confusion")} == {
        key: plain[key] for key in ("accuracy", "n", "confusion")
    }
    assert (outcome.json["rows"], outcome.json["unknown_classes"]) == (62, {})
    assert outcome.json["rejected"] == {"no embedded image": 1, "no label": 1}
    assert "2 of 62 rows do not count" in outcome.err
    assert "counted under another spelling are" in outcome.err
