"""What the one-page report is made of: the record of an export, or predictions as they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.export.record.past import Run, runs_of
from core.export.record.run import MODEL_FILE, load_manifest
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.services.export import grouped
from core.services.export.record import record_of
from core.services.export.runs import options, plan
from core.store.workspace import Workspace

_DELTA = "The export holds only what earlier ones lacked, and so do the counts here."


@dataclass(frozen=True)
class Facts:
    """What the page is made of.

    Attributes:
        when: of the export, or now.
        export: its name; "" where the page is of predictions that nobody exported.
        counts: class → images in its folder, or predicted to be of it.
        files: class → (content id, path) of those images.
        review, rejected: images in review/, and those that could not be used.
        people: images whose class people decided.
        labels: labels that the model learned from.
        model: its title.
        metrics, basis: figures in the form of ``winnow evaluate --json``, and what they are from.
        caveats, promise: sentences.
        groups: names in ``counts`` that are of groups of classes.
    """

    when: datetime
    export: str
    counts: Mapping[str, int]
    files: Mapping[str, Sequence[tuple[str, str]]]
    review: int
    rejected: int
    people: int
    labels: int
    model: str
    metrics: Mapping[str, Any] | None
    basis: str | None
    caveats: Sequence[str]
    promise: Sequence[str] = field(default=())
    groups: frozenset[str] = frozenset()

    @property
    def sorted_images(self) -> int:
        """Images that have a class."""
        return sum(self.counts.values())

    @property
    def folders(self) -> str:
        """Into how many classes and groups images were sorted."""
        used = [name for name, count in self.counts.items() if count]
        groups = len(self.groups.intersection(used))
        classes = f"{len(used) - groups:,} {'class' if len(used) - groups == 1 else 'classes'}"
        if not groups:
            return classes
        return f"{classes} and {groups:,} {'group' if groups == 1 else 'groups'} of classes"


def latest_export(workspace: Workspace) -> Run | None:
    """The record of the last export of a question; None without any."""
    return next(reversed(runs_of(workspace.runs)), None)


def of_export(run: Run) -> Facts:
    """What the record of an export says.

    Raises:
        WinnowError: it cannot be read.
    """
    manifest = load_manifest(run.folder)
    entries = manifest["files"]
    files: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for entry in entries:
        if not entry["review"]:
            files[entry["class"]].append((entry["id"], entry["path"]))
    names = list(dict.fromkeys([*(manifest.get("classes") or manifest["prompts"]), *files]))
    encoder, labels = manifest["encoder"], manifest["labels"]
    return Facts(
        when=run.when,
        export=run.name,
        counts={name: len(files[name]) for name in names},
        files=files,
        review=sum(entry["review"] for entry in entries),
        rejected=len(manifest["rejected"]),
        people=sum(entry["source"] == "human" for entry in entries),
        labels=len(labels["classes"]),
        model=_text(encoder.get("title")) or _text(manifest["options"].get(MODEL_FILE)),
        metrics=_mapping(manifest.get("metrics")),
        basis=_text(manifest.get("metrics_basis")) or None,
        caveats=[
            *([_DELTA] if manifest["options"].get("delta") else []),
            *_texts(manifest.get("caveats")),
        ],
        promise=_texts((_mapping(manifest["options"].get("promise")) or {}).get("words")),
        groups=frozenset(grouped.names(manifest)),
    )


def of_predictions(snapshot: Snapshot, predictions: Predictions) -> Facts:
    """What an export of everything would come to now."""
    made = plan(snapshot, predictions, [], options("symlink", None, None, 0))
    record = record_of(snapshot, predictions, made)
    files: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for item in made.items:
        files[item.assignment.label].append((item.assignment.id, item.assignment.path))
    return Facts(
        when=datetime.now(),
        export="",
        counts=made.counts,
        files=files,
        review=0,
        rejected=0,
        people=sum(item.assignment.source == "human" for item in made.items),
        labels=record.label_count,
        model=record.model_title,
        metrics=record.metrics,
        basis=record.metrics_basis,
        caveats=record.caveats,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _mapping(value: object) -> Mapping[str, Any] | None:
    return value if isinstance(value, Mapping) else None
