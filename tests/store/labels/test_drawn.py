"""Images drawn at random elsewhere: lists that are kept, damage that is said."""

from __future__ import annotations

import pytest

from core.project.project import Project
from core.runtime.errors import WinnowError
from core.store.labels.base import Event
from core.store.labels.drawn import note_drawn, read_drawn


def test_lists_are_kept_once_and_a_damaged_file_is_said(project: Project) -> None:
    workspace, ids = project.workspace, project.pool().ids
    assert read_drawn(workspace) == ()
    note_drawn(workspace, ids[:3])
    note_drawn(workspace, [*ids[2::-1]])
    note_drawn(workspace, ids[5:7])
    assert read_drawn(workspace) == (tuple(sorted(ids[:3])), tuple(sorted(ids[5:7])))
    for wrong in ("{", '["../x"]', '[["../x"]]', "3"):
        (workspace.home / "drawn-at-random.json").write_text(wrong)
        with pytest.raises(WinnowError, match=r"drawn-at-random\.json"):
            read_drawn(workspace)


def test_a_list_counts_as_a_whole_only(project: Project) -> None:
    ids, name = project.pool().ids, project.classes().names[0]
    last = project.snapshot().audit_order[-4:]
    drawn = [ids[row] for row in last.tolist()]
    note_drawn(project.workspace, drawn)
    assert len(project.snapshot().audited) == 0
    project.labels.add([Event(i, name) for i in drawn[:3]], "ann", "test")
    assert len(project.snapshot().audited) == 0
    batch = project.labels.add([Event(drawn[3], None, "unsure")], "ann", "test")
    snapshot = project.snapshot()
    assert set(snapshot.audited.tolist()) == set(last.tolist())
    assert len(snapshot.audit) == 3
    project.labels.undo(batch, "ann")
    assert len(project.snapshot().audited) == 0
