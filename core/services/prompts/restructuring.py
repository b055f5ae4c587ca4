"""Classes renamed, merged, removed and put into another order; what people labeled follows.

Each is one change: one backup before it, one batch of labels, one step of Undo (`undoing.py`). One
class becomes several in `splitting.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

import numpy as np

from core.project.snapshot import Snapshot
from core.project.vocabulary_file import VocabularyFile
from core.prompts.vocabulary import NONE_PROMPT, SHOWN, Vocabulary, check_names, clean
from core.runtime.errors import WinnowError
from core.runtime.spelling import same
from core.store.history import signatures
from core.store.labels.answers import Labels
from core.store.labels.base import REMOVED


def rename_class(
    file: VocabularyFile, labels: Labels, old: str, new: str, annotator: str
) -> Vocabulary:
    """Rename a class in the vocabulary file and in its labels.

    Returns:
        The classes after.

    Raises:
        WinnowError: the name is taken or empty, or the file cannot be read or written.
    """
    new = clean(new)

    def renamed(classes: Vocabulary) -> Vocabulary:
        changed = classes.with_classes(
            ((new if name == old else name, prompts) for name, prompts in classes.classes),
            {new: old},
        )
        problem = changed.problem()
        if problem and len(changed.classes) > 1:
            raise WinnowError(problem)
        return changed

    what = f"class {old} was renamed {new}"
    return change_with_labels(
        file,
        labels,
        annotator,
        what,
        renamed,
        lambda: _relabel(file, labels, [old], new, "rename", annotator),
    )


def merge_classes(
    file: VocabularyFile, labels: Labels, names: Sequence[str], into: str, annotator: str
) -> Vocabulary:
    """Make one class of several: their prompts are joined, their labels become labels of it.

    Args:
        names: of at least two classes.
        into: what the class is called then; it stands where the class of that name stood, else
            where the first of them stood.

    Returns:
        The classes after.

    Raises:
        WinnowError: fewer than two of the classes are there, the name is empty or another class
            has it, or the file cannot be read or written.
    """
    into = clean(into)

    def merged(classes: Vocabulary) -> Vocabulary:
        own = [name for name in classes.names if name in set(names)]
        if len(own) < 2:
            raise WinnowError("Choose at least two classes to merge.")
        check_new([into], [name for name in classes.names if name not in own])
        prompts = classes.shown()
        first = [into] if into in own else []
        joined = tuple(dict.fromkeys(text for name in (*first, *own) for text in prompts[name]))
        if into == classes.none:  # what is none of the others is told by no prompt
            joined = (NONE_PROMPT,)
        place = into if into in own else own[0]
        return classes.with_classes(
            (
                (into, joined) if name == place else (name, before)
                for name, before in classes.classes
                if name == place or name not in own
            ),
            {into: place},
        )

    return change_with_labels(
        file, labels, annotator,
        f"the classes {', '.join(names)} were merged into {into}"[:200],
        merged, lambda: _relabel(file, labels, names, into, "merge", annotator),
    )  # fmt: skip


def _relabel(
    file: VocabularyFile,
    labels: Labels,
    names: Sequence[str],
    into: str,
    source: str,
    annotator: str,
) -> str | None:
    """Give labels of classes another class; signed folders go on under its name.

    What was looked at and right is right of a merged class too. Of a class that is split or removed
    the looks count no longer, and its folder is not signed any more.
    """
    moves = dict.fromkeys(names, into)
    batch = labels.relabel(moves, source)
    if batch is not None:
        try:
            signatures.renamed(file.path.parent, moves, file.classes().names, batch)
        except WinnowError:
            labels.undo(batch, annotator)
            raise
    return batch


def replace_classes(
    file: VocabularyFile,
    labels: Labels,
    change: Callable[[Vocabulary], Vocabulary],
    annotator: str,
) -> Vocabulary:
    """Change the classes, where some may go; what was labeled with those counts no longer.

    The labels stay in the log, and count again once the change is undone or there is a class of
    that name again. Until then those images are asked again, and a new answer of anybody outranks
    all that was said of the class that is gone.

    Returns:
        The classes after.

    Raises:
        WinnowError: the file cannot be read or written.
    """
    gone: list[str] = []

    def changed(classes: Vocabulary) -> Vocabulary:
        after = change(classes)
        left = {same(name) for name in after.names}
        gone[:] = [name for name in classes.names if same(name) not in left]
        return after

    return change_with_labels(
        file, labels, annotator, "classes were changed", changed,
        lambda: labels.relabel({name: name for name in gone}, REMOVED, anew=True) if gone else None,
    )  # fmt: skip


def remove_class(file: VocabularyFile, labels: Labels, name: str, annotator: str) -> Vocabulary:
    """Remove a class; see `replace_classes`."""
    return replace_classes(
        file, labels,
        lambda before: before.with_classes(own for own in before.classes if own[0] != name),
        annotator,
    )  # fmt: skip


def labeled_of(snapshot: Snapshot, names: Sequence[str]) -> dict[str, int]:
    """How many images are labeled with each of some classes; without those that none is."""
    counts = np.bincount(snapshot.human[snapshot.human >= 0], minlength=len(snapshot.names))
    number = {name: int(count) for name, count in zip(snapshot.names, counts, strict=True)}
    return {name: number[name] for name in names if number.get(name)}


def move_class(file: VocabularyFile, name: str, place: int) -> Vocabulary:
    """Put a class into another place of the order; ``place`` counts from 0, ends are its limits.

    Returns:
        The classes after.

    Raises:
        WinnowError: the file cannot be read or written.
    """

    def moved(classes: Vocabulary) -> Vocabulary:
        own = [one for one in classes.classes if one[0] == name]
        rest = [one for one in classes.classes if one[0] != name]
        at = min(max(place, 0), len(rest))
        return classes.with_classes((*rest[:at], *own, *rest[at:]))

    return file.update_classes(moved)


def order_classes(file: VocabularyFile, key: Callable[[str], object]) -> Vocabulary:
    """Sort the classes by what ``key`` says of their names.

    Returns:
        The classes after.

    Raises:
        WinnowError: the file cannot be read or written.
    """
    return file.update_classes(
        lambda classes: classes.with_classes(
            sorted(classes.classes, key=lambda one: key(one[0]))  # type: ignore[arg-type, return-value]
        )
    )


def check_new(names: Sequence[str], others: Sequence[str]) -> None:
    """Refuse names of new classes that are none, or are one of ``others`` or given twice."""
    check_names([*others, *names], "The classes cannot be changed")
    taken = {same(other): other for other in others}
    for name in names:
        if other := taken.get(same(name)):
            raise WinnowError(
                f"{name[:SHOWN]!r} reads the same as the class {other[:SHOWN]!r}: choose another "
                "name."
            )
        taken[same(name)] = name


def change_with_labels(
    file: VocabularyFile,
    labels: Labels,
    annotator: str,
    what: str,
    change: Callable[[Vocabulary], Vocabulary],
    relabel: Callable[[], str | None],
) -> Vocabulary:
    """Change the classes and labels along with them; ``what`` says it in the list of backups."""
    batches: list[str | None] = []

    def changed(classes: Vocabulary) -> Vocabulary:
        after = change(classes)
        # Within the file's lock, so that nobody sees classes whose labels have another name.
        batches.append(relabel())
        return after

    with file.guard.one(what):
        try:
            return file.update_classes(changed, lambda: batches[-1])
        except WinnowError:
            for batch in filter(None, batches):  # the file has the old classes still
                with suppress(WinnowError):  # the next attempt finds nothing left to change
                    labels.undo(batch, annotator)
                    signatures.renamed_back(file.path.parent, batch)
            raise
