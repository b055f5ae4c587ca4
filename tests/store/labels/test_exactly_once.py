"""Whatever is lost, sent again, split up or started anew: each answer counts once, undos hold."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.store.labels.base import LogEntry, TagEvent

Both = tuple[Any, Any]
# What a client says, in order: of which of four images, which class, or an undo of an earlier one.
PRESSES = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["cat", "dog", "skip", "undo"])), max_size=20
)
# What is delivered when: which client, from and up to which of its answers, by a server anew.
DELIVERIES = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 19), st.integers(1, 20), st.booleans()),
    max_size=25,
)


def log_of(presses: list[tuple[int, str]]) -> list[LogEntry]:
    log: list[LogEntry] = []
    for seq, (image, said) in enumerate(presses, 1):
        open_ones = [e for e in log if e.kind != "undo"]
        if said == "undo" and open_ones:
            target = open_ones[image % len(open_ones)]
            log.append(LogEntry(seq, target.image_id, "undo", target=target.seq))
        elif said in ("skip", "undo"):
            log.append(LogEntry(seq, f"i{image}", "skip"))
        else:
            log.append(LogEntry(seq, f"i{image}", "label", said))
    return log


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(presses=st.tuples(PRESSES, PRESSES), deliveries=DELIVERIES)
def test_labels(
    openers: Both, presses: Any, deliveries: list[tuple[int, int, int, bool]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("once")
    logs = [log_of(own) for own in presses]
    path, opened = folder / "often.sqlite", openers[0]
    store = opened(path)
    for who, start, end, anew in deliveries:
        if anew:
            store = opened(path)
        store.record(f"client{who}", logs[who][start:end], f"person{who}", "test")
    for who in (0, 1):  # in the end everything arrives, as often as it likes
        for _ in range(2):
            store.record(f"client{who}", logs[who], f"person{who}", "test")
    undone = {(who, e.target) for who in (0, 1) for e in logs[who] if e.kind == "undo"}
    expected = sorted(
        (f"client{who}", e.seq, e.image_id, e.label)
        for who in (0, 1)
        for e in logs[who]
        if e.kind != "undo" and (who, e.seq) not in undone
    )
    assert store.current() == opened(path).current()
    # What is sent again uses up no numbers.
    assert store.version()[0] == sum(e.kind != "undo" for log in logs for e in log)
    counted = {i: label.label for i, label in store.current().items()}
    assert set(counted) == {image for _, _, image, _ in expected}
    for who, e in [(who, e) for who, log in enumerate(logs) for e in log if e.kind != "undo"]:
        assert store.answer_to(f"client{who}", e.seq) == (e.image_id, e.kind, e.label)
    # Of each person those stand that were not taken back, all others do not.
    people = Counter(f"person{client[-1]}" for client, _, _, _ in expected)
    assert store.past(0.0).answers == people
    for image, answers in store.answers().items():
        for one in answers:
            assert ("client" + one.annotator[-1], image, one.label) in {
                (client, i, name) for client, _, i, name in expected
            }


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    answers=st.lists(st.tuples(st.integers(0, 3), st.sampled_from([True, False, None]))),
    deliveries=DELIVERIES,
)
def test_tag_labels(
    openers: Both, answers: list[tuple[int, bool | None]],
    deliveries: list[tuple[int, int, int, bool]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    path, opened = tmp_path_factory.mktemp("once") / "labels.sqlite", openers[1]
    store = opened(path)
    events = [TagEvent(f"i{i}", "tag", v, n, n) for n, (i, v) in enumerate(answers, 1)]
    for _, start, end, anew in deliveries:
        if anew:
            store = opened(path)
        store.record("client", events[start:end], "ann", "test")
    batch = None
    for _ in range(2):
        batch = store.record("client", events, "ann", "test")
    assert store.version() == (len(events), 0)
    heard = {(e.image_id, e.value) for e in events}
    assert store.answers().keys() == {(e.image_id, "tag") for e in events}
    assert all((i, value) in heard for (i, _), (value,) in store.answers().items())
    if batch is None:
        assert not events
    else:  # the last stroke can be taken back, whoever stored it
        assert store.undo(batch, "ann") == [events[-1].image_id]


def test_a_stroke_of_tags_is_undone_as_one(openers: Both, tmp_path: Path) -> None:
    store = openers[1](tmp_path / "labels.sqlite")
    store.record("c", [TagEvent("a", "t", True, 1, 1)], "ann", "test")
    stroke = [TagEvent(i, "t", True, n, 2) for n, i in enumerate("bcd", 2)]
    batch = store.record("c", stroke, "ann", "test")
    assert batch is not None
    assert sorted(store.undo(batch, "ann")) == ["b", "c", "d"]
    assert store.current() == {"t": {"a": True}}


def test_a_number_of_another_client_is_another_answer(openers: Both, tmp_path: Path) -> None:
    store = openers[0](tmp_path / "labels.sqlite")
    for client in ("one", "two"):
        store.record(client, [LogEntry(1, client, "label", "cat")], "ann", "test")
    assert store.classes() == {"one": "cat", "two": "cat"}


def test_undoing_is_of_the_own_client(openers: Both, tmp_path: Path) -> None:
    store = openers[0](tmp_path / "labels.sqlite")
    store.record("one", [LogEntry(1, "a", "label", "cat")], "ann", "test")
    store.record("two", [LogEntry(1, "a", "undo", target=1)], "bob", "test")
    assert store.classes() == {"a": "cat"}
