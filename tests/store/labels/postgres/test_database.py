"""What a label database promises beyond the contract: one for many, added only, patient, told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from servers import PASSWORD, PostgresServer, membership

from core.runtime.errors import AwayError, WinnowError
from core.store.labels.base import Event, LogEntry, TagEvent
from core.store.labels.postgres import patience
from core.store.labels.postgres.address import parse
from core.store.labels.postgres.labels import PostgresLabels
from core.store.labels.postgres.membership import Membership
from core.store.labels.postgres.tags import PostgresTagLabels


@pytest.fixture
def place(label_database: str, request: pytest.FixtureRequest) -> Membership:
    return membership(label_database, request.node.name)


@pytest.fixture
def impatient() -> Iterator[None]:
    patience.wait_for(0.3, page=True)
    yield
    patience.wait_for(60.0, page=False)


def test_collections_and_questions_do_not_see_one_another(
    place: Membership, label_database: str
) -> None:
    other = membership(label_database, "another")
    first, second = PostgresLabels(place, ""), PostgresLabels(place, "shoes")
    elsewhere, tags = PostgresLabels(other, ""), PostgresTagLabels(place, "")
    first.add([Event("a", "cat")], "ann", "test", client="c")
    second.add([Event("a", "shoe")], "ann", "test", client="c")
    assert (first.classes(), second.classes()) == ({"a": "cat"}, {"a": "shoe"})
    assert (elsewhere.classes(), tags.current()) == ({}, {})
    assert first.version() == second.version() == (1, 0)
    assert first.claim(["b"], "one") == second.claim(["b"], "two") == ["b"]


@pytest.mark.parametrize("table", ["events", "events_undone", "tag_events", "undos"])
@pytest.mark.parametrize("what", ["DELETE FROM", "TRUNCATE", "UPDATE"])
def test_the_server_refuses_to_change_what_was_said(
    postgres: PostgresServer, place: Membership, table: str, what: str
) -> None:
    store = PostgresLabels(place, "")
    store.undo(store.add([Event("a", "cat")], "ann", "test"), "ann")
    PostgresTagLabels(place, "").add([TagEvent("a", "t", True)], "ann", "test")
    end = " SET log = log" if what == "UPDATE" else ""
    with pytest.raises(psycopg.errors.RaiseException, match="only ever added"):
        postgres.sql(f"{what} winnow.{table}{end}", "labels")


def test_what_no_database_takes_is_said_and_trying_again_is_not_offered(place: Membership) -> None:
    store = PostgresLabels(place, "")
    for image in ("a\x00b", "\ud800"):
        with pytest.raises(WinnowError) as refused:
            store.record("c", [LogEntry(1, image, "skip")], "ann", "test")
        assert not isinstance(refused.value, AwayError)
    assert store.ever() == 0


def test_who_is_not_let_in_is_told_how_and_no_password_is_shown(
    postgres: PostgresServer, place: Membership, caplog: pytest.LogCaptureFixture
) -> None:
    for address, words in (
        (replace(place.address, password="hush"), "does not let winnow in"),
        (replace(place.address, user="nobody"), "does not let nobody in"),
        (replace(place.address, database="nowhere"), "has no database 'nowhere'"),
        (replace(place.address, database="postgres"), "holds no labels of Winnow"),
    ):
        with pytest.raises(WinnowError, match=words) as refused:
            PostgresLabels(replace(place, address=address), "").current()
        assert PASSWORD not in str(refused.value) and "hush" not in str(refused.value)
    assert PASSWORD not in caplog.text


def test_another_database_at_the_address_is_noticed(
    postgres: PostgresServer, place: Membership
) -> None:
    other = membership(postgres.create("restored"), "x")
    stray = replace(place, address=other.address)
    for work in (
        lambda: PostgresLabels(stray, "").current(),
        lambda: PostgresLabels(stray, "").add([Event("a", "cat")], "ann", "test"),
    ):
        with pytest.raises(WinnowError, match="is not the one"):
            work()


def test_what_others_store_is_told(place: Membership) -> None:
    store, other = PostgresLabels(place, ""), PostgresLabels(place, "")
    beside = PostgresLabels(place, "beside")
    store.news()
    until = time.monotonic() + 20
    while store.news() == 0 and time.monotonic() < until:  # the listener reaches the server
        time.sleep(0.01)
    before, before_beside = store.news(), beside.news()
    other.add([Event("a", "cat")], "ann", "test")
    while store.news() == before and time.monotonic() < until:
        time.sleep(0.01)
    assert store.news() != before
    assert beside.news() == before_beside
    assert store.waiting() == ""


def test_events_are_seen_in_order_whoever_commits_first(place: Membership) -> None:
    """A reader that has seen a number has seen all below it: writers hold the log."""
    store = PostgresLabels(place, "")
    store.add([Event("a", "cat")], "ann", "test")
    entered, ended = threading.Event(), threading.Event()

    def slow() -> None:
        def work(connection: Any, log: Any) -> None:
            store.add_rows(connection, log, *_row("slow"))
            entered.set()
            ended.wait(20)

        store.writing(work)

    def quick() -> None:
        PostgresLabels(place, "").add([Event("c", "dog")], "bob", "test")

    threads = [threading.Thread(target=slow), threading.Thread(target=quick)]
    threads[0].start()
    entered.wait(20)
    threads[1].start()
    time.sleep(0.2)
    assert store.version() == (1, 0)
    ended.set()
    for thread in threads:
        thread.join()
    assert list(store.classes()) == ["a", "slow", "c"]
    assert store.version() == (3, 0)


def _row(image: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    names = ("image_id", "kind", "class", "annotator", "time", "source", "batch_id", "client",
             "client_seq")  # fmt: skip
    return names, [(image, "label", "cat", "ann", 1.0, "test", "batch", "client", 1)]


def test_people_who_claim_at_once_get_different_images(place: Membership) -> None:
    ids, held = [f"i{n}" for n in range(200)], dict[str, list[str]]()

    def claim(name: str) -> None:
        store = PostgresLabels(place, "")
        held[name] = [i for start in range(0, 200, 20) for i in store.claim(ids[start:], name)[:9]]

    threads = [threading.Thread(target=claim, args=(f"c{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    every = [i for own in held.values() for i in own]
    assert len(set(every)) == len(every) > 0


def test_a_server_that_is_started_anew_costs_nothing(
    postgres: PostgresServer, place: Membership, impatient: None
) -> None:
    store, batch = PostgresLabels(place, ""), ""
    store.record("c", [LogEntry(1, "a", "label", "cat")], "ann", "test")
    batch = store.add([Event("b", "dog")], "ann", "test")
    postgres.stop("immediate")
    try:
        for work in (
            store.current,
            lambda: store.record("c", [LogEntry(2, "x", "label", "cat")], "ann", "test"),
            lambda: store.claim(["x"], "c"),
            lambda: store.undo(batch, "ann"),
        ):
            with pytest.raises(AwayError, match="does not answer; waiting; nothing is lost"):
                work()
        patience.wait_for(60.0, page=False)
        threading.Timer(0.5, postgres.start).start()
        assert store.record("c", [LogEntry(2, "x", "label", "cat")], "ann", "test") == 2
    finally:
        if not store.classes():
            postgres.start()
    assert store.classes() == {"a": "cat", "b": "dog", "x": "cat"}
    assert store.version() == (3, 0)


def test_a_command_says_how_long_it_waited(label_database: str) -> None:
    nowhere = replace(parse(label_database), port=1)
    patience.wait_for(0.2, page=False)
    try:
        with pytest.raises(AwayError, match=r"not answered for .* seconds .*Connection refused"):
            PostgresLabels(Membership(nowhere, "x", "y"), "").current()
    finally:
        patience.wait_for(60.0, page=False)


def test_a_lost_acknowledgement_stores_and_undoes_once(
    place: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection breaks after the server has stored: the same is tried again."""
    store, change = PostgresLabels(place, ""), place.database.change
    breaks = [True]

    class Breaking:
        def __enter__(self) -> Any:
            self.block = change()
            return self.block.__enter__()

        def __exit__(self, *error: Any) -> None:
            self.block.__exit__(*error)
            if error[0] is None and breaks[0]:
                breaks[0] = False
                raise AwayError("the connection broke")

    monkeypatch.setattr(place.database, "change", Breaking)
    batch = store.add([Event("a", "cat"), Event("b", "cat")], "ann", "test")
    assert store.version() == (2, 0)
    breaks[0] = True
    renamed = store.rename("cat", "tom", "ann")
    assert store.version() == (4, 0)
    breaks[0] = True
    assert store.undo(str(renamed), "ann") == ["a", "b"]
    assert store.version() == (4, 2)
    assert store.undo(batch, "ann") == ["a", "b"]
    assert store.past(0.0).taken_back == {"ann": 2}
