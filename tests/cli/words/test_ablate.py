"""``winnow ablate`` and ``--words``: words of a table, measured and used."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cli.outcomes import Winnow

from core.store.csv_tables import read_labels


@pytest.fixture
def titles(sample: Path, tmp_path: Path) -> Path:
    """A title for each sample image, which names its class for two in three."""
    path = tmp_path / "titles.csv"
    rows = [
        f"{name},{f'a {label}' if number % 3 else 'a thing'}"
        for number, (name, label) in enumerate(read_labels(sample / "truth.csv").items())
    ]
    path.write_text("\n".join(["path,title", *rows, "gone.jpg,x"]), encoding="utf-8")
    return path


def test_ablate_has_the_keys_of_the_contract(
    winnow: Winnow, sample: Path, embedded: Path, titles: Path
) -> None:
    outcome = winnow(
        "ablate", sample, "--truth", sample / "truth.csv", "--prompts", sample / "prompts.yaml",
        "--workspace", embedded, "--metadata", titles, "--words", "{title}",
        "--per-class", "0,2", "--seeds", 2, "--json",
    )  # fmt: skip
    assert "1 of 61 rows of titles.csv name no image" in outcome.err
    result = outcome.json
    assert {"points", "differences"} <= set(result)
    assert len(result["points"]) == 3 * (1 + 2)
    assert len(result["differences"]) == 3 * 2


def test_columns_alone_are_sources_too(
    winnow: Winnow, sample: Path, embedded: Path, titles: Path
) -> None:
    shared = (
        "ablate", sample, "--truth", sample / "truth.csv", "--prompts", sample / "prompts.yaml",
        "--workspace", embedded, "--metadata", titles, "--words", "{title}",
        "--per-class", "2", "--seeds", 2,
    )  # fmt: skip
    result = winnow(*shared, "--columns", "all", "--json").json
    assert {point["source"] for point in result["points"]} == {"image", "text", "both", "title"}
    assert "both-title" in {one["pair"] for one in result["differences"]}
    assert "title alone" in winnow(*shared, "--columns", " title ").out
    assert "no column maker to judge alone" in winnow(*shared, "--columns", "maker").err


def test_words_that_cannot_be_used_are_one_sentence(
    winnow: Winnow, sample: Path, embedded: Path, titles: Path
) -> None:
    shared = (
        "ablate", sample, "--truth", sample / "truth.csv", "--prompts", sample / "prompts.yaml",
        "--workspace", embedded, "--metadata", titles,
    )  # fmt: skip
    for words, sentence in (
        ("{brand}", "There is no column 'brand'"),
        ("title", "names no column"),
        ("", "No column speaks yet"),
    ):
        outcome = winnow(*shared, "--words", words)
        assert outcome.code == 2 and sentence in outcome.err
    assert "are no numbers" in winnow(*shared, "--per-class", "five").err


def test_imported_words_count_where_they_are_named(
    winnow: Winnow, sample: Path, embedded: Path, titles: Path, tmp_path: Path
) -> None:
    workspace = tmp_path / "workspace"
    shutil.copytree(embedded, workspace)
    winnow("metadata", "import", sample, titles, "--workspace", workspace)
    shared = (
        "evaluate", sample, "--truth", sample / "truth.csv", "--prompts", sample / "prompts.yaml",
        "--workspace", workspace, "--json",
    )  # fmt: skip
    before, words = winnow(*shared).json, winnow(*shared, "--words", "{title}").json
    assert "words" not in before
    assert words["words"]["template"] == "{title}" and words["words"]["images"] == 60
    assert words["confusion"] != before["confusion"]
    assert winnow(*shared, "--words", "").json == before


def test_a_run_with_words_is_replayed_with_them(
    winnow: Winnow, sample: Path, embedded: Path, titles: Path, tmp_path: Path
) -> None:
    workspace, out = tmp_path / "workspace", tmp_path / "out"
    shutil.copytree(embedded, workspace)
    winnow("metadata", "import", sample, titles, "--workspace", workspace)
    winnow(
        "run", sample, out, "--prompts", sample / "prompts.yaml", "--workspace", workspace,
        "--words", "{title}", "--mode", "hardlink",
    )  # fmt: skip
    again = winnow("replay", out / "manifest.json", "--workspace", workspace, "--json").json
    assert again["same"] and again["probabilities_identical"], again
