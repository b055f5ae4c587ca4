"""Labels: stored before they are confirmed, once each, undone in one step."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.runtime.errors import StorageError, WinnowError
from core.store.labels.answers import Labels
from core.store.labels.base import Event, LogEntry, labels_digest
from core.store.labels.sqlite import LabelStore


@pytest.fixture
def store(open_labels: Callable[[Path], Labels], tmp_path: Path) -> Labels:
    return open_labels(tmp_path / "labels.sqlite")


def test_the_latest_answer_of_an_annotator_counts(store: Labels) -> None:
    store.add([Event("a", "cat")], "ann", "test")
    store.add([Event("a", "dog")], "ann", "test")
    assert store.classes() == {"a": "dog"}
    assert not store.current()["a"].conflict


def test_between_annotators_the_majority_counts_then_the_latest(store: Labels) -> None:
    store.add([Event("a", "cat"), Event("b", "cat")], "ann", "test")
    store.add([Event("a", "dog"), Event("b", "dog")], "bob", "test")
    assert store.classes() == {"a": "dog", "b": "dog"}
    assert store.current()["a"].conflict
    store.add([Event("a", "cat")], "eve", "test")
    assert store.classes()["a"] == "cat"


def test_undo_takes_a_whole_batch_back(store: Labels) -> None:
    store.add([Event("a", "cat")], "ann", "test")
    batch = store.add([Event(i, "dog") for i in "abc"], "ann", "test")
    before = store.version()
    assert sorted(store.undo(batch, "ann")) == ["a", "b", "c"]
    assert store.classes() == {"a": "cat"}
    assert store.version() != before
    assert store.undo(batch, "ann") == []


def test_skips_are_answers_without_a_class(store: Labels) -> None:
    store.add([Event("a", None, "skip"), Event("b", None, "unsure")], "ann", "test")
    assert store.classes() == {}
    assert {i: label.kind for i, label in store.current().items()} == {"a": "skip", "b": "unsure"}
    store.add([Event("a", None, "clear")], "ann", "test")
    assert "a" not in store.current()


def test_a_log_sent_twice_counts_once(store: Labels) -> None:
    log = [LogEntry(1, "a", "label", "cat"), LogEntry(2, "b", "skip")]
    assert store.record("browser", log, "ann", "page") == 2
    assert store.record("browser", [*log, LogEntry(3, "c", "label", "dog")], "ann", "page") == 3
    assert store.version()[0] == 3
    assert store.acknowledged("browser") == 3
    assert store.acknowledged("other") == 0


def test_undo_in_a_log_takes_back_its_target_only(store: Labels) -> None:
    store.record(
        "b", [LogEntry(1, "a", "label", "cat"), LogEntry(2, "x", "label", "cat")], "n", "p"
    )
    undo = LogEntry(3, "x", "undo", target=2)
    assert store.record("b", [undo], "n", "p") == 3
    assert store.record("b", [undo], "n", "p") == 3
    assert store.classes() == {"a": "cat"}
    store.record("b", [LogEntry(4, "x", "label", "dog")], "n", "p")
    assert store.classes() == {"a": "cat", "x": "dog"}


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    presses=st.lists(
        st.tuples(st.sampled_from("abcd"), st.sampled_from(["cat", "dog", None])), max_size=30
    ),
    cuts=st.lists(st.integers(0, 30), max_size=6),
)
def test_however_answers_are_lost_the_outcome_is_the_same(
    open_labels: Callable[[Path], Labels],
    tmp_path_factory: pytest.TempPathFactory,
    presses: list[tuple[str, str | None]],
    cuts: list[int],
) -> None:
    log = [
        LogEntry(n, image, "label" if label else "skip", label)
        for n, (image, label) in enumerate(presses, 1)
    ]
    folder = tmp_path_factory.mktemp("log")
    once, often = open_labels(folder / "once.sqlite"), open_labels(folder / "often.sqlite")
    once.record("b", log, "n", "p")
    acknowledged = 0
    for cut in [*sorted(cuts), len(log)]:
        often.record("b", log[acknowledged:cut], "n", "p")
        if cut % 2:  # every second acknowledgement reaches the browser
            acknowledged = often.acknowledged("b")
    assert often.classes() == once.classes()
    assert often.version() == once.version()


def test_renaming_a_class_is_one_batch(store: Labels) -> None:
    store.add([Event("a", "cat"), Event("b", "dog"), Event("c", "cat")], "ann", "test")
    batch = store.rename("cat", "tom", "ann")
    assert store.classes() == {"a": "tom", "b": "dog", "c": "tom"}
    assert batch is not None
    store.undo(batch, "ann")
    assert store.classes()["a"] == "cat"
    assert store.rename("none", "x", "ann") is None


def test_a_class_is_renamed_in_what_everybody_says(store: Labels) -> None:
    for person in ("ann", "bob", "eve"):
        store.add([Event("a", "Cat")], person, "test")
    store.add([Event("b", "cat")], "ann", "test")
    store.add([Event("b", "dog")], "bob", "test")
    store.add([Event("c", None, "skip")], "eve", "test")
    before = store.current()
    assert before["b"].label == "dog"  # a tie goes to the latest
    batch = store.rename("cat", "tom", "ann")
    after = store.current()
    assert (after["a"].label, after["a"].conflict) == ("tom", False)
    assert (after["b"].label, after["b"].conflict) == ("dog", True)
    assert after["c"] == before["c"]
    assert batch is not None
    store.undo(batch, "ann")
    assert {i: label.label for i, label in store.current().items()} == {
        i: label.label for i, label in before.items()
    }


def test_several_classes_become_one_in_one_batch(store: Labels) -> None:
    store.add([Event("a", "cat"), Event("b", "dog"), Event("c", "car")], "ann", "test")
    batch = store.relabel({"cat": "pet", "dog": "pet"}, "merge")
    assert store.classes() == {"a": "pet", "b": "pet", "c": "car"}
    assert sorted(store.undo(str(batch), "ann")) == ["a", "b"]
    assert store.relabel({"car": "car"}, "merge") is None


def test_the_digest_depends_on_what_counts_only(store: Labels) -> None:
    empty = labels_digest(store.classes())
    batch = store.add([Event("a", "cat")], "ann", "test")
    assert labels_digest(store.classes()) != empty
    store.undo(batch, "ann")
    assert labels_digest(store.classes()) == empty


def _write(path: str, who: str) -> None:
    store = LabelStore(Path(path))
    for n in range(1, 101):
        store.record(who, [LogEntry(n, f"{who}-{n}", "label", "cat")], who, "p")


def test_two_processes_and_threads_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "labels.sqlite"
    LabelStore(path)
    context = multiprocessing.get_context("spawn")
    others = [context.Process(target=_write, args=(str(path), f"p{i}")) for i in range(2)]
    threads = [threading.Thread(target=_write, args=(str(path), f"t{i}")) for i in range(2)]
    for worker in [*others, *threads]:
        worker.start()
    for worker in [*others, *threads]:
        worker.join()
    assert len(LabelStore(path).classes()) == 400


def test_a_file_that_is_no_label_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "labels.sqlite"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(WinnowError, match=r"labels\.sqlite cannot be opened"):
        LabelStore(path)


def test_a_label_needs_a_class(store: Labels) -> None:
    with pytest.raises(WinnowError, match="takes no such answer") as refused:
        store.add([Event("a", None)], "ann", "test")
    assert not isinstance(refused.value, StorageError)  # trying again would not help
    assert store.current() == {}


def test_an_image_is_claimed_by_one_client_at_a_time(store: Labels) -> None:
    assert store.claim(["a", "b", "c"], "one") == ["a", "b", "c"]
    assert store.claim(["b", "c", "d"], "two") == ["d"]
    assert store.claimed_by_others("two") == {"a", "b", "c"}
    assert store.claim(["c", "a"], "one") == ["c", "a"]


def test_an_answered_image_is_claimed_by_nobody(store: Labels) -> None:
    store.claim(["a"], "one")
    store.record("one", [LogEntry(1, "a", "label", "cat")], "ann", "test")
    assert store.claim(["a", "b"], "two") == ["b"]
    assert store.claim(["a"], "one") == []


def test_a_claim_ends_by_itself(store: Labels) -> None:
    store.claim(["a"], "one", seconds=-1)
    assert store.claimed_by_others("two") == set()
    assert store.claim(["a"], "two") == ["a"]


def test_a_stroke_over_many_images_is_undone_as_one(store: Labels) -> None:
    stroke = [LogEntry(n, f"image {n}", "label", "cat", batch=1) for n in range(1, 4)]
    assert store.record("grid", stroke, "ann", "test") == 3
    store.record("grid", [LogEntry(4, "image 1", "undo", target=1)], "ann", "test")
    assert store.classes() == {}
