"""Scores of a collection against its classes from text alone."""

from __future__ import annotations

import numpy as np

from core.encoders.base import unit_rows
from core.learn.large.refining import refine_stored
from core.learn.models.calibration import pool_temperature
from core.learn.models.refine import Collapse, RefineStep, refine
from core.learn.novelty.flat import flat_logit
from core.learn.predictions import ZeroShot
from core.project.memory import LAST
from core.project.snapshot import Snapshot
from core.prompts import zeroshot
from core.runtime.progress import Report
from core.runtime.rows import StoredRows
from core.services.predict.prompt_vectors import bring_prompts


def zero_shot(snapshot: Snapshot, refined: bool = False, report: Report | None = None) -> ZeroShot:
    """Score the collection against the prompts of its classes.

    Args:
        refined: start from prototypes that moved towards their own images.
        report: told how far the refinement of very many images is.

    Raises:
        WinnowError: the classes are not complete, or the encoder is not the one of the vectors.
        Cancelled: asked to stop.
    """
    snapshot.encoder  # noqa: B018  an encoder that does not fit is said before the classes are
    snapshot.classes.checked("The classes")
    key = (snapshot.pool.version, snapshot.classes, refined)
    # Who needs the prompts as they are does not wait for a refinement, which takes long.
    kind = "refined" if refined else "zero_shot"
    keep = 2 if refined else LAST
    return snapshot.remember(kind, key, lambda: _scored(snapshot, refined, report), keep)


def logits_outside(
    snapshot: Snapshot, zero: ZeroShot, vectors: np.ndarray, refined: bool = False
) -> np.ndarray:
    """(n, K) float32 zero-shot logits of images that are not of the collection, as if they were.

    Args:
        zero, refined: what the collection's own were found with.
        vectors: (n, D) float32.
    """
    texts, middle = zero.prototypes, snapshot.middle
    if refined:
        images = unit_rows(vectors if middle is None else vectors - middle)
        scores: np.ndarray = images @ texts.T
    else:
        scores = zeroshot.scores(vectors, texts, middle)
    if snapshot.classes.none is not None:  # of every image the same
        scores[:, -1] = zero.scores[0, -1]
    return scores / zero.temperature


def _scored(snapshot: Snapshot, refined: bool, report: Report | None) -> ZeroShot:
    encoder, vectors = snapshot.encoder, snapshot.pool.stored
    bring_prompts(snapshot)
    every = texts = zeroshot.prototypes(encoder, snapshot.classes, snapshot.texts)
    if snapshot.classes.none is not None:
        texts = every[:-1]  # the last class has no prompts
    log: tuple[RefineStep, ...] = ()
    collapsed: tuple[Collapse, ...] = ()
    if refined:
        if isinstance(vectors, StoredRows):
            refinement = refine_stored(vectors, texts, snapshot.middle, report=report)
        else:
            refinement = refine(vectors, texts, snapshot.middle)
        scores, log = refinement.scores, tuple(refinement.log)
        texts = refinement.prototypes
        collapsed = tuple(refinement.collapsed)
    else:
        columns = snapshot.share("score-columns", snapshot.pool.version, zeroshot.Columns, keep=1)
        scores = columns.scores(vectors, texts, snapshot.middle)
    temperature = encoder.temperature
    if temperature is None:
        temperature = pool_temperature(scores)
    if len(texts) < len(every):
        flat = np.float32(temperature * flat_logit(scores / temperature))
        scores = np.column_stack([scores, np.full(len(scores), flat, np.float32)])
        texts = np.vstack([texts, every[-1:]])
    return ZeroShot(scores, temperature, texts, log, collapsed)
