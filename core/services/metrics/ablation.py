"""Whether words help: pictures alone, words alone, and both, on images whose class is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from core.images.names import shown
from core.learn.judging.paired import Difference, difference
from core.learn.predictions import ZeroShot
from core.learn.words.ablation import SOURCES, Ablation, ClassGap, Collection, Gap, play
from core.learn.words.block import Words
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.services.data.label_review import review
from core.services.data.metadata.columns import beside
from core.services.metrics.judging import unseen_classes
from core.services.predict.graphs import neighbours_of
from core.services.predict.predicting import predict
from core.services.predict.words import texts_of, words_of
from core.services.predict.zero_shot import zero_shot

LEAST = 10
"""Labeled random images from which on they alone judge."""
_NAMED = 10  # columns in an error
NOTHING_SPEAKS = (
    'No column speaks yet: name those that count, such as --words "{title}", or choose them under '
    "Which words count on the Prompts page."
)


@dataclass(frozen=True, eq=False)
class Standing:
    """What the labels there are say, by labeled images that none of the models saw.

    Attributes:
        rows: (a,) rows of those images.
        random: they were drawn at random; else there are few such, and they are all that have a
            label.
        right: source → (a,) bool, whether it gets each right; a column alone is a source too.
        gaps: how much more often the first of two sources is right.
        classes: of which there are images among them, by name.
    """

    rows: np.ndarray
    random: bool
    right: dict[str, np.ndarray]
    gaps: dict[tuple[str, str], Difference]
    classes: list[ClassGap]

    @property
    def gain(self) -> Difference:
        """Of both over pictures alone."""
        return self.gaps["both", "image"]


def ablate(
    snapshot: Snapshot,
    truth: Mapping[str, str],
    per_class: Sequence[int],
    seeds: int,
    report: Report | None = None,
    columns: Sequence[str] = (),
) -> Ablation:
    """Label so many images of each class by a truth, learn from each source, judge all others.

    Args:
        truth: relative path → class.
        per_class: labels of each class, from 0.
        seeds: draws of labels.
        columns: those that are judged alone too, as `single_columns` has them.

    Raises:
        WinnowError: no column speaks or no image has words, there is no such column, or no path of
            the truth is an image of one of the classes.
        Cancelled: asked to stop.
    """
    report = report or Report()
    texts_of(_speaking(snapshot), report)
    zero = zero_shot(snapshot)
    words = words_of(snapshot, zero)
    if words is None:
        raise WinnowError(
            f"No image has words in the columns of {snapshot.words!r}: import a table with them."
        )
    alone = _alone(snapshot, columns, zero, report)
    classes = np.full(len(snapshot), -1, dtype=np.int64)
    for row, label in review(snapshot, truth).labels.items():
        if label in snapshot.names:
            classes[row] = snapshot.names.index(label)
    if (classes < 0).all():
        snapshot.match(truth, " of the truth file")
        raise WinnowError("No image of the truth is of one of the classes: name its classes.")
    graph = neighbours_of(snapshot)
    collection = Collection(
        snapshot.looks, zero.logits, graph, words, classes, snapshot.names, alone
    )
    return play(collection, per_class, seeds, report)


def single_columns(snapshot: Snapshot) -> dict[str, str]:
    """Source as it is called → the column that people brought, of those that can be judged alone.

    A column that is called as another source is has another name here.
    """
    return {
        source: name
        for source, name in beside(snapshot, SOURCES).items()
        if "{" not in name and "}" not in name  # no template could name it
    }


def _alone(
    snapshot: Snapshot, columns: Sequence[str], zero: ZeroShot, report: Report
) -> dict[str, Words]:
    """Source → what images say in one column alone."""
    there = single_columns(snapshot)
    result = {}
    for source in dict.fromkeys(columns):
        if source not in there:
            raise WinnowError(
                f"There is no column {shown(source)} to judge alone: there are "
                f"{', '.join(map(shown, list(there)[:_NAMED])) or 'none yet'}."
            )
        own = snapshot.speaking(f"{{{there[source]}}}")
        texts_of(own, report)
        words = words_of(own, zero)
        if words is None:
            raise WinnowError(f"No image has anything in the column {shown(source)}: leave it out.")
        result[source] = words
    return result


def standing(snapshot: Snapshot, columns: Sequence[str] = ()) -> Standing:
    """All sources on labeled images, each learned from all labels but theirs.

    Args:
        columns: as of `ablate`.

    Raises:
        WinnowError: no column speaks, no image has words, there is no such column, or no image is
            labeled.
    """
    model = snapshot.model_key(snapshot.refined)
    key = (*model, snapshot.head, snapshot.labels.key, *columns)
    return snapshot.remember("words-standing", key, lambda: _standing(snapshot, columns), keep=1)


def _standing(snapshot: Snapshot, columns: Sequence[str]) -> Standing:
    _speaking(snapshot)
    human = snapshot.human
    rows = np.flatnonzero(human >= 0)
    if not len(rows):
        raise WinnowError("No image has a label yet: label some on the Label page.")
    zero = zero_shot(snapshot, snapshot.refined)
    words = words_of(snapshot, zero)
    if words is None:
        raise WinnowError(f"No image has words in the columns of {snapshot.words!r}.")
    alone = _alone(snapshot, columns, zero, Report())
    of = Collection(snapshot.looks, zero.logits, None, words, human, snapshot.names, alone)
    random = len(snapshot.audit) >= LEAST
    judged = snapshot.audit if random else rows
    views = {"image": snapshot.speaking(""), "both": snapshot}
    if random:
        unseen = {source: predict(view).unseen.argmax(axis=1) for source, view in views.items()}
    else:
        unseen = {
            source: unseen_classes(view, predict(view))[1].argmax(axis=1)
            for source, view in views.items()
        }
    for source in ("text", *alone):
        own = of.learner(source).fit(rows, human[rows], judged=judged).unseen
        unseen[source] = own.argmax(axis=1)
    right = {source: unseen[source] == human[judged] for source in of.sources}
    population = len(snapshot)
    gaps = {
        (first, second): difference(right[second], right[first], population)
        for first, second in of.pairs
    }
    classes = [
        _class_gap(name, human[judged] == number, right)
        for number, name in enumerate(snapshot.names)
        if (human[judged] == number).any()
    ]
    return Standing(judged, random, right, gaps, classes)


def _class_gap(name: str, own: np.ndarray, right: dict[str, np.ndarray]) -> ClassGap:
    """One class by its images, own (a,) bool, among those that were judged."""
    gain = difference(right["image"][own], right["both"][own])
    shares = {source: float(hits[own].mean()) for source, hits in right.items()}
    return ClassGap(name, int(own.sum()), shares, gain.value or 0.0, gain.low, gain.high)


def _speaking(snapshot: Snapshot) -> Snapshot:
    if not snapshot.words:
        raise WinnowError(NOTHING_SPEAKS)
    return snapshot


def worth(gap: Gap) -> str:
    """Whether words are worth collecting, in a sentence.

    Args:
        gap: of both over pictures alone.
    """
    labels = f"{gap.per_class} labels a class" if gap.per_class else "prompts alone"
    return _worth(f"with {labels}", gap.mean, gap.low, gap.high)


def worth_of(standing: Standing) -> str:
    """The same, by the labels there are."""
    gain, images = standing.gain, "random images" if standing.random else "labeled images"
    return _worth(f"on {gain.n} {images}", gain.value or 0.0, gain.low, gain.high)


def _worth(where: str, mean: float, low: float, high: float) -> str:
    begin = (
        "Words are worth collecting"
        if low > 0
        else "Words do harm"
        if high < 0
        else "Words make no clear difference"
    )
    often = "more" if mean >= 0 else "less"
    return (
        f"{begin}: {where}, both together are right {100 * abs(mean):.1f} points {often} often "
        f"than pictures alone (95 %: {100 * low:+.1f} to {100 * high:+.1f})."
    )


def as_json(result: Ablation, snapshot: Snapshot) -> dict[str, Any]:
    """The answer of ``winnow ablate --json``; images by their paths."""
    paths = snapshot.pool.paths
    return {
        "points": [asdict(point) for point in result.points],
        "differences": [asdict(gap) | {"pair": "-".join(gap.pair)} for gap in result.gaps],
        "classes": [asdict(one) for one in result.classes],
        "won": [paths[row] for row in result.won],
        "lost": [paths[row] for row in result.lost],
        "words": snapshot.words,
        "sentence": worth(headline(result)),
    }


def headline(result: Ablation) -> Gap:
    """The gap of both over pictures alone, at the most labels."""
    own = [gap for gap in result.gaps if gap.pair == ("both", "image")]
    return max(own, key=lambda gap: gap.per_class)
