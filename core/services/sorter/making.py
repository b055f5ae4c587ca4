"""From a collection with its labels to a sorter that leaves it."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import numpy as np

import core
from core.encoders import registry
from core.learn.judging.metrics import Evaluation
from core.learn.models.calibration import with_temperature
from core.learn.models.fused import Model
from core.learn.predictions import Predictions, ZeroShot
from core.project.snapshot import Snapshot
from core.runtime.progress import Report
from core.services.predict.predicting import predict
from core.services.predict.voters import refuse_vote
from core.services.predict.zero_shot import zero_shot
from core.services.sorter import heads, tagging
from core.services.sorter.words import heads as word_heads
from core.services.tags.tagged import Tagged
from core.sorter import card
from core.sorter.head import Centring, Head
from core.sorter.pixels import pixels_digest
from core.sorter.schema import (
    MOST_EXEMPLARS,
    VERSION,
    ClassPart,
    Content,
    EncoderPart,
    Figure,
    HeadPart,
    LabelsPart,
    Person,
)
from core.sorter.sorter import Exemplars, Reference, Sorter

_REFERENCE = 5_000


def make_sorter(
    snapshot: Snapshot,
    name: str,
    question: str = "",
    tagged: Tagged | None = None,
    exemplars: bool = True,
    report: Report | None = None,
) -> Sorter:
    """The sorter of a question.

    Args:
        name: what it is called; question: of which question it is, "" for the first.
        tagged: the tags over the collection, to go with it.
        exemplars: keep labeled images' vectors and paths, for reasons and search.

    Raises:
        WinnowError: the classes are not complete, nothing is embedded, or several encoders vote.
        Cancelled: asked to stop.
    """
    refuse_vote(snapshot, "A model file")
    report = report or Report()
    words = word_heads.make(snapshot, report)
    snapshot = snapshot.speaking("")  # the other figures are those of pictures alone
    report.step("Predicting the collection")
    predictions, zero = predict(snapshot), zero_shot(snapshot, snapshot.refined)
    made = heads.make(snapshot, predictions, report)
    truth = predictions.human[predictions.audit]
    judged = heads.judge(truth, made.unseen, predictions.names, len(snapshot))
    head = _head(snapshot, zero, made.model, judged.temperature)
    report.step("Looking at the collection")
    outside = with_temperature(made.outside, judged.temperature)
    tag_parts = tagging.parts(snapshot, tagged)
    content = Content(
        format="winnow-model",
        version=VERSION if words else 1,
        name=name,
        question=question,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        winnow=core.__version__,
        encoder=_encoder(snapshot),
        classes=_classes(snapshot, predictions, judged.thresholds, outside),
        head=HeadPart(
            kind=made.kind,
            zero_temperature=head.zero_temperature,
            temperature=head.temperature,
            centring=head.centring,
            agreement=made.agreement,
            plain_agreement=made.plain_agreement,
            flat=head.flat,
        ),
        labels=_labels(snapshot),
        images=len(snapshot),
        texts=hashlib.sha256(np.ascontiguousarray(head.texts).tobytes()).hexdigest(),
        conformal=judged.conformal,
        **_figures(judged.evaluation),
        tags=tag_parts.tags,
        derived=tag_parts.derived,
        words=words.content if words else None,
        files={},
    )
    return Sorter(
        content,
        head,
        tag_parts.directions,
        _reference(snapshot, made.rows, outside),
        _exemplars(snapshot) if exemplars else None,
        tag_parts.models,
        card.text(content),
        words.head if words else None,
    )


# -- parts ---------------------------------------------------------------------------------------


def _head(snapshot: Snapshot, zero: ZeroShot, model: Model, temperature: float) -> Head:
    middle = snapshot.middle
    centring: Centring = "none" if middle is None else ("images" if zero.log else "scores")
    return Head(
        zero.prototypes,
        np.zeros(snapshot.encoder.dim, np.float32) if middle is None else middle,
        centring,
        float(zero.temperature),
        snapshot.encoder.looks,
        model,
        temperature,
        None if snapshot.classes.none is None else float(zero.logits[0, -1]),
    )


def _figures(evaluation: Evaluation | None) -> dict[str, Any]:
    if evaluation is None:
        return {}
    return {
        "accuracy": Figure(
            value=evaluation.accuracy,
            low=evaluation.accuracy_low,
            high=evaluation.accuracy_high,
        ),
        "metrics": evaluation.as_json(),
        "basis": f"Measured on {evaluation.n:,} random images, with heads that did not see their "
        "labels.",
    }


def _encoder(snapshot: Snapshot) -> EncoderPart:
    encoder = snapshot.encoder
    begin, end, _ = encoder.looks.indices(encoder.dim)
    entry = registry.describe(encoder.spec)
    return EncoderPart(
        spec=encoder.spec,
        identity=encoder.identity,
        title=encoder.title,
        dim=encoder.dim,
        looks=(begin, end),
        preprocessing=pixels_digest(encoder),
        licence=(entry.licence or None) if entry else None,
    )


def _classes(
    snapshot: Snapshot, predictions: Predictions, thresholds: np.ndarray, outside: np.ndarray
) -> list[ClassPart]:
    seen = np.bincount(outside.argmax(axis=1), minlength=len(predictions.names))
    labels = np.bincount(
        predictions.human[predictions.human >= 0], minlength=len(predictions.names)
    )
    images = np.bincount(predictions.assigned, minlength=len(predictions.names))
    return [
        ClassPart(
            name=name,
            prompts=[] if name == snapshot.classes.none else list(prompts),
            labels=int(labels[k]),
            threshold=float(thresholds[k]),
            images=int(images[k]),
            share=float(images[k] / len(snapshot)),
            seen=int(seen[k]),
        )
        for k, (name, prompts) in enumerate(
            zip(predictions.names, snapshot.classes.spoken(), strict=True)
        )
    ]


def _labels(snapshot: Snapshot) -> LabelsPart:
    rows = np.flatnonzero(snapshot.nodes >= 0)  # those of a group of classes alone among them
    by_id, ids = snapshot.labels.by_id, snapshot.pool.ids
    counting = [by_id[ids[row]] for row in rows.tolist() if ids[row] in by_id]
    people = Counter(label.annotator for label in counting)
    times = [label.time for label in counting]
    return LabelsPart(
        count=len(rows),
        audit=len(snapshot.audit) + len(snapshot.audit_groups),
        people=[Person(name=who, labels=n) for who, n in people.most_common()],
        first=_moment(min(times)) if times else None,
        last=_moment(max(times)) if times else None,
    )


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _exemplars(snapshot: Snapshot) -> Exemplars:
    rows = np.flatnonzero(snapshot.human >= 0)[:MOST_EXEMPLARS]
    pool = snapshot.pool
    return Exemplars(
        [pool.ids[row] for row in rows],
        [pool.paths[row] for row in rows],
        pool.some(rows).astype(np.float16),
        snapshot.human[rows].astype(np.int32),
    )


def _reference(snapshot: Snapshot, rows: np.ndarray, outside: np.ndarray) -> Reference:
    """Images drawn evenly, by the order of the audit, of those (m,) that have probabilities (m, K)
    by heads that did not see them."""
    rank = np.empty(len(snapshot), dtype=np.int64)
    rank[snapshot.audit_order] = np.arange(len(snapshot))
    drawn = np.sort(np.argsort(rank[rows])[:_REFERENCE])
    vectors = snapshot.pool.some(rows[drawn]).astype(np.float16)
    return Reference(vectors, outside[drawn].astype(np.float32))
