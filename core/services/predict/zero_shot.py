"""Scores of a collection against its classes from text alone."""

from __future__ import annotations

from core.learn.models.calibration import pool_temperature
from core.learn.models.refine import Collapse, RefineStep, refine
from core.learn.predictions import ZeroShot
from core.project.snapshot import Snapshot
from core.prompts import zeroshot


def zero_shot(snapshot: Snapshot, refined: bool = False) -> ZeroShot:
    """Score the collection against the prompts of its classes.

    Args:
        refined: start from prototypes that moved towards their own images.

    Raises:
        WinnowError: the classes are not complete, or the encoder is not the one of the vectors.
    """
    snapshot.encoder  # noqa: B018  an encoder that does not fit is said before the classes are
    snapshot.classes.checked("The classes")
    key = (snapshot.pool.version, snapshot.classes, refined)
    return snapshot.remember("zero_shot", key, lambda: _scored(snapshot, refined))


def _scored(snapshot: Snapshot, refined: bool) -> ZeroShot:
    encoder, vectors = snapshot.encoder, snapshot.pool.vectors
    texts = zeroshot.prototypes(encoder, snapshot.classes, snapshot.texts)
    log: tuple[RefineStep, ...] = ()
    collapsed: tuple[Collapse, ...] = ()
    if refined:
        refinement = refine(vectors, texts, snapshot.middle)
        scores, log = refinement.scores, tuple(refinement.log)
        texts = refinement.prototypes
        collapsed = tuple(refinement.collapsed)
    else:
        columns = snapshot.share("score-columns", snapshot.pool.version, zeroshot.Columns, keep=1)
        scores = columns.scores(vectors, texts, snapshot.middle)
    temperature = encoder.temperature
    return ZeroShot(
        scores,
        pool_temperature(scores) if temperature is None else temperature,
        texts,
        log,
        collapsed,
    )
