"""Filters of a search: by files, labels and predictions of the moment."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from colours import captions_of, embedded_twice
from searches import find

from core.embedding.run import embed
from core.project.project import Project
from core.prompts.vocabulary import from_names
from core.runtime.errors import WinnowError
from core.services.data.caption_import import import_captions
from core.services.search.filtering import asks_classes
from core.services.search.request import Request
from core.store.labels.base import Event


def test_filters_scores_and_labels(coloured) -> None:
    project, truth = coloured
    pool = project.pool()
    project.labels.add([Event(i, "mine") for i in pool.ids[:4]], "me", "test")
    found = find(project, Request("red", where=("label=mine",), k=50))
    assert {r.id for r in found.results} == set(pool.ids[:4])
    assert found.searched == 4
    assert len(find(project, Request("red", where=("path^=p000",), k=50)).results) == 10
    assert find(project, Request("red", where=("width>9000",))).results == []
    scores = [r.score for r in find(project, Request("red", k=50)).results]
    cut = find(project, Request("red", k=50, min_score=scores[5]))
    assert len(cut.results) == 6
    with pytest.raises(WinnowError, match="classes that a filter asks for"):
        find(project, Request("red", where=("class=red",)))
    project.vocabulary_file.save_classes(from_names(["red", "green", "blue"]))
    found = find(project, Request("green", where=("class=red", "confidence>=0.5"), k=50))
    assert {truth[r.path] for r in found.results} == {"red"}


def test_copies_in_another_folder_are_found_under_the_name_the_filter_wants(
    coloured, tmp_path: Path
) -> None:
    project, truth = coloured
    folder = project.workspace.images
    path = next(iter(truth))
    (folder / "z").mkdir()
    shutil.copy2(folder / path, folder / "z" / "copy.jpg")
    embed(project.workspace, project.encoder)
    found = find(project, Request(truth[path], where=("path^=z/",)))
    assert [r.path for r in found.results] == ["z/copy.jpg"]


def test_only_filters_on_predictions_ask_for_classes() -> None:
    assert asks_classes(["width>=800", "class=red"]) and asks_classes(["confidence<0.5"])
    assert not asks_classes([]) and not asks_classes(["label=class", "path~class"])
    with pytest.raises(WinnowError, match="not understood"):
        asks_classes(["size"])


@pytest.fixture
def copied(tmp_path: Path) -> tuple[Project, dict[str, str]]:
    """Thirty pictures and a copy, embedded by two encoders; the one that sees colours is active."""
    return embedded_twice(tmp_path / "pictures", tmp_path / "ws")


def test_captions_are_a_column_to_filter_by(copied) -> None:
    project, truth = copied
    pairs = captions_of(truth)[3:]
    pairs += [("p0004.jpg", "with a [bracket], a comma and 100% more")]
    import_captions(project.snapshot(), pairs)
    answer = find(project, Request("a picture", where=("caption~RED pic",), k=40))
    paths = {result.path for result in answer.results}
    assert paths == {path for path, text in pairs if "red" in text}
    bracket = find(project, Request("x", where=("caption~[bracket], a comma and 100%",), k=9))
    assert [result.path for result in bracket.results] == ["p0004.jpg"]
    without = find(project, Request("x", where=("caption=",), k=9))
    assert {r.path for r in without.results} <= {"copy.jpg", "p0000.jpg", "p0001.jpg", "p0002.jpg"}
    assert without.searched == 3


def test_filters_alone_list_what_passes_by_path(copied) -> None:
    project, truth = copied
    import_captions(project.snapshot(), captions_of(truth))
    answer = find(project, Request(where=("caption~green",), k=4))
    greens = [path for path in sorted(truth) if truth[path] == "green"]
    assert [result.path for result in answer.results] == greens[:4]
    assert {result.score for result in answer.results} == {None}
    assert (answer.kind, answer.searched, answer.recall) == ("filter", len(greens), 1.0)
    with pytest.raises(WinnowError, match="names no column"):
        find(project, Request(where=("colour=red",)))
