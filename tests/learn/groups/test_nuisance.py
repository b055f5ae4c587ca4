"""Clusters that follow the light and not the class are told apart from those that do not."""

from __future__ import annotations

import numpy as np

from core.learn.groups.nuisance import binned, nuisance_report


def groups(n: int = 400) -> tuple[np.ndarray, np.ndarray, np.random.Generator]:
    random = np.random.default_rng(0)
    return random.integers(0, 4, n), random.normal(size=n), random


def test_a_nuisance_that_makes_the_clusters_wins_and_is_named() -> None:
    classes, light, _ = groups()
    clusters = (light > 0).astype(int)
    report = nuisance_report(clusters, classes, {"brightness": binned(light)})
    assert report.winner == "brightness"
    assert report.nuisances["brightness"] > 0.3 > report.classes
    assert {w.cluster for w in report.warnings} == {0, 1}
    assert all(w.share > w.base for w in report.warnings)


def test_clusters_of_the_classes_give_no_warning() -> None:
    classes, light, random = groups()
    folder = random.choice(["a", "b"], len(classes)).astype(object)
    report = nuisance_report(classes, classes, {"brightness": binned(light), "folder": folder})
    assert report.winner is None
    assert report.warnings == []
    assert report.classes > 0.99


def test_what_never_varies_is_left_out_and_gaps_are_no_number() -> None:
    classes, _, _ = groups(50)
    values = np.full(50, 3.0)
    values[:5] = np.nan
    assert set(binned(values)) == {"unknown", "3 to 3"}
    same = {"folder": np.array(["x"] * 50, dtype=object)}
    assert nuisance_report(classes, classes, same).nuisances == {}
