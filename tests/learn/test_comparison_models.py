"""What every model that can be compared must do; what each is lies in tests/learn/models."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from clouds import clouds

from core.learn.comparison_models import MODELS, WINNOW, Material, entry_of, model_of
from core.learn.models import recipes
from core.learn.models.base import Model
from core.learn.models.learner import Learner
from core.learn.models.neighbourhood import knn_graph
from core.learn.strategies import STRATEGIES

every = pytest.mark.parametrize("name", list(MODELS))
NONE = np.empty(0, dtype=np.intp)


def material(n: int = 120, k: int = 3) -> tuple[Material, np.ndarray]:
    """What models are made from, and the truth (n,)."""
    vectors, logits, truth = clouds(n=n, k=k)
    return Material(vectors, logits, logits, knn_graph(vectors)), truth


def test_names_and_titles_are_as_pages_and_commands_know_them() -> None:
    assert list(MODELS) == ["fused", "recipe", "lr", "lr-cv", "zero-shot"]
    assert next(iter(MODELS)) == WINNOW
    assert len({entry.title for entry in MODELS.values()}) == len(MODELS)
    assert isinstance(model_of(WINNOW, material()[0]), Learner)


def test_an_unknown_name_is_refused_with_a_sentence_that_lists_the_others() -> None:
    for ask in (entry_of, lambda name: model_of(name, material()[0])):
        with pytest.raises(ValueError, match="kind of model called 'forest'") as refusal:
            ask("forest")
        assert all(name in str(refusal.value) for name in MODELS)


@every
def test_a_row_can_be_played_as_it_stands(name: str) -> None:
    entry = MODELS[name]
    assert entry.title.strip()
    assert entry.strategy in STRATEGIES
    assert 0 <= entry.audit_share <= 1
    assert entry.random_start >= 0


@every
def test_it_answers_to_the_calls_of_a_model(name: str) -> None:
    model = model_of(name, material()[0])
    for call in ("fit", "cross_fitted", "next_batch"):
        wanted = list(inspect.signature(getattr(Model, call)).parameters)[1:]
        assert list(inspect.signature(getattr(model, call)).parameters)[: len(wanted)] == wanted


@every
def test_without_labels_it_is_zero_shot(name: str) -> None:
    of, _ = material()
    beliefs = model_of(name, of).fit(NONE, NONE)
    zero_shot = np.exp(of.logits) / np.exp(of.logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(beliefs.probabilities, zero_shot, atol=1e-5)
    assert (beliefs.probabilities.argmax(axis=1) == of.logits.argmax(axis=1)).all()
    assert beliefs.counts.tolist() == [0, 0, 0]


@every
@pytest.mark.parametrize("labels", [1, 9, 40])
def test_rows_sum_to_one_and_labels_are_counted(name: str, labels: int) -> None:
    of, truth = material()
    rows = np.arange(labels)
    beliefs = model_of(name, of).fit(rows, truth[rows])
    assert beliefs.probabilities.dtype == np.float32
    assert beliefs.probabilities.shape == of.logits.shape
    assert np.isfinite(beliefs.probabilities).all()
    assert beliefs.probabilities.min() >= 0
    np.testing.assert_allclose(beliefs.probabilities.sum(axis=1), 1, atol=1e-5)
    assert beliefs.counts.tolist() == np.bincount(truth[rows], minlength=3).tolist()


@every
def test_labels_of_one_class_and_a_single_class_are_no_obstacle(name: str) -> None:
    of, truth = material()
    rows = np.flatnonzero(truth == 1)[:20]
    beliefs = model_of(name, of).fit(rows, truth[rows])
    np.testing.assert_allclose(beliefs.probabilities.sum(axis=1), 1, atol=1e-5)
    only = Material(of.vectors, of.logits[:, :1])
    alone = model_of(name, only).fit(np.arange(15), np.zeros(15, dtype=int))
    np.testing.assert_allclose(alone.probabilities, 1, atol=1e-6)


@every
def test_cross_fitting_never_sees_the_label_that_it_judges(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The strength of a tuned penalty, one number of six, is that of all labels, as documented.
    monkeypatch.setattr(recipes, "tuned_c", lambda *_: 10.0)
    of, truth = material()
    model = model_of(name, of)
    rows, targets = np.arange(40), np.arange(10)
    honest = model.cross_fitted(rows, truth[rows], targets)
    assert honest.shape == (10, 3)
    np.testing.assert_allclose(honest.sum(axis=1), 1, atol=1e-5)
    others = 0.0
    for target in targets:
        wrong = truth[rows].copy()
        wrong[target] = (wrong[target] + 1) % 3
        lied = model.cross_fitted(rows, wrong, targets)
        np.testing.assert_allclose(lied[target], honest[target], atol=2e-3)
        others = max(others, float(np.abs(lied - honest).max()))
    if name != "zero-shot":
        assert others > 1e-3, "the other images do see it"


@every
def test_numbering_the_classes_otherwise_numbers_the_result_likewise(name: str) -> None:
    of, truth = material()
    order = np.array([2, 0, 1])
    moved = Material(of.vectors, of.logits[:, order], of.logits[:, order], of.graph)
    place = np.argsort(order)
    for rows in (NONE, np.arange(6), np.arange(50)):
        plain = model_of(name, of).fit(rows, truth[rows]).probabilities
        other = model_of(name, moved).fit(rows, place[truth[rows]]).probabilities
        np.testing.assert_allclose(other, plain[:, order], atol=5e-3)


@every
def test_it_is_repeatable_and_its_queue_asks_for_what_may_be_asked(name: str) -> None:
    of, truth = material()
    rows, free = np.arange(30), np.arange(25, 60)
    first, second = (model_of(name, of).fit(rows, truth[rows], seed=5) for _ in range(2))
    np.testing.assert_array_equal(first.probabilities, second.probabilities)
    for strategy in STRATEGIES:
        batch = model_of(name, of).next_batch(first, rows, free, 8, strategy, seed=2)
        assert len(set(batch.tolist())) == 8
        assert set(batch.tolist()) <= set(range(30, 60))
