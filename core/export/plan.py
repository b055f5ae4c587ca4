"""The plan of an export: which image goes where, settled before a single file is written."""

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from core.errors import WinnowError
from core.export.names import (
    distinct_file_names,
    fold,
    safe_file_name,
    safe_folder_names,
    with_note,
)
from core.export.splits import SPLITS, Split, check_proportions, split_of

Mode = Literal["copy", "hardlink", "symlink"]
MODES: tuple[Mode, ...] = ("copy", "hardlink", "symlink")
REVIEW_FOLDER = "review"
SPLITS_FOLDER = "splits"


@dataclass(frozen=True)
class Assignment:
    """One image and the class it was given.

    `id` is the content id, `path` is relative to the image folder with forward slashes,
    `probability` and `margin` (to the second class) are in [0, 1], `scores` holds the probability
    of every class, `size` is in bytes, and `flags` are free marks such as "near-duplicate".
    """

    id: str
    path: str
    label: str
    probability: float
    margin: float
    scores: dict[str, float]
    source: Literal["human", "model", "prompt"]
    size: int
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rejected:
    """An image that is not written, and why, in words for the user."""

    path: str
    reason: str


@dataclass(frozen=True)
class ExportOptions:
    """How to write.

    `splits` are the shares of train, val and test; `review_below` sends predictions (never human
    labels) of a lower probability to review/; `seed` moves images between splits.
    """

    mode: Mode = "copy"
    splits: tuple[float, float, float] | None = None
    review_below: float | None = None
    seed: int = 0


@dataclass(frozen=True)
class PlanItem:
    """One file to write: `target` is relative to the export, with forward slashes."""

    assignment: Assignment
    target: str
    split: Split | None
    review: bool

    @property
    def split_target(self) -> str | None:
        """Where the file appears a second time, below splits/; None when it is in no split."""
        return f"{SPLITS_FOLDER}/{self.split}/{self.target}" if self.split else None


@dataclass(frozen=True)
class Plan:
    """What an export will write.

    `items` are in order of their original path. `counts` are the images in each class folder,
    without those in review; every class is there, also with 0. `bytes_total` is the size of all
    planned images, whatever the mode. `collisions` are the items whose file name had to change,
    because another file has it or because it is not safe.
    """

    items: list[PlanItem]
    rejected: list[Rejected]
    folders: dict[str, str]
    counts: dict[str, int]
    review: int
    bytes_total: int
    collisions: list[PlanItem]
    options: ExportOptions
    notes: list[str] = field(default_factory=list)

    @property
    def bytes_needed(self) -> int:
        """Bytes that the images will take on the target's file system; links take none."""
        return self.bytes_total if self.options.mode == "copy" else 0


def make_plan(
    assignments: Iterable[Assignment],
    rejected: Iterable[Rejected],
    classes: Sequence[str],
    options: ExportOptions,
) -> Plan:
    """Decide where every image goes. Nothing is read or written.

    Of several files with one name in one folder, the one nearest to the image root (then the first
    by path) keeps it; the others get the folder in which their paths differ, or a number. The
    result does not depend on the order of `assignments`.

    Args:
        assignments: one per image file; files of equal content are separate files.
        rejected: images that could not be read or classified.
        classes: all classes, in the order in which counts are to be shown.
        options: see `ExportOptions`.

    Raises:
        WinnowError: a path leads out of the image folder, a label is not among `classes`, or an
            option makes no sense.
        ValueError: one path is listed twice, as an assignment or as rejected.
    """
    proportions = _check_options(options)
    folders = safe_folder_names(classes)
    ordered = sorted(assignments, key=lambda assignment: assignment.path)
    refused = sorted(rejected, key=lambda entry: entry.path)
    _check_paths(ordered, refused)
    _check_labels(ordered, folders)

    reviewed = [_needs_review(assignment, options.review_below) for assignment in ordered]
    targets = _targets(ordered, reviewed, folders)
    items = [
        PlanItem(
            assignment,
            target,
            split_of(assignment.id, proportions, options.seed)
            if proportions and not review
            else None,
            review,
        )
        for assignment, target, review in zip(ordered, targets, reviewed, strict=True)
    ]
    in_class = Counter(item.assignment.label for item in items if not item.review)
    return Plan(
        items=items,
        rejected=refused,
        folders=folders,
        counts={name: in_class[name] for name in folders},
        review=sum(reviewed),
        bytes_total=sum(assignment.size for assignment in ordered),
        collisions=[item for item in items if _is_renamed(item)],
        options=options,
        notes=_notes(items, folders, proportions),
    )


