"""How the assignments of a run came about, for its manifest and reports."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import numpy as np

from core.export.plan import Plan
from core.export.record.run import RunRecord
from core.images.names import as_text
from core.learn.heads.names import PLAIN
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.prompts.families import family_of
from core.services.export import grouped
from core.services.export.measuring import calibration_of, measure
from core.services.predict.refinement import collapse_warning
from core.services.predict.shares import class_sizes, sizes_json
from core.store.labels.base import is_settled, labels_digest
from core.store.left_out import read_left_out

_CAVEAT_PROMPT = (
    "All classes were decided from prompts alone, without a single label: "
    "probabilities are not calibrated and accuracy was not measured."
)
_CAVEAT_MODEL = (
    "Probabilities are not calibrated; compare with a truth file before relying on them."
)
_CAVEAT_STARTER = (
    "The starter model is meant for a first look; a larger OpenCLIP model is more accurate."
)


def record_of(
    snapshot: Snapshot,
    predictions: Predictions,
    plan: Plan,
    command: Sequence[str] | None = None,
    metrics: Mapping[str, Any] | None = None,
    refined: bool = False,
) -> RunRecord:
    """The record of a run; see `RunRecord` for what each entry means."""
    encoder, stored = snapshot.encoder, snapshot.labels.by_id
    measured = measure(predictions, metrics)
    labels = labels_used(snapshot)
    family = family_of(snapshot.classes.prompts())
    return RunRecord(
        model_spec=encoder.spec,
        model_title=encoder.title,
        model_identity=encoder.identity,
        device=encoder.device,
        prompts=snapshot.classes.prompts(),
        wordless=snapshot.classes.none or "",
        labels_digest=labels_digest(labels) if labels else None,
        label_count=len(labels),
        seed=plan.options.seed,
        images_root=as_text(str(snapshot.workspace.images)),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        options={
            "refined": refined,
            "refinement": [asdict(step) for step in predictions.log],
            **({"words": predictions.words.template} if predictions.words else {}),
            **({"head": predictions.head} if predictions.head != PLAIN else {}),
            **({"encoders": dict(predictions.votes)} if predictions.votes else {}),
            **grouped.recorded(snapshot.classes),
            **({"delta": plan.delta} if plan.delta else {}),
            **({"promise": plan.promise} if plan.promise else {}),
            "family": family.key if family is not None else None,
        },
        metrics=measured.metrics if measured else None,
        metrics_basis=measured.basis if measured else None,
        calibration=calibration_of(predictions),
        caveats=[
            *_caveats(predictions, encoder.spec, measured is not None),
            *brought_words(snapshot),
        ],
        command=list(command) if command else None,
        labels=labels,
        labels_from_file=tuple(
            i for i, label in labels.items() if i not in stored or stored[i].label != label
        ),
        conflicts=tuple(i for i in labels if i in stored and stored[i].conflict),
        settled=tuple(i for i in labels if i in stored and is_settled(stored[i].source)),
        probabilities_digest=probabilities_digest(predictions),
        left_out=read_left_out(snapshot.workspace),
        shares=sizes_json(class_sizes(snapshot, predictions)),
    )


def labels_used(snapshot: Snapshot) -> dict[str, str]:
    """Image id → class or group of the human labels that took part."""
    ids, names, nodes = snapshot.pool.ids, snapshot.tree.names, snapshot.nodes
    return {ids[row]: names[nodes[row]] for row in np.flatnonzero(nodes >= 0).tolist()}


def probabilities_digest(predictions: Predictions) -> str:
    """Hex digest of the probabilities of all images, bit by bit, in the order of the pool."""
    values = np.ascontiguousarray(predictions.probabilities, dtype="<f4")
    return hashlib.blake2b(values.tobytes(), digest_size=16).hexdigest()


def brought_words(snapshot: Snapshot) -> list[str]:
    """That audit images were imported as drawn at random; nothing where none was."""
    count = len(snapshot.brought)
    if not count:
        return []
    return [
        f"{count:,} of the random images were imported as drawn at random, on the word of who did "
        "so: were they chosen in any way, the figures and promises made of them do not hold."
    ]


def _caveats(predictions: Predictions, spec: str, measured: bool) -> list[str]:
    caveats = []
    calibrated = calibration_of(predictions) is not None
    if predictions.model == "prompt":
        caveats += [] if measured else [_CAVEAT_PROMPT]
    elif not calibrated and not measured:
        caveats.append(_CAVEAT_MODEL)
    if spec == "starter":
        caveats.append(_CAVEAT_STARTER)
    if predictions.outside:
        caveats.append(
            f"{predictions.outside} labels name classes that are not in the vocabulary "
            "and took no part."
        )
    if warning := collapse_warning(predictions):
        caveats.append(warning)
    return caveats
