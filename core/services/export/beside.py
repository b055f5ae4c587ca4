"""Labels of the workspace's other questions as columns of an export."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

from core.images.names import shown
from core.project.label_rows import LabelRows
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.store.questions import columns_of, named, questions_of
from core.store.workspace import Workspace

_COLUMN = "label_"  # how a query names a question's labels, before its short form


def others_of(workspace: Workspace) -> dict[str, str]:
    """Column → name of each question of a workspace but its own, in their order.

    Raises:
        WinnowError: the list of questions cannot be read.
    """
    listed = questions_of(workspace.root)
    columns = columns_of(listed)
    return {
        columns[other.slug].removeprefix(_COLUMN): other.name
        for other in listed
        if other.slug != workspace.question
    }


def columns(workspace: Workspace, names: Sequence[str]) -> tuple[str, ...]:
    """The columns of questions by name, each once.

    Raises:
        WinnowError: there is no such question, or it is the one that is exported.
    """
    listed = columns_of(questions_of(workspace.root))
    wanted = [named(workspace.root, name) for name in names]
    for question in wanted:
        if question.slug == workspace.question:
            raise WinnowError(
                f"The question {shown(question.name)} is the one that is exported: its labels are "
                "in every table already, so name another question."
            )
    return tuple(dict.fromkeys(listed[one.slug].removeprefix(_COLUMN) for one in wanted))


def labels(snapshot: Snapshot, wanted: Sequence[str]) -> Iterator[tuple[str | None, ...]]:
    """What people said of each image in other questions, by row of the pool.

    Args:
        wanted: columns, as `others_of` names them.

    Raises:
        WinnowError: a question is gone, or its labels cannot be read.
    """
    if not wanted:
        return iter([()] * len(snapshot.pool))
    return zip(*(_rows(snapshot, column).texts() for column in wanted), strict=True)


def version(snapshot: Snapshot, wanted: Sequence[str]) -> Hashable:
    """Differs whenever the labels of these questions do; WinnowError as `labels`."""
    return tuple(_rows(snapshot, column).key for column in wanted)


def _rows(snapshot: Snapshot, column: str) -> LabelRows:
    rows = snapshot.others.get(_COLUMN + column)
    if rows is None:
        raise WinnowError(
            f"There is no other question with the column {column!r} any more: choose again which "
            "questions the tables show."
        )
    return rows