def check_relative(path: str, where: str) -> None:
    """Refuse a path that could lead out of the folder it is relative to.

    Raises:
        WinnowError: `path` is empty, absolute, or has a part that is empty, "." or "..".
    """
    parts = path.replace(os.sep, "/").split("/")
    if "\0" in path or any(part in ("", ".", "..") for part in parts):
        raise WinnowError(
            f"The path {path!r} does not stay inside {where}; "
            "give paths relative to it, without '..'."
        )


def _check_options(options: ExportOptions) -> tuple[float, float, float] | None:
    if options.mode not in MODES:
        raise WinnowError(f"Unknown mode {options.mode!r}; choose one of {', '.join(MODES)}.")
    threshold = options.review_below
    if threshold is not None and not 0 <= threshold <= 1:
        raise WinnowError(
            f"The review threshold is a probability from 0 to 1, not {threshold:g}; "
            "give for example 0.5."
        )
    return check_proportions(options.splits) if options.splits is not None else None


def _check_paths(ordered: list[Assignment], refused: list[Rejected]) -> None:
    paths = [assignment.path for assignment in ordered]
    for path in paths:
        check_relative(path, "the image folder")
    repeated = [path for path, n in Counter(paths + [r.path for r in refused]).items() if n > 1]
    if repeated:
        raise ValueError(f"listed more than once in one export: {sorted(repeated)[:3]}")


def _check_labels(ordered: list[Assignment], folders: dict[str, str]) -> None:
    for assignment in ordered:
        if assignment.label not in folders:
            raise WinnowError(
                f"The image {assignment.path!r} has the label {assignment.label!r}, which is not "
                "one of the classes; add the class or correct the label."
            )


def _needs_review(assignment: Assignment, threshold: float | None) -> bool:
    if threshold is None or assignment.source == "human":
        return False
    # Written this way round so that a probability of NaN goes to review too.
    return not assignment.probability >= threshold


def _targets(ordered: list[Assignment], reviewed: list[bool], folders: dict[str, str]) -> list[str]:
    """The path of each file inside the export; see `make_plan` for who keeps a name."""
    by_folder: dict[str, list[int]] = defaultdict(list)
    for index, (assignment, review) in enumerate(zip(ordered, reviewed, strict=True)):
        folder = folders[assignment.label]
        by_folder[f"{REVIEW_FOLDER}/{folder}" if review else folder].append(index)
    targets = [""] * len(ordered)
    for folder, indexes in by_folder.items():
        indexes.sort(key=lambda i: _precedence(ordered[i].path))
        names = distinct_file_names(_wanted_names([ordered[i].path for i in indexes]))
        for index, name in zip(indexes, names, strict=True):
            targets[index] = f"{folder}/{name}"
    return targets


def _precedence(path: str) -> tuple[bool, int, str]:
    """Untouched names first, then files nearest to the root, then by path."""
    name = path.rpartition("/")[2]
    return safe_file_name(name) != name, path.count("/"), path


def _wanted_names(paths: list[str]) -> list[tuple[str, list[str]]]:
    """For each file its own safe name, and what to call it when an earlier file has that."""
    keepers: dict[str, str] = {}
    wanted: list[tuple[str, list[str]]] = []
    for path in paths:
        own = safe_file_name(path.rpartition("/")[2])
        keeper = keepers.setdefault(fold(own), path)
        note = _telling_folder(path, keeper)
        wanted.append((own, [with_note(own, note)] if note else []))
    return wanted


def _telling_folder(path: str, keeper: str) -> str | None:
    """The innermost folder of `path` that is not also the keeper's at the same height."""
    here, there = path.split("/")[-2::-1], keeper.split("/")[-2::-1]
    for height, folder in enumerate(here):
        if height >= len(there) or there[height] != folder:
            return folder
    return None


def _is_renamed(item: PlanItem) -> bool:
    return item.target.rpartition("/")[2] != item.assignment.path.rpartition("/")[2]


def _notes(
    items: list[PlanItem],
    folders: dict[str, str],
    proportions: tuple[float, float, float] | None,
) -> list[str]:
    notes = [
        f"Class {name!r} is in the folder {folder!r}, because the name is no safe folder name "
        "or clashes with another."
        for name, folder in folders.items()
        if name != folder
    ]
    if proportions is None:
        return notes
    filled = {(item.assignment.label, item.split) for item in items}
    for split, share in zip(SPLITS, proportions, strict=True):
        missing = [
            name
            for name in folders
            if share > 0
            and (name, split) not in filled
            and any((name, other) in filled for other in SPLITS)
        ]
        if missing:
            notes.append(
                f"No image of {', '.join(repr(name) for name in missing)} fell into "
                f"splits/{split}: too few images for this share; try another seed or add images."
            )
    return notes
