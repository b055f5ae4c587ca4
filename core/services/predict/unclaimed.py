"""What is none of the classes: how new each image is, and how many such images there are."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from core.learn.novelty.scoring import Novelty, novelty
from core.learn.novelty.share import NoneShare, none_share
from core.learn.predictions import Predictions
from core.project.label_rows import NONE, UNUSABLE
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.services.predict.graphs import neighbours_of
from core.services.predict.zero_shot import zero_shot


def novelty_of(snapshot: Snapshot) -> Novelty:
    """How new each image is to the classes that have prompts.

    The first call for a pool finds its neighbours, which takes a while on large ones.

    Raises:
        WinnowError: the classes are not complete, the encoder is not the one of the vectors, or
            the look-alikes of very many images are still being found.
    """
    pool = snapshot.pool
    key = (pool.version, snapshot.classes, snapshot.refined, snapshot.labels.key)
    return snapshot.remember("novelty", key, lambda: _novelty(snapshot), keep=1)


def _novelty(snapshot: Snapshot) -> Novelty:
    pool, looks = snapshot.pool, snapshot.looks
    graph = neighbours_of(snapshot)
    if graph is None:
        raise WinnowError(
            f"Look-alikes tell how new an image is, and those of {len(pool):,} images are still "
            "being found: the Label page says how far that is."
        )
    logits, human = zero_shot(snapshot, snapshot.refined).logits, snapshot.human
    if snapshot.classes.none is not None:
        logits = logits[:, :-1]
    rows = np.flatnonzero((human >= 0) & (human < logits.shape[1]))
    return novelty(looks, np.ascontiguousarray(logits), graph, rows, human[rows])


def share_of(snapshot: Snapshot) -> NoneShare | None:
    """The share of none of the classes, from random images; None while none is answered.

    Those that people skipped or were unsure of take no part.
    """
    audited, codes = snapshot.audited, snapshot.labels.codes
    nones = codes[audited] == NONE
    if (name := snapshot.classes.none) is not None:
        nones = snapshot.human[audited] == snapshot.names.index(name)
    settled = nones | (snapshot.nodes[audited] >= 0) | (codes[audited] == UNUSABLE)
    return none_share(int(nones.sum()), int(settled.sum()), len(snapshot))


def none_json(snapshot: Snapshot, predictions: Predictions) -> dict[str, Any]:
    """The entry ``none`` of ``--json``; nothing without a class for what is none of the others."""
    name = snapshot.classes.none
    if name is None:
        return {}
    share = share_of(snapshot)
    images = int((predictions.assigned == predictions.names.index(name)).sum())
    return {
        "none": {"class": name, "images": images, "share": None if share is None else asdict(share)}
    }
