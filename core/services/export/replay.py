"""Repeating a run from its manifest: the same assignment, or what differs and why."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.export.layout import Layout
from core.export.options import ExportOptions
from core.export.plan import Plan
from core.export.record.frame import json_blocks
from core.export.record.manifest import OF_FILE
from core.export.record.run import Outcome
from core.project.project import Predictions, Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.services.export import differences as told
from core.services.export import runs
from core.services.export.differences import Difference
from core.services.export.record import probabilities_digest


@dataclass(frozen=True)
class Replayed:
    """A repeated run. It is the ``same`` when nothing but its surroundings differs."""

    plan: Plan
    predictions: Predictions
    vocabulary: Vocabulary
    refined: bool
    images: int
    bit_identical: bool
    differences: list[Difference]

    @property
    def same(self) -> bool:
        return all(difference.kind in told.SURROUNDINGS for difference in self.differences)

    def as_json(self) -> dict[str, Any]:
        return {
            "same": self.same,
            "images": self.images,
            "probabilities_identical": self.bit_identical,
            "differences": [difference.as_json() for difference in self.differences],
        }

    def as_text(self) -> str:
        bits = "bit by bit" if self.bit_identical else "though probabilities differ slightly"
        head = (
            f"The assignment of all {self.images} images is the same, {bits}."
            if self.same
            else "The run cannot be repeated as it was:"
        )
        return "\n".join([head, *(f"- {d.as_text()}" for d in self.differences)])


def vocabulary_of(manifest: Mapping[str, Any]) -> Vocabulary:
    """The classes and prompts of a run, in their order.

    Raises:
        WinnowError: the manifest does not hold them properly.
    """
    prompts = manifest["prompts"]
    order = manifest.get("classes", list(prompts))
    proper = (
        isinstance(order, list)
        and sorted(map(str, order)) == sorted(prompts)
        and all(
            isinstance(texts, list) and all(isinstance(text, str) for text in texts)
            for texts in prompts.values()
        )
    )
    if not proper:
        raise WinnowError(
            "The manifest does not hold the prompts of every class; use it as Winnow wrote it."
        )
    vocabulary = Vocabulary(tuple((name, tuple(prompts[name])) for name in order))
    return vocabulary.checked("The manifest")


def options_of(manifest: Mapping[str, Any]) -> ExportOptions:
    """The options of a run.

    Raises:
        WinnowError: the manifest does not hold them properly.
    """
    given = manifest["options"].get("export")
    try:
        splits = given["splits"]
        return runs.options(
            given["mode"],
            tuple(splits) if splits is not None else None,
            given["review_below"],
            int(given["seed"]),
            given["review_margin"],
            given["formats"],
            bool(given["verify"]),
        )
    except (TypeError, KeyError, ValueError) as error:
        raise WinnowError(
            f"The manifest lacks proper export options ({error}); use it as Winnow wrote it."
        ) from error


def spec_of(manifest: Mapping[str, Any]) -> str:
    """The model of a run.

    Raises:
        WinnowError: the manifest does not name it.
    """
    return _text(manifest["encoder"].get("spec"), "model")


def images_of(manifest: Mapping[str, Any]) -> Path:
    """The image folder of a run.

    Raises:
        WinnowError: the manifest does not name it.
    """
    return Path(_text(manifest.get("images_root"), "image folder"))


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or not value:
        raise WinnowError(f"The manifest does not name the {what}; use it as Winnow wrote it.")
    return value


def replay(
    project: Project, manifest: Mapping[str, Any], rejected: Sequence[tuple[str, str]]
) -> Replayed:
    """Run again what a manifest describes, and compare.

    Labels are the manifest's where the workspace holds none; where it does, its own are used, and
    those that differ are told. Splits use the manifest's own keys, so they do not depend on what
    other runs the workspace has seen.

    Args:
        project: open and embedded with the manifest's encoder.
        manifest: from `load_manifest`.
        rejected: images that cannot be used now (path, reason).

    Raises:
        WinnowError: the manifest is not complete.
    """
    vocabulary, chosen = vocabulary_of(manifest), options_of(manifest)
    then = _by_path(manifest["files"])
    ids = project.pool().ids
    extra, labels = told.labels(project.labels.classes(), manifest, vocabulary, then)
    refined = bool(manifest["options"].get("refined"))
    predictions = project.predict(vocabulary, refined, extra)
    keys = {entry["id"]: entry["group"] or entry["id"] for entry in then.values()}
    doubt_of = {entry["id"]: entry["doubt"] for entry in then.values()}
    doubts = [doubt_of.get(image_id) for image_id in ids]
    plan = runs.plan(project, predictions, rejected, chosen, doubts=doubts, keys=keys)
    now = _by_path(_entries(plan))
    identical = probabilities_digest(predictions) == manifest.get("probabilities_digest")
    differences = [
        *told.encoder(project.encoder, manifest),
        *told.images(then, now),
        *labels,
        *told.assignments(then, now),
        *told.probabilities(then, now, identical),
    ]
    if differences or not identical:
        differences += told.surroundings(project.encoder, manifest)
    return Replayed(plan, predictions, vocabulary, refined, len(now), identical, differences)


def _entries(plan: Plan) -> list[dict[str, Any]]:
    """What the manifest of a plan would say of its images."""
    outcome = Outcome(plan, plan.items, plan.rejected, [])
    blocks = json_blocks(outcome, Layout(plan), OF_FILE)
    return json.loads("[" + ",".join(blocks) + "]")


def _by_path(entries: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Entries of images by path.

    Raises:
        WinnowError: one lacks something.
    """
    for entry in entries:
        if not isinstance(entry, Mapping) or not set(OF_FILE) <= set(entry):
            raise WinnowError(
                "The manifest does not tell everything of each image; use it as Winnow wrote it."
            )
    return {entry["path"]: entry for entry in entries}
