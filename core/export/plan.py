"""The plan of an export: which image goes where, settled before a single file is written."""

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Literal

from core.export.names import safe_folder_names
from core.export.options import ExportOptions, check_options
from core.export.splits import SPLITS, Split, split_of
from core.export.targets import settle
from core.runtime.errors import WinnowError

REVIEW_FOLDER = "review"
_LEAD_OUT = ("//", "/./", "/../", "\0")
SPLITS_FOLDER = "splits"


@dataclass(frozen=True)
class Assignment:
    """One image and the class it was given.

    `id` is the content id, `path` is relative to the image folder with forward slashes,
    `probability` and `margin` (to the second class) are in [0, 1], `scores` holds the probability
    of every class, `size` is in bytes, and `flags` are free marks such as "exact-duplicate".
    `group` decides the split in place of the id: images of one group share it. `doubt` is a reason
    to send a prediction to review/ that was found outside, such as a conformal set of two classes.
    `width` and `height` are in pixels, None when unknown.
    """

    id: str
    path: str
    label: str
    probability: float
    margin: float
    scores: Mapping[str, float]
    source: Literal["human", "model", "prompt"]
    size: int
    flags: tuple[str, ...] = ()
    group: str | None = None
    doubt: str | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class Rejected:
    """An image that is not written, and why, in words for the user."""

    path: str
    reason: str


@dataclass(frozen=True)
class PlanItem:
    """One file to write: `target` is relative to the export, with forward slashes.

    `reason` says why the image is in review/, None when it is not.
    """

    assignment: Assignment
    target: str
    split: Split | None
    review: bool
    reason: str | None = None

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
        times = len(self.options.archives)
        if self.options.mode == "copy" and self.options.has_tree:
            times += 1
        return times * self.bytes_total

    def digest(self) -> str:
        """Hex digest of everything that decides which files are written and what they hold.

        Equal plans of one image folder give equal files, so one can go on where another stopped.
        """
        chosen = self.options
        told = [repr((chosen.mode, chosen.formats, self.folders))]
        told += [
            f"{item.target}\t{item.split}\t{item.assignment.id}\t{item.assignment.path}"
            for item in self.items
        ]
        text = "\n".join(told).encode(errors="surrogatepass")
        return blake2b(text, digest_size=8).hexdigest()


def make_plan(
    assignments: Iterable[Assignment],
    rejected: Iterable[Rejected],
    classes: Sequence[str],
    options: ExportOptions,
) -> Plan:
    """Decide where every image goes. Nothing is read or written.

    See `settle` for who keeps a name that several files have. The result does not depend on the
    order of `assignments`.

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
    shares = check_options(options)
    folders = safe_folder_names(classes)
    ordered = sorted(assignments, key=lambda assignment: assignment.path)
    refused = sorted(rejected, key=lambda entry: entry.path)
    _check_paths(ordered, refused)
    _check_labels(ordered, folders)

    reasons = [_reason(assignment, options) for assignment in ordered]
    targets = settle(
        [_folder(folders[a.label], why) for a, why in zip(ordered, reasons, strict=True)],
        [assignment.path for assignment in ordered],
    )
    items = [
        PlanItem(
            assignment,
            target,
            split_of(assignment.group or assignment.id, shares, options.seed)
            if shares and why is None
            else None,
            why is not None,
            why,
        )
        for assignment, target, why in zip(ordered, targets, reasons, strict=True)
    ]
    in_class = Counter(item.assignment.label for item in items if not item.review)
    return Plan(
        items=items,
        rejected=refused,
        folders=folders,
        counts={name: in_class[name] for name in folders},
        review=sum(item.review for item in items),
        bytes_total=sum(assignment.size for assignment in ordered),
        collisions=[item for item in items if is_renamed(item)],
        options=options,
        notes=_notes(items, folders, options, shares),
    )


def check_relative(paths: Sequence[str], where: str) -> None:
    """Refuse paths that could lead out of the folder they are relative to.

    Raises:
        WinnowError: one is empty, absolute, or has a part that is empty, "." or "..".
    """
    # All at once first: one by one, 60,000 images would take as long as linking 10,000 files.
    if not _leads_out("/\n/".join(paths)):
        return
    for path in paths:
        if _leads_out(path):
            raise WinnowError(
                f"The path {path!r} does not stay inside {where}; "
                "give paths relative to it, without '..'."
            )


def _leads_out(path: str) -> bool:
    parts = f"/{path}/" if os.sep == "/" else f"/{path}/".replace(os.sep, "/")
    return any(wrong in parts for wrong in _LEAD_OUT)


def _check_paths(ordered: list[Assignment], refused: list[Rejected]) -> None:
    paths = [assignment.path for assignment in ordered]
    check_relative(paths, "the image folder")
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


def _reason(assignment: Assignment, options: ExportOptions) -> str | None:
    """Why an image goes to review/; None when it does not. What people said is never in doubt."""
    if assignment.source == "human":
        return None
    # Both written this way round so that NaN goes to review too.
    below, margin = options.review_below, options.review_margin
    if below is not None and not assignment.probability >= below:
        return f"probability {assignment.probability:.3f} is below {below:g}"
    if margin is not None and not assignment.margin >= margin:
        return f"lead over the second class {assignment.margin:.3f} is below {margin:g}"
    return assignment.doubt


def _folder(own: str, reason: str | None) -> str:
    return own if reason is None else f"{REVIEW_FOLDER}/{own}"


def is_renamed(item: PlanItem) -> bool:
    """Whether the file could not keep its name, because that is taken or unsafe."""
    return item.target.rpartition("/")[2] != item.assignment.path.rpartition("/")[2]


def _notes(
    items: list[PlanItem],
    folders: dict[str, str],
    options: ExportOptions,
    shares: tuple[float, float, float] | None,
) -> list[str]:
    notes = [
        f"Class {name!r} is in the folder {folder!r}, because the name is no safe folder name "
        "or clashes with another."
        for name, folder in folders.items()
        if name != folder
    ]
    own = [
        name
        for name, made in (
            (REVIEW_FOLDER, any(item.review for item in items)),
            (SPLITS_FOLDER, shares is not None),
        )
        if made
    ]
    if own and "folders" in options.formats:
        better = f"point them at {SPLITS_FOLDER}/train" if shares else "move it elsewhere first"
        notes.append(
            f"Programs that take every folder for a class, such as torchvision's ImageFolder, "
            f"would take {' and '.join(f'{name}/' for name in own)} for one too: {better}."
        )
    return notes + (_empty_splits(items, folders, shares) if shares else [])


def _empty_splits(
    items: list[PlanItem], folders: dict[str, str], shares: tuple[float, float, float]
) -> list[str]:
    filled = {(item.assignment.label, item.split) for item in items}
    notes = []
    for split, share in zip(SPLITS, shares, strict=True):
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
