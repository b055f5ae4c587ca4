"""Labels brought along: from a CSV file, or from the folders that the images lie in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from core.project.project import Project
from core.prompts.templates import expand
from core.prompts.vocabulary import Vocabulary, clean
from core.runtime.errors import WinnowError
from core.store.labels.sqlite import Event

MOST_CLASSES = 60  # folders beyond this many are dates or products, not classes


@dataclass(frozen=True)
class Imported:
    """``batch`` undoes it; ``missing`` paths are no embedded image; ``unknown`` counts labels of
    classes that the vocabulary does not have."""

    batch: str
    labels: int
    missing: int
    unknown: dict[str, int]


def import_labels(
    project: Project, given: Mapping[str, str], annotator: str, source: str = "import"
) -> Imported:
    """Store labels by relative path.

    Raises:
        WinnowError: none of the paths is an embedded image.
    """
    rows, ids = project.pool().row_of_path(), project.pool().ids
    events = [Event(ids[rows[path]], label) for path, label in given.items() if path in rows]
    if not events:
        raise WinnowError(
            f"None of the {len(given)} paths is an embedded image of {project.workspace.images}: "
            "write paths relative to that folder, and embed the images first."
        )
    names = set(project.vocabulary().names)
    unknown = Counter(event.label for event in events if event.label and event.label not in names)
    batch = project.labels.add(events, annotator, source)
    return Imported(batch, len(events), len(given) - len(events), dict(unknown))


def folder_names(project: Project) -> dict[str, str]:
    """Path → name of the innermost folder; empty when the folders are too many to be classes."""
    found = {
        file.path: clean(PurePosixPath(file.path).parent.name)
        for files in project.pool().files
        for file in files
        if "/" in file.path
    }
    found = {path: name for path, name in found.items() if name}
    return found if 2 <= len(set(found.values())) <= MOST_CLASSES else {}


def add_classes(project: Project, names: list[str]) -> None:
    """Add classes that the vocabulary lacks, with general prompts."""
    kept = project.vocabulary()
    have = {name.casefold() for name in kept.names}
    fresh = [name for name in names if name.casefold() not in have]
    if fresh:
        project.save_vocabulary(
            Vocabulary((*kept.classes, *((name, expand(name)) for name in fresh)))
        )
