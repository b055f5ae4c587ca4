"""The contract of an export format, and what it is handed to write itself.

A format is one module of this package with a constant `FORMAT`. Nothing else has to know of it: the
registry finds it, the page and the command line list it, and the contract test tries it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.export.layout import Layout, Tree
from core.export.options import ExportOptions
from core.export.plan import Plan, PlanItem
from core.export.readers.known import Reader
from core.export.record.run import Outcome


@dataclass(frozen=True)
class Job:
    """All that a format needs to write itself.

    Attributes:
        folder: the unfinished export; image files lie in it already, as `layout` says.
        outcome: the plan, the items that are really there, and what was rejected.
        layout: where each image file lies.
        read: the whole content of an image; WinnowError when it changed a moment ago.
        step: to be called after each item of the outcome by a format that holds images; raises
            Cancelled to stop.
        records: finished records at the top of the export; empty unless the format holds them.
    """

    folder: Path
    outcome: Outcome
    layout: Layout
    read: Callable[[PlanItem], bytes]
    step: Callable[[], None]
    records: Sequence[Path] = ()


def _accept(options: ExportOptions) -> None:
    """Nothing to refuse."""


def _say_nothing(plan: Plan) -> list[str]:
    return []


def _write_nothing(job: Job) -> None:
    """The image files are all there is."""


@dataclass(frozen=True)
class ExportFormat:
    """One form in which an export can be had.

    Attributes:
        name: as typed after ``--format`` and kept in manifests; never changes.
        title: as the page shows it.
        order: place among the formats, in lists and in writing.
        own_names: files and folders that it makes at the top of an export; no class folder gets one
            of these names.
        check: raises WinnowError, in one sentence that names the format, where it cannot be written
            with these options.
        notes: sentences for the user on what a plan means for this format.
        reader: the program that people read it with, where that looks at suffixes.
        tree: how it lays image files out, for a plan; None when it writes no image files.
        by_class: its image files lie in a folder a class, so that moving one says something.
        write: writes everything beside the image files below ``job.folder``, with equal bytes for
            equal jobs; lets OSError, WinnowError and Cancelled pass.
        holds_images: ``write`` puts the bytes of the images in files of its own.
        holds_records: ``write`` takes the finished records in, so it comes after the manifest.
    """

    name: str
    title: str
    order: int
    own_names: frozenset[str] = frozenset()
    check: Callable[[ExportOptions], None] = _accept
    notes: Callable[[Plan], list[str]] = _say_nothing
    reader: Reader | None = None
    tree: Callable[[Plan], Tree] | None = None
    write: Callable[[Job], None] = _write_nothing
    holds_images: bool = False
    holds_records: bool = False
    by_class: bool = True
