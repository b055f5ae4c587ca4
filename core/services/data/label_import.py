"""Labels brought along: from a CSV file, or from the folders that the images lie in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.images.names import shown
from core.project.pool import Pool
from core.project.project import Project
from core.project.snapshot import Snapshot
from core.prompts.vocabulary import check_names
from core.runtime.errors import WinnowError
from core.services.data.folders import counted, part
from core.services.data.label_review import Review, review
from core.store.csv_tables import LabelTable
from core.store.labels.base import Event, Kind
from core.store.labels.drawn import note_drawn
from core.store.people.gate import doing
from core.store.people.roles import IMPORT
from core.store.table_rows import in_words

_KINDS: dict[str, Kind] = {"none": "none", "unusable": "unusable"}
MOST_CLASSES = 60  # folders beyond this many are dates or products, not classes


@dataclass(frozen=True)
class Imported:
    """Labels that were taken over.

    Attributes:
        batch: undoes them together.
        review: what counts of the table, and what does not.
    """

    batch: str
    review: Review

    @property
    def labels(self) -> int:
        """How many images were labeled."""
        return len(self.review.labels)

    @property
    def missing(self) -> int:
        """Number of paths that are no embedded image."""
        return self.review.missing

    @property
    def unknown(self) -> dict[str, int]:
        """Name → number of labels of a class that the vocabulary does not have."""
        return self.review.unknown


def import_labels(
    project: Project,
    labels: Mapping[str, str],
    annotator: str,
    source: str = "import",
    random: bool = False,
) -> Imported:
    """Store labels by relative path.

    A label that reads as a class, but is spelled otherwise, is stored as the class is spelled.

    Args:
        labels: relative path → class, which need not be one of the project's.
        random: these images were drawn at random, so that they count as audit images.

    Raises:
        WinnowError: none of the rows counts, or the vocabulary file could not hold the classes
            that they name; nothing is stored then.
    """
    snapshot = project.snapshot()
    result = checked(snapshot, labels)
    ids = snapshot.pool.ids
    events = [Event(ids[row], label) for row, label in result.labels.items()]
    events += [Event(ids[row], None, _KINDS[kind]) for row, kind in result.answers.items()]
    with doing(project.workspace.home, IMPORT, f"{len(events):,} labels as {annotator}'s"):
        if random:
            note_drawn(project.workspace, [event.image_id for event in events])
        return Imported(project.labels.add(events, annotator, source), result)


def checked(snapshot: Snapshot, labels: Mapping[str, str]) -> Review:
    """What ``import_labels`` would store; raises as it does."""
    result = review(snapshot, labels)
    if not result.labels and not result.answers:
        paths = len(labels) + (len(labels.answers) if isinstance(labels, LabelTable) else 0)
        if result.missing < paths:
            raise WinnowError(
                f"None of the {result.rows:,} rows counts ({in_words(result.rejected)}): correct "
                "them first."
            )
        raise WinnowError(
            f"None of the {paths} paths is an embedded image of "
            f"{snapshot.workspace.images}: write paths relative to that folder, and embed the "
            "images first."
        )
    check_names([*snapshot.names, *result.unknown], "The labels cannot be taken over")
    return result


def with_labels_of(
    snapshot: Snapshot, labels: Mapping[str, str], note: Callable[[str], object]
) -> Snapshot:
    """The snapshot with labels of one call only, which outrank the stored ones.

    Args:
        labels: relative path → class.
        note: told of rows that do not count, and of spellings, when other rows count.

    Raises:
        WinnowError: there are labels and none is of an image, or one is of none of the classes.
    """
    if not labels:
        return snapshot
    result = review(snapshot, labels)
    if not result.labels:
        snapshot.match(labels, " of the labels")
        raise WinnowError(f"No label counts ({in_words(result.rejected)}): correct them first.")
    for sentence in result.remarks("The labels"):
        note(sentence)
    for row, label in result.labels.items():
        if label in result.unknown:
            raise WinnowError(
                f"The labels call {shown(snapshot.pool.paths[row])} {label!r}, which is not among "
                f"the classes ({', '.join(snapshot.names[:10])}): correct the label or add the "
                "class."
            )
    ids = snapshot.pool.ids
    return snapshot.with_labels({ids[row]: label for row, label in result.labels.items()})


def folder_labels(folders: Mapping[str, int], level: int | None = None) -> Counter[str]:
    """Name → images in folders of that name, as ``folder_names`` would give them to images.

    Args:
        folders: from `core.services.data.folders.counted`, of the paths of a pool.
    """
    names: Counter[str] = Counter()
    for folder, count in folders.items():
        if name := part(folder, -1 if level is None else level):
            names[name] += count
    return names if 2 <= len(names) <= MOST_CLASSES else Counter()


def folder_names(pool: Pool, level: int | None = None) -> dict[str, str]:
    """Relative path → name of its folder, of the images that lie in one.

    Empty when the folders are too many to be classes, or only one.

    Args:
        level: which folder of a path, 1 for the outermost; None for the innermost.
    """
    folders = counted(pool.rows_by_path)
    if not folder_labels(folders, level):
        return {}
    # Tens of thousands of files lie in a few folders.
    of_folder = {folder: part(folder, -1 if level is None else level) for folder in folders}
    named = ((path, of_folder[path.rpartition("/")[0]]) for path in pool.rows_by_path)
    return {path: name for path, name in named if name}
