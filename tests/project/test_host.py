"""What one server shares: projects opened once, with a look at their backups."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.project.host import Host
from core.project.project import Project
from core.store.backups import keeper
from core.store.backups.listing import backups_of
from core.store.labels.base import Event


def test_opening_a_workspace_backs_up_what_has_changed_since(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.labels.add([Event("a", "cat")], "ann", "test")  # by an earlier server
    plans: list[Callable[[], None]] = []
    monkeypatch.setattr(keeper._SCHEDULE, "plan", lambda work, delay: plans.append(work))
    host, root = Host(), project.workspace.root
    opened = host.project(root)
    assert host.project(root) is opened is host.opened(opened.key)
    assert len(plans) == 1
    plans[0]()
    assert [backup.labels for backup in backups_of(root)] == [1]
    assert opened.backups.problem is None
