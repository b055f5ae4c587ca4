"""Searching a collection: what is found by texts and images, and by an index."""

from __future__ import annotations

import numpy as np
import pytest
from searches import find

from core.project.project import Project
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.search import collection as collections
from core.services.search.request import Answer, Request
from core.services.search.searching import Searcher


def colours(answer: Answer, truth: dict[str, str]) -> set[str]:
    return {truth[result.path] for result in answer.results}


def test_texts_images_and_both(coloured) -> None:
    project, truth = coloured
    assert colours(find(project, Request("something red", k=10)), truth) == {"red"}
    assert colours(find(project, Request("-red -blue", k=10)), truth) == {"green"}
    pool = project.pool()
    blue = next(row for row, path in enumerate(pool.paths) if truth[path] == "blue")
    like = (pool.ids[blue],)
    found = find(project, Request(like=like, k=9))
    assert colours(found, truth) == {"blue"}
    assert pool.ids[blue] not in {result.id for result in found.results}
    both = find(project, Request("red", like=like, k=20))
    assert {"red", "blue"} <= colours(both, truth)
    assert "green" not in {truth[r.path] for r in both.results[:15]}
    assert [r.score for r in found.results] == sorted(
        (r.score for r in found.results), reverse=True
    )
    assert (found.kind, found.recall, found.searched) == ("exact", 1.0, 29)


def test_more_like_these_and_not_like_those(coloured) -> None:
    project, truth = coloured
    ids = {colour: [i for i, p in zip(project.pool().ids, project.pool().paths, strict=True)
                    if truth[p] == colour] for colour in ("red", "green", "blue")}  # fmt: skip
    like, unlike = (ids["red"][0], ids["green"][0]), (ids["green"][1],)
    found = find(project, Request(like=like, unlike=unlike, k=9))
    assert colours(found, truth) == {"red"}
    assert not {r.id for r in found.results} & {*like, *unlike}


def test_what_cannot_be_searched_is_said(coloured) -> None:
    project, _ = coloured
    for request, said in [
        (Request(), "nothing to search for"),
        (Request("  "), "nothing to search for"),
        (Request("red -red"), "cancel out"),
        (Request(like=("0" * 32,)), "not among the images"),
        (Request("red", where=("colour=red",)), "names no column"),
    ]:
        with pytest.raises(WinnowError, match=said):
            find(project, request)


def test_a_large_collection_is_searched_in_its_files_and_by_its_index(
    coloured, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, truth = coloured
    plain = find(project, Request("red +0.2*blue", k=12))
    monkeypatch.setattr(collections, "EXACT_BELOW", 10)
    snapshot = project.snapshot()
    searcher = Searcher(snapshot, exact_below=10)
    mapped = searcher.find(Request("red +0.2*blue", k=12), snapshot)
    assert "an index would answer sooner" in mapped.note
    assert {r.id for r in mapped.results} == {r.id for r in plain.results}
    assert [r.score for r in mapped.results] == pytest.approx(
        [r.score for r in plain.results], abs=1e-5
    )
    searcher.build_index(snapshot, Report())
    found = searcher.find(Request("red", k=5), snapshot)
    assert found.kind == "index"
    assert f"{found.recall:.0%}" in found.note
    assert colours(found, truth) == {"red"}
    assert searcher.find(Request("red", k=5, method="exact"), snapshot).kind == "exact"
    assert Searcher(snapshot, exact_below=10).collection.index is not None


def test_centred_scores_are_those_of_zero_shot(project: Project) -> None:
    text = "a photo of a planet"
    found = find(project, Request(f'"{text}"', k=100))
    zero = project.snapshot().text_scores([text])[:, 0]
    rows = [project.pool().rows[r.id] for r in found.results]
    assert [r.score for r in found.results] == pytest.approx(zero[rows].tolist(), abs=1e-4)
    assert rows == np.argsort(-zero, kind="stable")[:100].tolist()
