"""Predictions in the background: older ones serve meanwhile, but never those of other classes."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from core.prompts.vocabulary import Vocabulary
from core.ui import fitting

FIRST = Vocabulary.of({"a": ["red"], "b": ["blue"]})
REWORDED = Vocabulary.of({"a": ["crimson"], "b": ["blue"]})
RENAMED = Vocabulary.of({"a": ["red"], "c": ["blue"]})


class Slow:
    """A project whose fits wait until they are let go."""

    key = "slow"

    def __init__(self) -> None:
        self.go = threading.Event()
        self.labels, self.seen = self, 0

    def version(self) -> int:  # of labels
        return self.seen

    def pool(self):
        return type("Pool", (), {"version": "1"})

    def predict(self, vocabulary: Vocabulary):
        assert self.go.wait(30)
        return (vocabulary, self.seen)

    def estimates(self, vocabulary: Vocabulary) -> None:
        return None


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    monkeypatch.setattr(fitting, "_work", fitting._Work())
    project = Slow()
    project.go.set()
    fitting.predictions(project, FIRST)
    project.go.clear()
    yield project
    project.go.set()
    fitting._work.executor.shutdown()


@pytest.mark.parametrize(("wanted", "label"), [(FIRST, 1), (REWORDED, 0), (REWORDED, 1)])
def test_older_predictions_serve_while_new_ones_are_found(slow, wanted, label) -> None:
    slow.seen = label
    assert fitting.predictions(slow, wanted, patience=0) == ((FIRST, 0), False)
    slow.go.set()
    assert fitting.predictions(slow, wanted, patience=30) == ((wanted, label), True)


def test_nobody_is_shown_predictions_of_other_classes(slow) -> None:
    threading.Timer(0.2, slow.go.set).start()
    assert fitting.predictions(slow, RENAMED, patience=0) == ((RENAMED, 0), True)


def test_what_is_known_is_given_at_once(slow) -> None:
    assert fitting.predictions(slow, FIRST) == ((FIRST, 0), True)


def test_whoever_must_have_the_newest_waits_for_it(slow) -> None:
    slow.seen = 1
    threading.Timer(0.3, slow.go.set).start()
    assert fitting.predictions(slow, REWORDED, patience=None) == ((REWORDED, 1), True)
