"""What a run said of each image, from wherever that is on record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.export.record.past import runs_of
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.services.metrics.runs import exported
from core.services.metrics.runs.listing import (
    AUTOMATIC,
    ENCODER,
    PRESENT,
    PROMPTS,
    Run,
    renamed_since,
    runs,
)
from core.services.predict.recording import EXPORT, figures_of, past_of
from core.services.predict.zero_shot import zero_shot
from core.store.history import ledger
from core.store.history.predictions import UNJUDGED, Past, read

_Objects = np.ndarray
"""Names of classes as an array of objects, None for none."""


@dataclass(frozen=True, eq=False)
class Opinion:
    """What a run said of the images of a collection, in the names of its classes now.

    Attributes:
        run: that said it.
        there: (N,) bool, images that the run had.
        classes: (N,) objects, the class it put each image into, labels included; None where the
            run had not the image.
        judged: (N,) objects, the class that a model gave which had not seen the image's label; None
            where none did.
        names: classes that it could give.
    """

    run: Run
    there: np.ndarray
    classes: _Objects
    judged: _Objects
    names: frozenset[str]


def opinion_of(snapshot: Snapshot, predictions: Callable[[], Predictions], run: Run) -> Opinion:
    """What a run said of a snapshot's images.

    Args:
        predictions: asked for those of the snapshot, where the run is "now".

    Raises:
        WinnowError: what it predicted is not on record, or is damaged.
    """
    past = _past(snapshot, predictions, run)
    if past is None:
        raise WinnowError(
            f"What {run.title} predicted is not on record, or its record is damaged: choose "
            "another run."
        )
    renamed = (
        {} if run.kind == PRESENT else renamed_since(snapshot.workspace, run, snapshot.classes)
    )
    names = np.array([renamed.get(name, name) for name in past.names] + [None], dtype=object)
    classes = np.full(len(snapshot), None, dtype=object)
    judged = classes.copy()
    rows = np.array([snapshot.pool.rows.get(image, -1) for image in past.ids], dtype=np.int64)
    here = rows >= 0
    classes[rows[here]] = names[past.codes[here].astype(np.int64)]
    if past.judged is not None:
        codes = past.judged[here].astype(np.int64)
        judged[rows[here]] = names[np.where(codes == UNJUDGED, len(names) - 1, codes)]
    there = np.zeros(len(snapshot), dtype=bool)
    there[rows[here]] = True
    return Opinion(run, there, classes, judged, frozenset(names[:-1].tolist()))


def _past(snapshot: Snapshot, predictions: Callable[[], Predictions], run: Run) -> Past | None:
    if run.kind == PRESENT:
        present = predictions()
        return past_of(snapshot, present, run.time, figures_of(snapshot, present))
    if run.kind == PROMPTS:
        return _of_prompts(snapshot, run)
    if run.kind == ENCODER:
        return _past(snapshot, predictions, _first_with(snapshot, run))
    if run.kind == AUTOMATIC:
        return None if run.place is None else read(run.place)
    own = ledger.past_of(snapshot.workspace.home, run.id)
    return own if own is not None or run.kind != EXPORT else _of_export(snapshot, run)


def _of_prompts(snapshot: Snapshot, run: Run) -> Past | None:
    """What a version of the prompts says alone: no label took part, so it judged every image."""
    if run.classes is None:
        return None
    codes = zero_shot(snapshot.under(run.classes)).scores.argmax(axis=1).astype(np.uint16)
    return Past(run.time, run.classes.names, snapshot.pool.ids, codes, {}, codes)


def _of_export(snapshot: Snapshot, run: Run) -> Past | None:
    """An export of before there was a ledger, or whose record is damaged."""
    exports = (each for each in runs_of(snapshot.workspace.runs) if each.folder.name == run.id)
    export = next(exports, None)
    return None if export is None else exported.record_of(snapshot, export)


def _first_with(snapshot: Snapshot, run: Run) -> Run:
    """The first predictions on record that an encoder took part in.

    Raises:
        WinnowError: there are none.
    """
    later = [each for each in runs(snapshot.workspace) if each.time >= run.time]
    changes = [each.time for each in later if each.kind == ENCODER and each.id != run.id]
    until = min(changes, default=float("inf"))
    with_it = [each for each in later if each.kind not in (PROMPTS, ENCODER) and each.time < until]
    if not with_it:
        raise WinnowError(
            f"Nothing that was predicted with the encoder {run.name} since {run.date} is on "
            "record: choose another run."
        )
    return min(with_it, key=lambda each: each.time)
