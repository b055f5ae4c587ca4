"""The tags that go with a sorter: directions, calibrations and what labels taught."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import numpy as np

from core.learn.models import tag_model
from core.learn.models.fused import Model
from core.project.snapshot import Snapshot
from core.services.tags.tagged import Tagged
from core.sorter.schema import CalibrationPart, DerivedPart, TagPart
from core.tags.scores import direction
from core.tags.vocabulary import Tag


@dataclass(frozen=True, eq=False)
class TagParts:
    """What a sorter keeps of tags.

    Attributes:
        directions: (T, D) float64, one a tag.
        models: code → model of the columns no and yes, of tags learned from labels.
    """

    tags: list[TagPart] = field(default_factory=list)
    derived: list[DerivedPart] = field(default_factory=list)
    directions: np.ndarray = field(default_factory=lambda: np.empty((0, 1)))
    models: Mapping[str, Model] = field(default_factory=dict)


def parts(snapshot: Snapshot, tagged: Tagged | None) -> TagParts:
    """The tags of a collection as a sorter keeps them.

    Args:
        tagged: the tags over this collection; None: no tags go with the sorter.
    """
    if tagged is None:
        return TagParts(directions=np.empty((0, snapshot.encoder.dim)))
    tags = tagged.tags
    directions = [
        direction(
            snapshot.text_vectors(tags.prompts(tag)), snapshot.text_vectors(tags.contrast(tag))
        )
        for tag in tags.tags
    ]
    models = {
        tag.code: _learned(snapshot, tagged, tag)
        for tag in tags.tags
        if tagged[tag.code].source == "model"
    }
    return TagParts(
        [_part(tagged, tag) for tag in tags.tags],
        [
            DerivedPart(code=one.code, rule=one.rule, label=one.label, description=one.description)
            for one in tags.derived
        ],
        np.stack(directions) if directions else np.empty((0, snapshot.encoder.dim)),
        models,
    )


def _part(tagged: Tagged, tag: Tag) -> TagPart:
    column, tags = tagged[tag.code], tagged.tags
    assert column.calibration is not None  # of a tag that is no rule
    return TagPart(
        code=tag.code,
        label=tag.label,
        description=tag.description,
        type=tag.type,
        prompts=list(tags.prompts(tag)),
        contrast=list(tags.contrast(tag)),
        calibration=CalibrationPart(**asdict(column.calibration)),
        learned=column.source == "model",
    )


def _learned(snapshot: Snapshot, tagged: Tagged, tag: Tag) -> Model:
    column = tagged[tag.code]
    assert column.calibration is not None and column.logits is not None
    rows = np.flatnonzero(column.human >= 0)
    return tag_model.model_of(
        snapshot.pool.stored,
        column.calibration.offsets(column.logits),
        rows,
        column.human[rows] == 1,
    )
