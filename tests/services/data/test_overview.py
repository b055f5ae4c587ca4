"""What the catalog says in figures is of the catalog as it is now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.project.project import Project
from core.runtime.progress import Report
from core.services.data.folders import counted
from core.services.data.overview import folder_state, overview
from core.store.catalog import read_catalog, to_frame, to_rows, write_catalog


def test_each_state_of_the_catalog_has_its_own_figures(tmp_path: Path) -> None:
    write_pictures(tmp_path / "images", 5)
    project = Project.open(tmp_path / "images", tmp_path / "workspace")
    workspace = project.workspace
    assert overview(workspace).files == 0
    embed(workspace, ColourEncoder())
    assert (overview(workspace).files, overview(workspace).usable) == (5, 5)
    for rejected in range(1, 6):  # files of about one size, written as fast as can be
        rows = to_rows(read_catalog(workspace.catalog))
        rows[rejected - 1] = replace(rows[rejected - 1], problem="damaged")
        write_catalog(workspace.catalog, to_frame(rows))
        assert overview(workspace).rejected == rejected
    workspace.catalog.unlink()
    assert overview(workspace).files == 0


def test_the_folders_of_a_scan_are_those_of_its_paths(tmp_path: Path) -> None:
    write_pictures(tmp_path / "images/a", 3)
    write_pictures(tmp_path / "images/b", 2)
    seen = folder_state(Project.open(tmp_path / "images", tmp_path / "w").workspace, Report())
    assert seen.folders == counted(seen.paths) == {"a": 3, "b": 2}
