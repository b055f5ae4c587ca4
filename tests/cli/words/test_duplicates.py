"""``winnow metadata duplicates``, and ``winnow search`` by words."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cli.outcomes import Winnow, refused

from core.store.csv_tables import read_labels


@pytest.fixture
def workspace(winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path) -> tuple[str, Path]:
    """A workspace whose pictures are called after their class, with a maker of two of them."""
    folder = shutil.copytree(embedded, tmp_path / "ws")
    truth = sorted(read_labels(sample / "truth.csv").items())
    rows = [f"{p},One of many {of},{'Acme' if n < 2 else ''}" for n, (p, of) in enumerate(truth)]
    (tmp_path / "words.csv").write_text("\n".join(["path,title,maker", *rows]))
    winnow("metadata", "import", sample, tmp_path / "words.csv", "--workspace", folder)
    return "--workspace", folder


def test_shared_texts_are_listed(winnow: Winnow, sample: Path, workspace: tuple[str, Path]) -> None:
    labels = list(read_labels(sample / "truth.csv").values())
    command = ("metadata", "duplicates", sample, "--column", "title", *workspace)
    found = winnow(*command, "--exact", "--json").json
    shared = [of for of in set(labels) if labels.count(of) > 1]
    assert (found["column"], found["groups"]) == ("title", len(shared))
    assert found["images"] == sum(map(labels.count, shared))
    first = found["duplicates"][0]
    assert set(first) == {"texts", "images", "paths"} and first["images"] == len(first["paths"])
    assert first["images"] == max(map(labels.count, labels))
    one = max(labels, key=labels.count)
    asked = winnow(*command, "--exact", "--contains", f"MANY {one.upper()}", "--json").json
    assert asked["groups"] >= 1 and all(one in t for d in asked["duplicates"] for t in d["texts"])
    assert len(winnow(*command, "--exact", "-k", "1", "--json").json["duplicates"]) == 1
    assert "spellings" in winnow(*command).out
    assert "No two images" in winnow(*command, "--contains", "nowhere").out
    refused(winnow(*command[:3], "--column", "x", *workspace), "no column of words 'x'")


def test_search_by_words_and_by_both(
    winnow: Winnow, sample: Path, workspace: tuple[str, Path]
) -> None:
    truth = read_labels(sample / "truth.csv")
    word = next(iter(truth.values()))
    command = ("search", sample, "--no-predictions", "--json", *workspace)
    words = winnow(*command, "--text", word, "--by", "words").json
    assert words["index"] == "words"
    assert {truth[result["path"]] for result in words["results"]} == {word}
    both = winnow(*command, "--text", word, "--words-in", "all").json
    assert both["index"] == "both" and both["results"][0]["score"] <= 1
    plain = winnow(*command, "--text", word).json
    assert plain["index"] == "exact"
    assert plain == winnow(*command, "--text", word, "--by", "meaning").json
    acme = winnow(*command, "--text", "acme", "--by", "words", "--words-in", "maker").json
    assert len(acme["results"]) == 2
    bare = ("search", sample, *workspace)
    refused(winnow(*bare, "--where", "width>0", "--by", "words"), "give --text")
    refused(
        winnow(*bare, "--text", "x", "--by", "meaning", "--words-in", "all"),
        "--words-in goes with",
    )
    refused(winnow(*bare, "--text", "x", "--words-in", "price"), "no column of words 'price'")


def test_without_words_the_way_to_them_is_said(
    winnow: Winnow, sample: Path, embedded: Path
) -> None:
    ws = ("--workspace", embedded)
    refused(winnow("metadata", "duplicates", sample, *ws), "No column holds words yet")
    refused(winnow("search", sample, "--text", "x", "--by", "both", *ws), "No column holds words")
