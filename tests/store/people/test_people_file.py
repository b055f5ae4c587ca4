"""The list of people: always somebody who owns, one name and one login each, damage closes all."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Thread

import pytest

from core.runtime.errors import WinnowError
from core.store.people.people_file import FILE, Person, put, read_people, remove


def test_people_are_added_changed_and_removed(tmp_path: Path) -> None:
    assert read_people(tmp_path) is None
    put(tmp_path, Person(name="Bo", role="owns", login="Bo@Example.ORG "))
    put(tmp_path, Person(name="Ann", role="labels"))
    people = read_people(tmp_path)
    assert people is not None and people.owners == ["Bo"]
    assert people.of("bo") == people.of_login("bo@example.org") == people.people[0]
    assert people.of("eve") is None and people.of_login("") is None
    put(tmp_path, Person(name="ann", role="reviews"))
    people = read_people(tmp_path)
    assert people is not None
    assert [(one.name, one.role) for one in people.people] == [("Bo", "owns"), ("ann", "reviews")]
    assert remove(tmp_path, "ANN").role == "reviews"
    assert remove(tmp_path, "bo@example.org").name == "Bo"
    assert read_people(tmp_path) is None and not (tmp_path / FILE).exists()


def test_somebody_owns_and_names_and_logins_are_ones_own(tmp_path: Path) -> None:
    with pytest.raises(WinnowError, match="Somebody must own the workspace"):
        put(tmp_path, Person(name="Ann", role="labels"))
    put(tmp_path, Person(name="Bo", role="owns", login="bo@x.org"))
    with pytest.raises(WinnowError, match="Somebody must own"):
        put(tmp_path, Person(name="Bo", role="labels"))
    put(tmp_path, Person(name="Ann", role="labels"))
    with pytest.raises(WinnowError, match="Somebody must own"):
        remove(tmp_path, "Bo")
    with pytest.raises(WinnowError, match="a login of their own"):
        put(tmp_path, Person(name="Eve", role="labels", login="bo@x.org"))
    with pytest.raises(WinnowError, match="is not on the list"):
        remove(tmp_path, "Eve")


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"format": 2, "people": []}',
        '{"format": 1, "people": []}',
        '{"format": 1, "people": [{"name": "Bo", "role": "king"}]}',
        '{"format": 1, "people": [{"name": "Bo", "role": "labels"}]}',
        '{"format": 1, "people": [{"name": " ", "role": "owns"}]}',
        '{"format": 1, "people": [{"name": "Bo", "role": "owns", "more": 1}]}',
    ],
)
def test_a_damaged_list_is_said_in_one_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    with pytest.raises(WinnowError, match=r"people\.json cannot be read .* until it is repaired"):
        read_people(tmp_path)


def test_a_list_written_by_hand_is_read_anew(tmp_path: Path) -> None:
    put(tmp_path, Person(name="Bo", role="owns"))
    assert read_people(tmp_path) is not None
    content = {"format": 1, "people": [{"name": "Eve  E.", "role": "owns"}]}
    (tmp_path / FILE).write_text(json.dumps(content))
    people = read_people(tmp_path)
    assert people is not None and people.owners == ["Eve E."]


def test_many_who_add_at_once_lose_nobody(tmp_path: Path) -> None:
    put(tmp_path, Person(name="Bo", role="owns"))
    threads = [
        Thread(target=put, args=(tmp_path, Person(name=f"P{n}", role="labels"))) for n in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    people = read_people(tmp_path)
    assert people is not None and len(people.people) == 13
