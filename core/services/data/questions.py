"""What is known of each question of a workspace, without its images."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from core.export.record.past import runs_of
from core.project.vocabulary_file import VocabularyFile
from core.runtime.errors import WinnowError
from core.store.labels.stores import has_store, open_labels
from core.store.workspace import Workspace


@dataclass(frozen=True)
class Overview:
    """A question in numbers.

    Attributes:
        slug, name: its short name and the one that people gave it.
        classes: how many; 0 too while the file with them cannot be read.
        labeled: images that have a label, also of a class that is none of these.
        runs: exports that are on record.
    """

    slug: str
    name: str
    classes: int
    labeled: int
    runs: int

    def as_json(self) -> dict[str, Any]:
        """The contract of ``winnow questions list --json``."""
        return asdict(self)


def overview(workspace: Workspace, name: str) -> Overview:
    """Count what a question has.

    Raises:
        WinnowError: its labels are damaged or locked.
    """
    file = VocabularyFile(workspace.vocabulary, workspace.vocabulary_history)
    try:
        classes = len(file.classes().names)
    except WinnowError:  # said where it is asked for
        classes = 0
    labeled = len(open_labels(workspace).classes()) if has_store(workspace) else 0
    return Overview(workspace.question, name, classes, labeled, len(runs_of(workspace.runs)))
