"""``winnow evaluate``: the keys of its JSON."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
from cli.outcomes import Winnow

from core.prompts.vocabulary import parse
from core.prompts.writing import dump
from core.services.data.folder_level import save_level
from core.store.csv_tables import read_labels
from core.store.workspace import load


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


def test_classes_in_groups_are_judged_by_group_too(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    flat = winnow(
        "evaluate", sample, "--truth", sample / "truth.csv", "--prompts", sample / "prompts.yaml",
        "--workspace", embedded, "--json",
    ).json  # fmt: skip
    classes = parse((sample / "prompts.yaml").read_text(), "p")
    first = classes.names[:4]
    tree = classes.in_groups([("some", [], "")], dict.fromkeys(first, "some"))
    (tmp_path / "tree.yaml").write_text(dump(tree))
    outcome = winnow(
        "evaluate", sample, "--truth", sample / "truth.csv", "--prompts", tmp_path / "tree.yaml",
        "--workspace", embedded, "--json",
    )  # fmt: skip
    assert flat["levels"] == []
    (level,) = outcome.json["levels"]
    assert level["labels"] == ["some", *classes.names[4:]]
    assert level["accuracy"] >= outcome.json["accuracy"] == flat["accuracy"]


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


def grocery(sample: Path, folder: Path) -> Path:
    """The sample's images in folders of two levels: halves, then kinds in another spelling."""
    for number, (path, label) in enumerate(sorted(read_labels(sample / "truth.csv").items())):
        kind = label.replace(" ", "-").upper() if number % 10 else "misc"
        target = folder / ("one" if number % 2 else "two") / kind / Path(path).name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(sample / path, target)
    return folder


def test_folder_names_are_a_truth_at_any_level(
    winnow: Winnow, sample: Path, tmp_path: Path
) -> None:
    folder = grocery(sample, tmp_path / "grocery")
    shared = ("--workspace", tmp_path / "ws", "--prompts", sample / "prompts.yaml", "--json")
    any_level = winnow("evaluate", folder, "--truth", "folders", *shared)
    assert any_level.json["n"] == 54
    seen = any_level.json["folders"]
    assert (seen["level"], seen["images"], seen["outside"]) == (None, 54, {"misc": 6})
    assert len(seen["respelled"]) >= 5
    assert set(seen["respelled"].values()) <= set(any_level.json["per_class"])
    assert "6 images lie in no class's folder and take no part: misc (6)." in any_level.err
    second = winnow("evaluate", folder, "--truth", "folders", "--truth-level", "2", *shared)
    assert second.json["confusion"] == any_level.json["confusion"]
    assert second.json["folders"]["level"] == 2
    first = winnow("evaluate", folder, "--truth", "folders", "--truth-level", 1, *shared)
    assert (
        first.code == 2
        and "No folder of level 1 is named as one of the classes" in first.json["error"]
    )
    assert "one (30), two (30)" in first.json["error"]
    halves = winnow(
        "evaluate", folder, "One", "TWO", "--truth", "folders", "--truth-level", "1",
        "--workspace", tmp_path / "ws", "--json",
    )  # fmt: skip
    assert halves.json["n"] == 60 and set(halves.json["per_class"]) == {"One", "TWO"}


def test_the_level_of_the_data_page_is_the_default(
    winnow: Winnow, sample: Path, tmp_path: Path
) -> None:
    folder = grocery(sample, tmp_path / "grocery")
    shared = ("One", "two", "--workspace", tmp_path / "ws", "--json")
    assert winnow("evaluate", folder, "--truth", "folders", *shared).json["n"] == 60
    save_level(load(tmp_path / "ws"), 2)
    outcome = winnow("evaluate", folder, "--truth", "folders", *shared)
    assert outcome.code == 2 and "level 2" in outcome.json["error"]


def test_a_level_for_a_file_is_refused(winnow: Winnow, sample: Path, embedded: Path) -> None:
    outcome = winnow(
        "evaluate", sample, "--truth", sample / "truth.csv", "--truth-level", "1",
        "--workspace", embedded, "--json",
    )  # fmt: skip
    assert (
        outcome.code == 2 and "--truth-level is for the names of folders" in outcome.json["error"]
    )


def test_a_truth_may_be_parquet(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    truth = read_labels(sample / "truth.csv")
    table = tmp_path / "truth.parquet"
    pl.DataFrame({"path": list(truth), "label": list(truth.values())}).write_parquet(table)
    shared = ("--prompts", sample / "prompts.yaml", "--workspace", embedded, "--json")
    plain = winnow("evaluate", sample, "--truth", sample / "truth.csv", *shared).json
    assert winnow("evaluate", sample, "--truth", table, *shared).json == plain
