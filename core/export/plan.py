"""The plan of an export: which image goes where, settled before a single file is written."""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Literal

from core.export.options import ExportOptions
from core.export.splits import Split
from core.runtime.errors import WinnowError

REVIEW_FOLDER = "review"
UNSURE_FOLDER = "unsure"
"""Within a group of classes, for images that are in it, but who knows in which class."""
CONVERTED = "converted"
"""The mark of an image whose file in the export is in another format than the original."""
_LEAD_OUT = ("//", "/./", "/../", "\0")
SPLITS_FOLDER = "splits"


@dataclass(frozen=True)
class Assignment:
    """One image and the class it was given.

    `id` is the content id, `path` is relative to the image folder with forward slashes,
    `probability` and `margin` (to the second class) are in [0, 1], `ratio` is how many times as
    probable as the second class the first is, from 1, `scores` holds the probability
    of every class, `size` is in bytes, and `flags` are free marks such as "exact-duplicate".
    `group` decides the split in place of the id: images of one group share it. `doubt` is a reason
    to send a prediction to review/ that was found outside, such as a conformal set of two classes.
    `width` and `height` are in pixels, `content` is what the file holds, as Pillow calls it
    ("JPEG"), whatever its suffix says; None when unknown. `others` are its labels in other
    questions, one for each of the options' `questions`, None where people gave it none. `cells` are
    what people brought of it, one for each of the options' `columns`, None where there is nothing.
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
    content: str | None = None
    ratio: float = math.inf
    others: tuple[str | None, ...] = ()
    cells: tuple[str | int | float | None, ...] = ()


@dataclass(frozen=True)
class Rejected:
    """An image that is not written, and why, in words for the user."""

    path: str
    reason: str


@dataclass(frozen=True)
class PlanItem:
    """One file to write: `target` is relative to the export, with forward slashes.

    `reason` says why the image is in review/, None when it is not; `convert` to which format it is
    converted ("PNG", "JPEG"), None when the bytes stay as they are.
    """

    assignment: Assignment
    target: str
    split: Split | None
    review: bool
    reason: str | None = None
    convert: str | None = None

    @property
    def split_target(self) -> str | None:
        """Where the file appears a second time, below splits/; None when it is in no split."""
        return f"{SPLITS_FOLDER}/{self.split}/{self.target}" if self.split else None


@dataclass(frozen=True)
class Plan:
    """What an export will write.

    `items` are in order of their original path. `counts` are the images in each class folder,
    without those in review; every class is there, also with 0. `bytes_total` is the size of all
    planned images, whatever the mode, and `bytes_needed` what the images will take on the target's
    file system; links take none. `collisions` are the items whose file name had to change, because
    another file has it, because it is not safe or because a reader would pass over it. `folders`
    are class → folder, and `notes` sentences for the user; those of `unseen`, which are among them,
    tell what programs will pass over. `nested` are class or group → folder in folders of groups,
    empty without groups; formats that know no folders in folders take `folders`. `delta` says
    what is left out because earlier exports hold it, None when nothing is; `promise` what is
    promised of all that is sorted, with its evidence ("words" are sentences), None without one.
    """

    items: list[PlanItem]
    rejected: list[Rejected]
    folders: dict[str, str]
    counts: dict[str, int]
    review: int
    bytes_total: int
    bytes_needed: int
    collisions: list[PlanItem]
    options: ExportOptions
    notes: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    nested: Mapping[str, str] = field(default_factory=dict)
    delta: Mapping[str, Any] | None = None
    promise: Mapping[str, Any] | None = None

    def place(self, item: PlanItem) -> str:
        """Where a file lies in folders that know groups, relative to the export."""
        if item.review or not self.nested:
            return item.target
        return f"{self.nested[item.assignment.label]}/{item.target.rpartition('/')[2]}"

    def digest(self) -> str:
        """Hex digest of everything that decides which files are written and what they hold.

        Equal plans of one image folder give equal files, so one can go on where another stopped.
        """
        options = (self.options.mode, self.options.formats, self.options.csv_safe)
        lines = [repr((*options, self.folders, *([dict(self.nested)] if self.nested else [])))]
        lines += [
            f"{item.target}\t{item.split}\t{item.assignment.id}\t{item.assignment.path}"
            f"\t{item.convert}"
            for item in self.items
        ]
        text = "\n".join(lines).encode(errors="surrogatepass")
        return blake2b(text, digest_size=8).hexdigest()


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


def is_renamed(item: PlanItem) -> bool:
    """Whether the file could not keep its name, because that is taken or unsafe."""
    return item.target.rpartition("/")[2] != item.assignment.path.rpartition("/")[2]
