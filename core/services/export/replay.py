"""Repeating a run from its manifest: the same assignment, or what differs and why."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.export.formats import layout_of
from core.export.options import ExportOptions
from core.export.plan import Plan
from core.export.planning import part_of
from core.export.record.frame import json_blocks
from core.export.record.manifest import OF_FILE
from core.export.record.run import MODEL_FILE, Outcome
from core.images.names import located, shown
from core.learn.heads.names import NAMES, PLAIN
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.services.data.metadata import carried
from core.services.export import beside, differences, grouped, runs
from core.services.export.differences import SURROUNDINGS, Difference
from core.services.export.promises.again import assigned_as_then, promise_in
from core.services.export.record import probabilities_digest
from core.services.predict.predicting import predict
from core.services.predict.voters import checked


@dataclass(frozen=True)
class Replayed:
    """A repeated run.

    Attributes:
        snapshot: what it was repeated on: the run's classes, and labels as they were used.
        plan: what would be written.
        predictions: those of the snapshot.
        refined: they started from refined prototypes.
        images: how many took part.
        bit_identical: the probabilities of all images are the run's, bit by bit.
        differences: in what it differs, each kind once.
    """

    snapshot: Snapshot
    plan: Plan
    predictions: Predictions
    refined: bool
    images: int
    bit_identical: bool
    differences: list[Difference]

    @property
    def same(self) -> bool:
        """Whether nothing but the surroundings differs."""
        return all(difference.kind in SURROUNDINGS for difference in self.differences)

    def as_json(self) -> dict[str, Any]:
        """The contract of ``winnow replay --json``."""
        return {
            "same": self.same,
            "images": self.images,
            "probabilities_identical": self.bit_identical,
            "differences": [difference.as_json() for difference in self.differences],
        }

    def as_text(self) -> str:
        """The same for people."""
        bits = "bit by bit" if self.bit_identical else "though probabilities differ slightly"
        head = (
            f"The assignment of all {self.images} images is the same, {bits}."
            if self.same
            else "The run cannot be repeated as it was:"
        )
        return "\n".join([head, *(f"- {d.as_text()}" for d in self.differences)])


def classes_of(manifest: Mapping[str, Any]) -> Vocabulary:
    """The classes and prompts of a run, in their order.

    Raises:
        WinnowError: the manifest does not hold them properly.
    """
    prompts = manifest["prompts"]
    order, groups = manifest.get("classes", list(prompts)), grouped.names(manifest)
    proper = (
        isinstance(order, list)
        and sorted(str(name) for name in order if name not in groups) == sorted(prompts)
        and all(
            isinstance(texts, list) and all(isinstance(text, str) for text in texts)
            for texts in prompts.values()
        )
    )
    if not proper:
        raise WinnowError(
            "The manifest does not hold the prompts of every class; use it as Winnow wrote it."
        )
    classes = Vocabulary(
        tuple((name, tuple(prompts[name])) for name in order if name not in groups)
    )
    return grouped.regrouped(classes.checked("The manifest"), manifest)


def options_of(manifest: Mapping[str, Any]) -> ExportOptions:
    """The options of a run.

    Raises:
        WinnowError: the manifest does not hold them properly, or is none of a workspace's run.
    """
    if MODEL_FILE in manifest["options"]:
        raise WinnowError(
            "This export was made with a model file: run winnow classify with it once more."
        )
    entry = manifest["options"].get("export")
    try:
        splits = entry["splits"]
        return runs.options(
            entry["mode"],
            tuple(splits) if splits is not None else None,
            entry["review_below"],
            int(entry["seed"]),
            entry["review_margin"],
            entry["formats"],
            bool(entry["verify"]),
            entry.get("unreadable", "keep"),  # as runs were before there was a choice
            bool(entry.get("csv_safe")),
            entry.get("review_ratio"),
            entry.get("questions", ()),
            tuple((name, kind) for name, kind in entry.get("columns", ())),
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
    root = Path(_text(manifest.get("images_root"), "image folder"))
    return located(Path(root.anchor), str(root.relative_to(root.anchor)))


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or not value:
        raise WinnowError(f"The manifest does not name the {what}; use it as Winnow wrote it.")
    return value


def replay(
    snapshot: Snapshot, manifest: Mapping[str, Any], rejected: Sequence[tuple[str, str]]
) -> Replayed:
    """Run again what a manifest describes, and compare.

    Labels are the manifest's where the workspace holds none; where it does, its own are used, and
    those that differ are told. Splits use the manifest's own keys, so they do not depend on what
    other runs the workspace has seen.

    Args:
        snapshot: of images embedded with the manifest's encoder; its classes take no part.
        manifest: from `load_manifest`.
        rejected: images that cannot be used now (path, reason).

    Raises:
        WinnowError: the manifest is not complete.
    """
    classes, options, gone = classes_of(manifest), *_with_questions(snapshot, manifest)
    then = _by_path(manifest["files"])
    stored = {i: label.label for i, label in snapshot.labels.by_id.items() if label.label}
    repeated, labels = differences.labels(stored, manifest, classes, then)
    refined = bool(manifest["options"].get("refined"))
    snapshot = snapshot.under(classes).with_labels(repeated).headed(_head(manifest))
    snapshot = snapshot.speaking(str(manifest["options"].get("words") or ""))
    snapshot = checked(snapshot.voting(_voters(manifest)))
    promise = promise_in(manifest)
    predictions = predict(snapshot, refined)
    predictions = assigned_as_then(snapshot, predictions, promise, then.values())
    keys = {entry["id"]: entry["group"] or entry["id"] for entry in then.values()}
    doubt_of = {entry["id"]: entry["doubt"] for entry in then.values()}
    doubts = [doubt_of.get(image_id) for image_id in snapshot.pool.ids]
    plan = runs.plan(snapshot, predictions, rejected, options, doubts=doubts, keys=keys)
    if manifest["options"].get("delta"):
        plan = _as_then(plan, then)
    plan = replace(plan, promise=promise)
    now = _by_path(_entries(plan))
    identical = probabilities_digest(predictions) == manifest.get("probabilities_digest")
    encoder = snapshot.encoder
    differing = [
        *differences.encoder(encoder, manifest),
        *differences.images(then, now),
        *labels,
        *differences.assignments(then, now),
        *differences.probabilities(then, now, identical),
    ]
    if differing or not identical:
        differing += differences.surroundings(encoder, manifest)
    differing += differences.questions(gone)
    return Replayed(snapshot, plan, predictions, refined, len(now), identical, differing)


def _head(manifest: Mapping[str, Any]) -> str:
    """How the run learned from labels."""
    head = str(manifest["options"].get("head") or PLAIN)
    if head not in NAMES:
        raise WinnowError(
            f"The run learned with a head called {shown(head)}, which this version does not have: "
            "replay it with a later version of Winnow."
        )
    return head


def _voters(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """The encoders that voted in the run."""
    votes = manifest["options"].get("encoders") or {}
    if not isinstance(votes, dict):
        raise WinnowError("The run's record of the encoders that voted is damaged.")
    return tuple(votes)


def _with_questions(
    snapshot: Snapshot, manifest: Mapping[str, Any]
) -> tuple[ExportOptions, list[str]]:
    """The options of a run with those columns that are there still; the names of the others."""
    options = options_of(manifest)
    lost = carried.missing(snapshot, options.columns)
    columns = tuple(column for column in options.columns if column[0] not in lost)
    there = beside.others_of(snapshot.workspace) if options.questions else {}
    gone = [column for column in options.questions if column not in there]
    left = tuple(column for column in options.questions if column in there)
    return replace(options, questions=left, columns=columns), [*gone, *lost]


def _as_then(plan: Plan, then: Mapping[str, Mapping[str, Any]]) -> Plan:
    """The part of a plan that an export of only what was new had, under its names.

    Those depend on the exports before it, which a replay does not know.
    """
    layout, items = layout_of(plan), []
    for item in plan.items:
        entry = then.get(item.assignment.path)
        if entry is None:
            continue
        place, name = layout.file(item), (entry["file"] or "").rpartition("/")[2]
        same = place and place.rpartition("/")[0] == (entry["file"] or "").rpartition("/")[0]
        target = f"{item.target.rpartition('/')[0]}/{name}"
        items.append(replace(item, target=target) if same else item)
    return part_of(plan, items)


def _entries(plan: Plan) -> list[dict[str, Any]]:
    """What the manifest of a plan would say of its images."""
    outcome = Outcome(plan, plan.items, plan.rejected, [])
    blocks = json_blocks(outcome, layout_of(plan), OF_FILE)
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
