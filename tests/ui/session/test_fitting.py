"""Predictions in the background: older ones serve meanwhile, but never those of other classes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from core.project.memory import Memory
from core.prompts.vocabulary import Vocabulary
from core.ui.session import fitting, quiet

FIRST = Vocabulary.of({"a": ["red"], "b": ["blue"]})
REWORDED = Vocabulary.of({"a": ["crimson"], "b": ["blue"]})
RENAMED = Vocabulary.of({"a": ["red"], "c": ["blue"]})


class Slow:
    """A project whose fits wait until they are let go."""

    key = "slow"

    def __init__(self) -> None:
        self.go = threading.Event()
        self.seen = 0  # version of the labels

    def snapshot(self, classes: Vocabulary = FIRST) -> Any:
        labels, pool = SimpleNamespace(version=self.seen), SimpleNamespace(version="1")
        return SimpleNamespace(
            key=self.key,
            pool=pool,
            labels=labels,
            classes=classes,
            names=classes.names,
            refined=False,
            head="plain",
            beside_key=(),
            alike_key=(),
            memory=Memory(),
        )

    def predict(self, snapshot: Any) -> tuple[Vocabulary, int]:
        assert self.go.wait(30)
        return (snapshot.classes, snapshot.labels.version)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    monkeypatch.setattr(fitting, "_work", fitting._Work())
    project = Slow()
    monkeypatch.setattr(fitting, "predict", project.predict)
    monkeypatch.setattr(
        fitting, "judge", lambda snapshot, predictions, between: ("said of", predictions)
    )
    project.go.set()
    fitting.predictions(project.snapshot())
    project.go.clear()
    yield project
    project.go.set()
    fitting._work.worker.join()


@pytest.mark.parametrize(("wanted", "label"), [(FIRST, 1), (REWORDED, 0), (REWORDED, 1)])
def test_older_predictions_serve_while_new_ones_are_found(slow, wanted, label) -> None:
    slow.seen = label
    assert fitting.predictions(slow.snapshot(wanted), patience=0) == ((FIRST, 0), False)
    slow.go.set()
    assert fitting.predictions(slow.snapshot(wanted), patience=30) == ((wanted, label), True)


def test_nobody_is_shown_predictions_of_other_classes(slow) -> None:
    threading.Timer(0.2, slow.go.set).start()
    assert fitting.predictions(slow.snapshot(RENAMED), patience=0) == ((RENAMED, 0), True)


def test_what_is_known_is_given_at_once(slow) -> None:
    assert fitting.predictions(slow.snapshot(FIRST)) == ((FIRST, 0), True)


def test_only_predictions_that_know_every_label_and_prompt_are_the_newest(slow) -> None:
    shown, _ = fitting.predictions(slow.snapshot(FIRST))
    assert fitting.newest(slow.snapshot(FIRST), shown)
    assert not fitting.newest(slow.snapshot(REWORDED), shown)
    assert not fitting.newest(slow.snapshot(FIRST), (FIRST, 0, "of another fit"))
    slow.seen = 1
    assert not fitting.newest(slow.snapshot(FIRST), shown)
    slow.go.set()
    shown, fresh = fitting.predictions(slow.snapshot(FIRST), patience=30)
    assert fresh and fitting.newest(slow.snapshot(FIRST), shown)


def test_what_the_audit_says_is_of_the_latest_fit_and_comes_after_it(slow, monkeypatch) -> None:
    monkeypatch.setattr(fitting, "_REST", 0.05)
    slow.go.set()
    for slow.seen in (1, 2):
        fitting.predictions(slow.snapshot(FIRST), patience=30)
    deadline = time.monotonic() + 30
    while fitting.estimates(slow.snapshot(FIRST)) != ("said of", (FIRST, 2)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert fitting.estimates(slow.snapshot(REWORDED)) is None
    assert fitting.judges(slow.snapshot(), fitting.predictions(slow.snapshot(FIRST))[0])
    assert not fitting.judges(slow.snapshot(), (FIRST, 2, "of another fit"))


def test_a_long_fit_that_nobody_waits_for_begins_when_the_page_is_there(slow, monkeypatch) -> None:
    def fresh_after(vocabulary: Vocabulary, patience: float = 0.0) -> float:
        """Seconds until the page that is asked for now could show predictions with a new label."""
        slow.seen += 1
        quiet.page_asked()
        begun = time.monotonic()
        while not fitting.predictions(slow.snapshot(vocabulary), patience)[1]:
            time.sleep(0.02)
        return time.monotonic() - begun

    monkeypatch.setattr(quiet, "_PAGE", 2.0)
    slow.go.set()
    assert fresh_after(FIRST) < 1.5
    fitting._work.took[slow.key] = 1.0
    assert fresh_after(FIRST) >= 1.8
    fitting._work.took[slow.key] = 1.0
    assert fresh_after(FIRST, patience=30) < 1.5  # somebody waits
    fitting._work.took[slow.key] = 1.0
    assert fresh_after(RENAMED) < 1.5  # there is nothing else to show


def test_the_latest_fit_is_given_only_where_it_knows_everything(slow) -> None:
    assert fitting.latest(slow.snapshot(FIRST)) == (FIRST, 0)
    assert fitting.latest(slow.snapshot(REWORDED)) is None
    assert fitting.latest(slow.snapshot(RENAMED)) is None
    slow.seen = 1
    assert fitting.latest(slow.snapshot(FIRST)) is None
    assert not any(not work.done() for work in fitting._work.running.values())  # none was begun
