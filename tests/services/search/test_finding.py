"""Searches by meaning, by words, and by both."""

from __future__ import annotations

import numpy as np
import pytest
from described import describe

from core.project.project import Project
from core.runtime.errors import WinnowError
from core.services.search.finding import find
from core.services.search.request import Answer, Request
from core.services.search.searching import searcher_of

Coloured = tuple[Project, dict[str, str]]


@pytest.fixture
def titled(coloured: Coloured) -> Coloured:
    """Three pictures are called red, one of which is; two speak of shoes."""
    project, truth = coloured
    paths = project.pool().paths
    red = [path for path in paths if truth[path] == "red"]
    blue = [path for path in paths if truth[path] == "blue"]
    titles = {red[0]: "red", blue[0]: "a red shoe", blue[1]: "red and blue shoes, very large"}
    describe(project, {"title": titles, "maker": {red[1]: "Red Acme"}})
    return project, truth


def ask(project: Project, request: Request) -> Answer:
    snapshot = project.snapshot()
    return find(searcher_of(snapshot), request, snapshot)


def test_by_meaning_nothing_changes(titled: Coloured) -> None:
    project, _ = titled
    request = Request("red", k=9)
    snapshot = project.snapshot()
    assert ask(project, request) == searcher_of(snapshot).find(request, snapshot)
    filters = Request(where=("width>0",), by="both")
    assert ask(project, filters).kind == "filter"


def test_by_words_only_images_with_them(titled: Coloured) -> None:
    project, truth = titled
    answer = ask(project, Request("red", by="words"))
    assert (answer.kind, answer.total, answer.searched) == ("words", 4, 30)
    assert truth[answer.results[0].path] == "red"
    scores = [result.score or 0 for result in answer.results]
    assert scores == sorted(scores, reverse=True) and scores[-1] > 0
    assert ask(project, Request("shoe -blue", by="words")).total == 1
    assert ask(project, Request("red", by="words", words_in="maker")).total == 1
    assert ask(project, Request("nowhere", by="words")).results == []
    with pytest.raises(WinnowError, match="no column of words 'x'"):
        ask(project, Request("red", by="words", words_in="x"))


def test_both_are_one_ranking(titled: Coloured) -> None:
    project, truth = titled
    answer = ask(project, Request("red", by="both", k=30))
    assert answer.kind == "both" and answer.total == 30
    assert {truth[result.path] for result in answer.results[:2]} == {"red"}
    by_path = {result.path: at for at, result in enumerate(answer.results)}
    shoes = next(r.path for r in ask(project, Request("shoe red", by="words")).results)
    meaning = [result.path for result in ask(project, Request("red", k=30)).results]
    assert by_path[shoes] < meaning.index(shoes), "its words lift it"
    assert all(0 < (result.score or 0) <= 1 for result in answer.results)


def test_pages_of_one_answer_fit_together(titled: Coloured) -> None:
    project, _ = titled
    for by in ("words", "both"):
        whole = ask(project, Request("red shoe", by=by, k=30)).results
        assert ask(project, Request("red shoe", by=by, k=3)).results == whole[:3]


def test_filters_least_scores_and_sorting_hold(titled: Coloured) -> None:
    project, truth = titled
    for by in ("words", "both"):
        passed = ask(project, Request("red", by=by, where=("title~shoe",)))
        assert {truth[result.path] for result in passed.results} == {"blue"}
        assert passed.searched == 2
        everything = ask(project, Request("red", by=by))
        middle = everything.results[1].score
        least = ask(project, Request("red", by=by, min_score=middle))
        assert all((result.score or 0) >= (middle or 0) for result in least.results)
        assert len(least.results) < len(everything.results)
        listed = ask(project, Request("red", by=by, sort="-path"))
        paths = [result.path for result in listed.results]
        assert paths == sorted(paths, reverse=True)


def test_examples_count_beside_words_and_are_not_found_again(titled: Coloured) -> None:
    project, truth = titled
    ids = project.pool().ids
    green = next(i for i, path in zip(ids, project.pool().paths, strict=True)
                 if truth[path] == "green")  # fmt: skip
    answer = ask(project, Request("red", by="words", like=(green,), k=30))
    assert answer.kind == "both"
    assert green not in {result.id for result in answer.results}
    assert "green" in {truth[result.path] for result in answer.results[:5]}
    words = ask(project, Request("red", by="words")).results
    rest = ask(project, Request("red", by="words", unlike=(words[0].id,))).results
    assert words[0].id not in {result.id for result in rest}


def test_without_words_it_is_said(coloured: Coloured) -> None:
    project, _ = coloured
    with pytest.raises(WinnowError, match="No column holds words yet"):
        ask(project, Request("red", by="both"))


def test_a_new_import_is_searched(titled: Coloured) -> None:
    project, _ = titled
    describe(project, {"title": {project.pool().paths[4]: "a violin"}})
    answer = ask(project, Request("violin", by="words"))
    assert [result.path for result in answer.results] == [project.pool().paths[4]]
    assert np.isfinite(answer.results[0].score or np.nan)
