"""The last changes of the classes taken back, with the labels that were changed with them."""

from __future__ import annotations

from core.project.vocabulary_file import VocabularyFile
from core.prompts.vocabulary import Vocabulary
from core.store.history import signatures
from core.store.labels.answers import Labels


def can_undo(file: VocabularyFile) -> bool:
    """Whether there is anything to take back."""
    return len(file.steps()) > 1


def undo_change(file: VocabularyFile, labels: Labels, annotator: str, steps: int = 1) -> None:
    """Take the last changes back. Pressed again, it goes one further.

    Labels that were given since stay.

    Raises:
        WinnowError: the file, or the labels, cannot be read or written.
    """
    with file.guard.one("the last change of the classes was taken back"):
        file.go_back(steps, lambda batch: _take_back(file, labels, batch, annotator))


def _take_back(file: VocabularyFile, labels: Labels, batch: str, annotator: str) -> None:
    labels.undo(batch, annotator)
    signatures.renamed_back(file.path.parent, batch)


def restore_version(
    file: VocabularyFile, labels: Labels, version: Vocabulary, annotator: str
) -> None:
    """Make an earlier version the present one.

    Where it lies on the way to the present, all changes since are taken back, those of labels too;
    a version that was taken back itself becomes a new change, and labels stay as they are.

    Raises:
        WinnowError: the file, or the labels, cannot be read or written.
    """
    way = [step.vocabulary for step in file.steps()]
    if version in way[:-1]:
        back = way[::-1].index(version) if version != way[-1] else 0
        if back:
            undo_change(file, labels, annotator, back)
        return
    file.save_classes(version)
