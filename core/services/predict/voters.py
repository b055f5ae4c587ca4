"""Encoders that vote: their pictures beside the active encoder's, from vectors that are there."""

from __future__ import annotations

import numpy as np

from core.images.names import shown
from core.learn.models.base import Prediction
from core.learn.models.neighbourhood import Graph, knn_graph
from core.learn.voting.learner import Beside, Voted
from core.learn.voting.weights import MOST
from core.project.pool import Pool
from core.project.snapshot import Snapshot
from core.project.voters import pool_of, records_of
from core.runtime.errors import WinnowError
from core.services.predict.graphs import graph_of
from core.store.workspace import EncoderRecord


def beside(snapshot: Snapshot, rows: np.ndarray | None = None) -> list[Beside]:
    """The pictures as each encoder that votes sees them, without the active one.

    Nothing is embedded: images without a vector of an encoder are left out of its view.

    Args:
        rows: (n,) rising, of the pool; the view is of these alone. By default all.
    """
    views = []
    for record in records_of(snapshot.workspace, snapshot.voters):
        view = _whole(snapshot, record)
        if rows is not None:
            view = _part(view, rows)
        if len(view.rows):
            views.append(view)
    return views


def checked(snapshot: Snapshot) -> Snapshot:
    """The snapshot, if all its encoders that vote have vectors here and there are not too many.

    Raises:
        WinnowError: they do not, or there are too many.
    """
    active = snapshot.encoder.spec
    for spec in snapshot.voters:
        if spec != active and not records_of(snapshot.workspace, [spec]):
            raise WinnowError(_missing(snapshot, spec))
    if len({active, *snapshot.voters}) > MOST:
        raise WinnowError(f"At most {MOST} encoders vote, the active one included: name fewer.")
    return snapshot


def lacking(snapshot: Snapshot) -> list[str]:
    """A sentence for each encoder that votes and lacks vectors of some of the images, with how to
    get them; there the others decide."""
    sentences = []
    for spec in snapshot.voters:
        if spec == snapshot.encoder.spec:
            continue
        records = records_of(snapshot.workspace, [spec])
        seen = len(_whole(snapshot, records[0]).rows) if records else 0
        if not seen:
            sentences.append(_missing(snapshot, spec))
        elif seen < len(snapshot):
            sentences.append(
                f"{shown(spec)} has no vectors of {len(snapshot) - seen:,} of {len(snapshot):,} "
                f"images, so it has no vote there: make them with {_command(snapshot, spec)}."
            )
    return sentences


def votes_of(snapshot: Snapshot, learned: Prediction | None) -> tuple[tuple[str, float], ...]:
    """Spec and weight of each encoder that voted, the active one first; empty for no vote."""
    if not isinstance(learned, Voted):
        return ()
    voted = [
        record.spec
        for record in records_of(snapshot.workspace, snapshot.voters)
        if len(_whole(snapshot, record).rows)
    ]
    return tuple(zip([snapshot.encoder.spec, *voted], learned.votes, strict=True))


def refuse_vote(snapshot: Snapshot, what: str) -> None:
    """Raise WinnowError where several encoders vote, for what holds one encoder only."""
    if records_of(snapshot.workspace, snapshot.voters):
        raise WinnowError(
            f"{what} looks at pictures with one encoder, and in this question several vote: let "
            "the active one decide alone first, on the Metrics page under Classes."
        )


def _whole(snapshot: Snapshot, record: EncoderRecord) -> Beside:
    """The pictures of the pool as an encoder sees them, remembered."""
    key = (snapshot.pool.version, snapshot.voter_key, record)
    return snapshot.share("beside", key, lambda: _read(snapshot, record), keep=MOST)


def _read(snapshot: Snapshot, record: EncoderRecord) -> Beside:
    pool, other = snapshot.pool, pool_of(snapshot.workspace, record)
    rows = np.array([row for row, own in enumerate(pool.ids) if own in other.rows], dtype=np.intp)
    vectors = other.some(np.array([other.rows[pool.ids[row]] for row in rows], dtype=np.intp))
    if not len(rows):
        return Beside(vectors, rows)
    return Beside(vectors, rows, _graph(snapshot, other, vectors))


def _graph(snapshot: Snapshot, other: Pool, vectors: np.ndarray) -> Graph:
    same = other.ids == snapshot.pool.ids  # then it is what stands in the disk cache
    return graph_of(snapshot.derived, other, vectors) if same else knn_graph(vectors)


def _part(view: Beside, rows: np.ndarray) -> Beside:
    """The view of some images alone, whose rows are counted among these."""
    places = np.flatnonzero(np.isin(view.rows, rows))
    own = np.searchsorted(rows, view.rows[places]).astype(np.intp)
    if len(places) == len(view.rows):
        return Beside(view.vectors, own, view.graph)
    vectors = view.vectors[places]
    return Beside(vectors, own, knn_graph(vectors) if len(places) else None)


def _missing(snapshot: Snapshot, spec: str) -> str:
    return (
        f"{shown(spec)} has no vectors of these images: make them with {_command(snapshot, spec)}."
    )


def _command(snapshot: Snapshot, spec: str) -> str:
    """What embeds with an encoder and then makes the active one active again."""
    images, active = shown(str(snapshot.workspace.images)), shown(snapshot.encoder.spec)
    return f"winnow embed {images} --model {shown(spec)}, then the same with --model {active}"
