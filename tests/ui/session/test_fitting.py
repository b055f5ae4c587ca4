"""Predictions in the background: older ones serve meanwhile, but never those of other classes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import count
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.project.memory import Memory
from core.prompts.vocabulary import Vocabulary
from core.ui.session import fitting, quiet

FIRST = Vocabulary.of({"a": ["red"], "b": ["blue"]})
REWORDED = Vocabulary.of({"a": ["crimson"], "b": ["blue"]})
RENAMED = Vocabulary.of({"a": ["red"], "c": ["blue"]})


class Images:
    """Two, of which one is labeled."""

    version = "1"

    def __len__(self) -> int:
        return 2


class Slow:
    """A project whose fits wait until they are let go."""

    key = "slow"

    def __init__(self) -> None:
        self.go = threading.Event()
        self.seen = 0  # version of the labels
        self.memory = Memory()

    def snapshot(self, classes: Vocabulary = FIRST) -> Any:
        labels, pool = SimpleNamespace(version=self.seen), Images()
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
            memory=self.memory,
            nodes=np.array([0, -1]),
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


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    """A project of so many images and classes that nobody waits for its first fit."""
    monkeypatch.setattr(fitting, "_work", fitting._Work())
    monkeypatch.setattr(fitting, "LONG", 4)
    project, made = Slow(), count()
    monkeypatch.setattr(
        fitting, "predict", lambda of: SimpleNamespace(model="model", of=project.predict(of))
    )
    monkeypatch.setattr(
        fitting, "by_prompts", lambda of: SimpleNamespace(model="prompt", number=next(made))
    )
    monkeypatch.setattr(fitting, "judge", lambda *of, between: None)
    yield project
    project.go.set()
    fitting._work.worker.join()


def test_of_very_many_the_prompts_alone_stand_in_for_a_first_fit(large) -> None:
    shown, fresh = fitting.predictions(large.snapshot())
    assert (shown.model, fresh) == ("prompt", False)
    assert fitting.stands_in(large.snapshot(), shown)
    assert not fitting.newest(large.snapshot(), shown)
    large.seen = 1  # a label more does not make them anew
    again, _ = fitting.predictions(large.snapshot())
    assert again is shown
    other, _ = fitting.predictions(large.snapshot(RENAMED))
    assert other.number == 1  # other classes have prompts of their own
    large.go.set()
    shown, fresh = fitting.predictions(large.snapshot(RENAMED), patience=30)
    assert fresh and shown.model == "model" and not fitting.stands_in(large.snapshot(), shown)


def test_what_stands_in_is_let_go_when_the_labels_are_learned(large) -> None:
    fitting.begin(large.snapshot())
    assert fitting._PROMPTS in large.memory._results
    large.go.set()
    assert fitting.ahead(large.snapshot()).model == "model"
    assert fitting._PROMPTS not in large.memory._results


def test_without_labels_the_prompts_are_all_there_is(large) -> None:
    shown, _ = fitting.predictions(large.snapshot())
    snapshot = large.snapshot()
    snapshot.nodes = np.array([-1, -1])
    assert not fitting.stands_in(snapshot, shown)
