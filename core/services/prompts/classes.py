"""Classes taken up from elsewhere and added; for changes of those there are: restructuring.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

import numpy as np

from core.project.snapshot import Snapshot
from core.project.vocabulary_file import VocabularyFile
from core.prompts.templates import expand
from core.prompts.vocabulary import Vocabulary, check_names, clean
from core.runtime import roots
from core.runtime.spelling import same
from core.store.workspace import Workspace

FOLDER_FILE = "prompts.yaml"
"""Name of the file with classes that may lie in an image folder."""


def use_folder_vocabulary(workspace: Workspace, file: VocabularyFile) -> bool:
    """Take up the ``prompts.yaml`` of the image folder when there are no classes or tags yet.

    Returns:
        Whether that was done.

    Raises:
        WinnowError: the prompts file cannot be used.
    """
    roots.check(workspace.images / FOLDER_FILE)
    return file.adopt(workspace.images / FOLDER_FILE)


class Classes(Protocol):
    """Classes that can be changed: a vocabulary file, or the project that has it."""

    def update_classes(self, change: Callable[[Vocabulary], Vocabulary]) -> Vocabulary:
        """See `VocabularyFile.update_classes`."""
        ...


def add_classes(file: Classes, names: Iterable[str]) -> list[str]:
    """Add the classes that are not there yet, with prompts of the general family.

    Args:
        names: as they were typed; case and signs that nobody sees do not make another class.

    Returns:
        The names that were added.

    Raises:
        WinnowError: a name cannot be that of a class, there are too many, or the file cannot be
            read or written; nothing is added then.
    """
    added: list[str] = []

    def extended(classes: Vocabulary) -> Vocabulary:
        taken = {same(name) for name in classes.names}
        for name in dict.fromkeys(map(clean, names)):
            if name and same(name) not in taken:
                added.append(name)
                taken.add(same(name))
        check_names([*classes.names, *added], "The classes cannot be added")
        return classes.with_classes((*classes.classes, *((name, expand(name)) for name in added)))

    file.update_classes(extended)
    return added


def named_by_labels(snapshot: Snapshot) -> dict[str, int]:
    """Name → images that people gave it, of what is no class or group of the question; the largest
    first.

    So it is after labels were brought from elsewhere, or when a class was removed.
    """
    labels = snapshot.labels
    outside = labels.codes[(labels.codes >= 0) & (snapshot.nodes < 0)]
    counts = np.bincount(outside, minlength=len(labels.names)).tolist()
    named = {labels.names[code]: count for code, count in enumerate(counts) if count}
    return dict(sorted(named.items(), key=lambda one: (-one[1], one[0])))
