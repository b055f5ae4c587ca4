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
from core.project.project import Predictions, Project
from core.prompts.vocabulary import Vocabulary
from core.store.labels.sqlite import labels_digest

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
    project: Project,
    vocabulary: Vocabulary,
    predictions: Predictions,
    chosen: Plan,
    command: Sequence[str] | None = None,
    metrics: Mapping[str, Any] | None = None,
    refined: bool = False,
) -> RunRecord:
    """The record of a run; see `RunRecord` for what each entry means."""
    encoder = project.encoder
    labels = labels_used(project, predictions)
    current = project.labels.current()
    stored = {i: label.label for i, label in current.items()}
    return RunRecord(
        model_spec=encoder.spec,
        model_title=encoder.title,
        model_identity=encoder.identity,
        device=encoder.device,
        prompts=vocabulary.prompts(),
        labels_digest=labels_digest(labels) if labels else None,
        label_count=len(labels),
        seed=chosen.options.seed,
        images_root=str(project.workspace.images),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        options={
            "refined": refined,
            "refinement": [asdict(step) for step in predictions.log],
        },
        metrics=metrics,
        caveats=_caveats(predictions, encoder.spec, metrics is not None),
        command=list(command) if command else None,
        labels=labels,
        labels_from_file=tuple(i for i, label in labels.items() if stored.get(i) != label),
        conflicts=tuple(i for i in labels if i in current and current[i].conflict),
        probabilities_digest=probabilities_digest(predictions),
    )


def labels_used(project: Project, predictions: Predictions) -> dict[str, str]:
    """Image id → class of the human labels that took part."""
    ids = project.pool().ids
    return {
        ids[row]: predictions.names[predictions.human[row]]
        for row in np.flatnonzero(predictions.human >= 0)
    }


def probabilities_digest(predictions: Predictions) -> str:
    """Hex digest of the probabilities of all images, bit by bit, in the order of the pool."""
    values = np.ascontiguousarray(predictions.probabilities, dtype="<f4")
    return hashlib.blake2b(values.tobytes(), digest_size=16).hexdigest()


def _caveats(predictions: Predictions, spec: str, measured: bool) -> list[str]:
    caveats = []
    if not measured:
        caveats.append(_CAVEAT_PROMPT if predictions.model == "prompt" else _CAVEAT_MODEL)
    if spec == "starter":
        caveats.append(_CAVEAT_STARTER)
    if predictions.outside:
        caveats.append(
            f"{predictions.outside} labels name classes that are not in the vocabulary "
            "and took no part."
        )
    return caveats
