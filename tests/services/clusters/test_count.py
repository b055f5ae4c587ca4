"""The number of clusters that a collection bears: found once, kept, and refused for a handful."""

from __future__ import annotations

from pathlib import Path

import pytest
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.project.project import Project
from core.runtime.errors import WinnowError
from core.runtime.progress import Cancelled, Report
from core.services.clusters import count


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path / "pictures"
    write_pictures(folder, 90)
    project = Project.open(folder, tmp_path / "ws").use(ColourEncoder())
    embed(project.workspace, ColourEncoder())
    return project


def test_it_is_found_once_and_kept(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(count, "CANDIDATES", (2, 3, 6, 12))
    snapshot, report = project.snapshot(), Report()
    assert count.earlier(snapshot) is None
    found = count.choose(snapshot, report)
    assert found.k == 3, "red, green and blue"
    assert set(found.scores) == {2, 3, 6, 12}
    assert max(found.scores.values()) == found.scores[3]
    assert (report.status.done, report.status.total) == (3, 4)
    assert count.earlier(snapshot) == found
    assert "vectors" not in vars(snapshot.pool), "a sample is read, not a copy of all"
    stopped = Report()
    stopped.cancel()
    assert count.choose(snapshot, stopped) == found, "what is known needs no work"
    for path in (project.workspace.cache / "clusters").iterdir():
        path.write_text('{"k": null, "scores": 3}')
    assert count.earlier(snapshot) is None
    with pytest.raises(Cancelled):
        count.choose(snapshot, stopped)


def test_a_handful_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    write_pictures(folder, count.LEAST_IMAGES - 1)
    project = Project.open(folder, tmp_path / "ws").use(ColourEncoder())
    embed(project.workspace, ColourEncoder())
    with pytest.raises(WinnowError, match="choose the number yourself"):
        count.choose(project.snapshot(), Report())
