"""Feedback becomes a label of the workspace: once, on disk before it is acknowledged, or not."""

from __future__ import annotations

import base64
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from api.feedback_load import load
from api.serving import Reply, Running, coloured, model_of, running

from core.images.hash import content_id
from core.project.project import Project

Pictures = list[tuple[str, bytes]]


Place = tuple[Running, Project, list[str]]


@contextmanager
def made(folder: Path) -> Iterator[Place]:
    """A server with a workspace of its own, and the ids of images without a label."""
    project = coloured(folder)
    file = model_of(project, folder / "colours.winnow")
    snapshot = project.snapshot()
    ids = [i for i, human in zip(snapshot.pool.ids, snapshot.human, strict=True) if human < 0]
    with running([file], project=project) as one:
        yield one, project, ids


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with made(tmp_path) as place:
        yield place


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One for all tests that store nothing."""
    with made(tmp_path_factory.mktemp("shared")) as place:
        yield place


def events(project: Project) -> list[tuple[Any, ...]]:
    with sqlite3.connect(project.workspace.labels) as connection:
        return connection.execute(
            "SELECT image_id, kind, class, annotator, source, client FROM events"
            " WHERE source LIKE 'feedback%' ORDER BY seq"
        ).fetchall()


def sent(place: Place, **content: Any) -> Reply:
    one, _, ids = place
    return one.json("/v1/feedback", {"key": "key-00001", "id": ids[0], "right": True, **content})


def test_right_and_wrong_become_labels_with_their_source(place: Place) -> None:
    one, project, ids = place
    right = sent(place, **{"class": "red"})
    assert right.status == 200
    assert right.content == {"stored": True, "again": False, "kind": "label", "label": "red"}
    wrong = sent(place, key="key-00002", id=ids[1], right=False, label="Green ", person="Eve ")
    assert wrong.content["label"] == "green"  # as the workspace spells it
    unsure = sent(place, key="key-00003", id=ids[2], right=False, **{"class": "red"})
    assert unsure.content["kind"] == "unsure"
    assert [event[:5] for event in events(project)] == [
        (ids[0], "label", "red", "feedback", "feedback:colours"),
        (ids[1], "label", "green", "Eve", "feedback:colours"),
        (ids[2], "unsure", None, "feedback", "feedback:colours"),
    ]
    snapshot = project.snapshot()
    assert snapshot.human[snapshot.pool.rows[ids[1]]] == 1
    assert one.get("/v1/feedback/classes").content == {"classes": ["red", "green", "blue"]}


def test_the_same_key_is_stored_once_and_never_for_something_else(place: Place) -> None:
    _, project, ids = place
    assert sent(place, **{"class": "red"}).content["again"] is False
    assert sent(place, **{"class": "red"}).content["again"] is True
    for other in ({"class": "blue"}, {"id": ids[1], "class": "red"}, {"right": False}):
        reply = sent(place, **other)
        assert reply.status == 409 and "key-00001" in reply.error
    assert len(events(project)) == 1


def test_many_at_once_with_one_key_store_one(place: Place) -> None:
    _, project, _ = place
    replies: list[Reply] = []

    def send() -> None:
        replies.append(sent(place, **{"class": "red"}))

    threads = [threading.Thread(target=send) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [reply.status for reply in replies] == [200] * 16
    assert len(events(project)) == 1


def test_an_image_can_be_sent_itself(place: Place) -> None:
    one, project, ids = place
    data = project.file_of(ids[0]).read_bytes()  # type: ignore[union-attr]
    content = {"key": "key-00009", "image": base64.b64encode(data).decode(), "right": True,
               "class": "blue"}  # fmt: skip
    assert one.json("/v1/feedback", content).status == 200
    assert events(project)[0][0] == ids[0] == content_id(data)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"id": "0" * 32, "class": "red"}, "not in the collection"),
        ({"id": "../../etc/passwd"}, "id"),
        ({"class": "purple"}, "no class 'purple'"),
        ({"right": False, "label": "<script>"}, "no class"),
        ({"right": False, "label": ""}, "label"),
        ({}, "must name the class"),
        ({"right": "yes", "class": "red"}, "right"),
        ({"right": 1, "class": "red"}, "right"),
        ({"key": "short", "class": "red"}, "key"),
        ({"key": "with spaces", "class": "red"}, "key"),
        ({"key": "k" * 300, "class": "red"}, "key"),
        ({"key": None, "class": "red"}, "key"),
        ({"image": "QUJD", "class": "red"}, "either"),
        ({"id": None, "class": "red"}, "either"),
        ({"image": "?", "id": None, "class": "red"}, "base64"),
        ({"class": "red", "more": 1}, "more"),
        ({"class": 7}, "class"),
        ({"class": "red", "person": "p" * 90}, "person"),
    ],
)
def test_what_cannot_be_a_label_is_refused_and_stores_nothing(
    shared: Place, change: dict[str, Any], sentence: str
) -> None:
    reply = sent(shared, **change)
    assert reply.status == 422, reply.body
    assert sentence in reply.error
    assert events(shared[1]) == []


def test_a_label_file_that_cannot_be_written_is_no_acknowledgement(place: Place) -> None:
    _, project, _ = place
    project.workspace.labels.rename(project.workspace.labels.with_suffix(".gone"))
    reply = sent(place, **{"class": "red"})
    assert reply.status == 503 and reply.headers["Retry-After"]
    project.workspace.labels.with_suffix(".gone").rename(project.workspace.labels)
    assert sent(place, **{"class": "red"}).content["again"] is False


def test_without_a_workspace_there_is_no_feedback(file: Path) -> None:
    with running([file]) as one:
        assert one.json("/v1/feedback", {}).status == 404
        assert one.get("/widget").status == 404


def test_a_server_that_is_killed_loses_no_feedback_and_doubles_none(tmp_path: Path) -> None:
    result = load(tmp_path, kills=3, seed=1)
    assert result.missing == result.twice == []
    assert result.acknowledged > 20
