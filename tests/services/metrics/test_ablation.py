"""Whether words help, on a real workspace: by a truth, and by the labels there are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.learn.judging.paired import difference
from core.learn.words.ablation import SOURCES, Gap
from core.project.project import Project
from core.project.snapshot import Snapshot
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.services.metrics.ablation import (
    Standing,
    ablate,
    as_json,
    headline,
    single_columns,
    standing,
    worth,
    worth_of,
)
from core.store.labels.base import Event
from core.store.metadata.table import MetadataTable

CLASSES = Vocabulary.of({"red": ["red"], "green": ["green"], "blue": ["blue"]})


@pytest.fixture
def truth(tmp_path: Path) -> dict[str, str]:
    return write_pictures(tmp_path / "images", 45)


@pytest.fixture
def project(tmp_path: Path, truth: dict[str, str]) -> Project:
    project = Project.open(tmp_path / "images", tmp_path / "workspace")
    encoder = ColourEncoder()
    embed(project.workspace, encoder)
    return project.use(encoder)


def titled(project: Project, titles: dict[str, str], words: str = "{title}") -> Snapshot:
    snapshot = project.snapshot(CLASSES)
    cells = pl.Series([titles.get(path) for path in snapshot.pool.paths], dtype=pl.String)
    table = MetadataTable(
        ("title",), {"title": "text"}, str(titles), snapshot.pool.ids, {"title": cells}
    )
    return replace(snapshot, read_metadata=lambda: table, words=words)


def test_the_keys_of_the_contract(project: Project, truth: dict[str, str]) -> None:
    snapshot = titled(project, truth)
    result = as_json(ablate(snapshot, truth, (0, 3), 2), snapshot)
    assert set(result["points"][0]) == {
        "source", "per_class", "seed", "accuracy", "macro_f1", "ece",
    }  # fmt: skip
    assert {point["source"] for point in result["points"]} == set(SOURCES)
    assert set(result["differences"][0]) == {"per_class", "pair", "mean", "low", "high"}
    assert {one["pair"] for one in result["differences"]} == {
        "both-image", "both-text", "text-image",
    }  # fmt: skip
    assert result["sentence"].startswith("Words ")


def two_columns(project: Project, truth: dict[str, str]) -> Snapshot:
    """A title that names the class, and a maker, in a column called as a source is, that does
    not."""
    snapshot = titled(project, truth)
    paths = snapshot.pool.paths
    makers = pl.Series(["AB"[n % 2] for n in range(len(paths))], dtype=pl.String)
    cells = {"title": snapshot.metadata.cells["title"], "text": makers}
    table = MetadataTable(
        ("title", "text"), {"title": "text", "text": "category"}, "2", snapshot.pool.ids, cells
    )
    return replace(snapshot, read_metadata=lambda: table, words="{title}. {text}")


def test_single_columns_are_sources_with_paired_differences(
    project: Project, truth: dict[str, str]
) -> None:
    snapshot = two_columns(project, truth)
    assert single_columns(snapshot) == {"title": "title", "text_metadata": "text"}
    names = ("title", "text_metadata")
    result = ablate(snapshot, truth, (0, 3), 2, columns=names)
    plain = ablate(snapshot, truth, (0, 3), 2)
    alone = [point for point in result.points if point.source in SOURCES]
    assert alone == plain.points  # what else is compared changes no figure
    assert {p.source for p in result.points} == {*SOURCES, *names}
    told = as_json(result, snapshot)["differences"]
    assert [one["pair"] for one in told if one["per_class"] == 3][3:] == [
        "title-image", "text-title", "both-title",
        "text_metadata-image", "text-text_metadata", "both-text_metadata",
    ]  # fmt: skip
    right = {
        name: np.mean([p.accuracy for p in result.points if p.source == name]) for name in names
    }
    assert right["title"] > right["text_metadata"] + 0.2
    assert set(result.classes[0].right) == {*SOURCES, *names}
    # A column alone is what the words are where it is all of them.
    whole = ablate(titled(project, truth), truth, (3,), 2, columns=["title"])
    pairs = zip(
        *([p for p in whole.points if p.source == s] for s in ("text", "title")), strict=True
    )
    assert all(replace(a, source="") == replace(b, source="") for a, b in pairs)


def test_a_column_that_cannot_be_judged_alone_is_said(
    project: Project, truth: dict[str, str]
) -> None:
    snapshot = titled(project, truth)
    with pytest.raises(
        WinnowError, match="There is no column maker to judge alone: there are title"
    ):
        ablate(snapshot, truth, (3,), 1, columns=["maker"])
    snapshot = two_columns(project, truth)
    nothing = pl.Series([None] * len(snapshot), dtype=pl.String)
    cells = {"title": snapshot.metadata.cells["title"], "text": nothing}
    table = replace(snapshot.metadata, version="3", cells=cells)
    with pytest.raises(WinnowError, match="No image has anything in the column text_metadata"):
        ablate(
            replace(snapshot, read_metadata=lambda: table), truth, (3,), 1,
            columns=["text_metadata"],
        )  # fmt: skip


def test_what_is_missing_is_said(project: Project, truth: dict[str, str]) -> None:
    with pytest.raises(WinnowError, match="No column speaks"):
        ablate(titled(project, truth, words=""), truth, (3,), 1)
    with pytest.raises(WinnowError, match="No image has words"):
        ablate(titled(project, {}), truth, (3,), 1)
    with pytest.raises(WinnowError, match="No image of the truth is of one of the classes"):
        ablate(titled(project, truth), dict.fromkeys(truth, "purple"), (3,), 1)
    with pytest.raises(WinnowError, match="No image has a label yet"):
        standing(titled(project, truth))


def test_the_labels_there_are_speak_by_random_images(
    project: Project, truth: dict[str, str]
) -> None:
    snapshot = titled(project, truth)
    pool = snapshot.pool
    events = [Event(pool.ids[row], truth[pool.paths[row]]) for row in snapshot.audit_order[:20]]
    project.labels.add(events, "tester", source="test")
    seen = standing(titled(project, truth), ["title"])
    assert (seen.right["title"] == seen.right["text"]).all()
    assert len(seen.rows) == 20 and seen.gain.n == 20
    assert all(right.shape == (20,) for right in seen.right.values())
    assert seen.gain.after == int(seen.right["both"].sum())
    assert seen.random and "on 20 random images" in worth_of(seen)
    ahead = seen.gaps["text", "image"]
    assert ahead.won - ahead.lost == seen.right["text"].sum() - seen.right["image"].sum()
    assert seen.gaps["both", "title"].n == 20 and seen.gaps["both", "image"] == seen.gain
    assert sum(one.images for one in seen.classes) == 20
    for one in seen.classes:
        own = np.array([truth[pool.paths[row]] == one.name for row in seen.rows])
        assert one.images == own.sum() and one.right["both"] == seen.right["both"][own].mean()
        assert one.gain == pytest.approx(one.right["both"] - one.right["image"])
        assert one.low <= one.gain <= one.high


def test_without_random_images_all_labels_speak(project: Project, truth: dict[str, str]) -> None:
    snapshot = titled(project, truth)
    pool = snapshot.pool
    events = [Event(pool.ids[row], truth[pool.paths[row]]) for row in snapshot.audit_order[-20:]]
    project.labels.add(events, "tester", source="test")
    seen = standing(titled(project, truth), ["title"])
    assert not seen.random and "on 20 labeled images" in worth_of(seen)
    assert sorted(seen.rows) == sorted(snapshot.audit_order[-20:])
    assert (seen.right["title"] == seen.right["text"]).all()
    assert seen.right["text"].mean() > 0.5, "the titles name the classes"


def test_the_sentence_says_which_way_and_whether_it_is_clear() -> None:
    pair = ("both", "image")
    assert worth(Gap(10, pair, 0.041, 0.029, 0.053)) == (
        "Words are worth collecting: with 10 labels a class, both together are right 4.1 points "
        "more often than pictures alone (95 %: +2.9 to +5.3)."
    )
    assert worth(Gap(0, pair, -0.02, -0.03, -0.01)).startswith(
        "Words do harm: with prompts alone, both together are right 2.0 points less often"
    )
    assert worth(Gap(5, pair, 0.0, -0.1, 0.1)).startswith("Words make no clear difference")
    same = difference(*(2 * [pl.Series([True]).to_numpy()]))
    assert "0.0 points" in worth_of(Standing(np.array([0]), True, {}, {pair: same}, []))


def test_the_headline_is_that_of_the_most_labels(project: Project, truth: dict[str, str]) -> None:
    gap = headline(ablate(titled(project, truth), truth, (2, 4), 1))
    assert (gap.per_class, gap.pair) == (4, ("both", "image"))
