"""Labels brought along: from a CSV file, or from the folders that the images lie in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from core.images.names import shown
from core.project.pool import Pool
from core.project.snapshot import Snapshot
from core.prompts.vocabulary import clean
from core.runtime.errors import WinnowError
from core.store.labels.base import Event
from core.store.labels.sqlite import LabelStore

MOST_CLASSES = 60  # folders beyond this many are dates or products, not classes


@dataclass(frozen=True)
class Imported:
    """Labels that were taken over.

    Attributes:
        batch: undoes them together.
        labels: how many they are.
        missing: number of paths that are no embedded image.
        unknown: name → number of labels of a class that the vocabulary does not have.
    """

    batch: str
    labels: int
    missing: int
    unknown: dict[str, int]


def import_labels(
    snapshot: Snapshot,
    store: LabelStore,
    labels: Mapping[str, str],
    annotator: str,
    source: str = "import",
) -> Imported:
    """Store labels by relative path.

    Args:
        store: takes them.
        labels: relative path → class, which need not be one of the snapshot's.

    Raises:
        WinnowError: none of the paths is an embedded image.
    """
    ids, matched = snapshot.pool.ids, snapshot.pool.match(labels.items())
    events = [Event(ids[row], label) for row, label in matched.values]
    if not events:
        raise WinnowError(
            f"None of the {len(labels)} paths is an embedded image of "
            f"{snapshot.workspace.images}: write paths relative to that folder, and embed the "
            "images first."
        )
    names = set(snapshot.names)
    unknown = Counter(event.label for event in events if event.label and event.label not in names)
    batch = store.add(events, annotator, source)
    return Imported(batch, len(events), len(matched.missing), dict(unknown))


def with_labels_of(
    snapshot: Snapshot, labels: Mapping[str, str], note: Callable[[str], object]
) -> Snapshot:
    """The snapshot with labels of one call only, which outrank the stored ones.

    Args:
        labels: relative path → class.
        note: told of paths that are no usable image, when others are one.

    Raises:
        WinnowError: there are labels and none is of an image, or one is of none of the classes.
    """
    named = {path: (path, label) for path, label in labels.items()}
    matched = snapshot.match(named, " of the labels")
    if matched.missing:
        note(
            f"{len(matched.missing)} of {len(labels)} labels belong to no usable image, "
            f"the first to {shown(matched.missing[0])}; they take no part."
        )
    by_id: dict[str, str] = {}
    for row, (path, label) in matched.values:
        if label not in snapshot.names:
            raise WinnowError(
                f"The labels call {path} {label!r}, which is not among the classes "
                f"({', '.join(snapshot.names[:10])}): correct the label or add the class."
            )
        by_id[snapshot.pool.ids[row]] = label
    return snapshot.with_labels(by_id)


def folder_names(pool: Pool) -> dict[str, str]:
    """Relative path → name of the innermost folder, of the images that lie in one.

    Empty when the folders are too many to be classes, or only one.
    """
    of_folder: dict[str, str] = {}  # tens of thousands of files lie in a few folders
    names: dict[str, str] = {}
    for path in pool.rows_by_path:
        folder = path.rpartition("/")[0]
        if folder not in of_folder:
            of_folder[folder] = clean(PurePosixPath(folder).name)
        if name := of_folder[folder]:
            names[path] = name
    return names if 2 <= len(set(names.values())) <= MOST_CLASSES else {}
