"""Near-duplicates of a project: found once, kept on disk, found anew when images come or go."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from colours import ColourEncoder
from conftest import SAMPLE

from core.embedding.run import embed
from core.images.decode import decode
from core.project.project import Project
from core.services.data.duplicates import groups_of
from core.store.workspace import load

PHOTOS = sorted(SAMPLE.glob("images/**/*.jpg"))[::7][:6]


def test_a_project_keeps_its_groups(tmp_path: Path) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    for number, path in enumerate(PHOTOS):
        photo = decode(path.read_bytes()).image
        photo.save(folder / f"{number}.png")
        photo.save(folder / f"{number} again.jpg", quality=50)
    project = Project.open(folder, tmp_path / "workspace")
    embed(project.workspace, ColourEncoder())
    groups = groups_of(project.snapshot())
    assert groups.tolist() == [g for g in range(6) for _ in range(2)]
    assert len(list((project.workspace.cache / "duplicates").iterdir())) == 1
    again = Project(load(project.workspace.root))
    np.testing.assert_array_equal(groups_of(again.snapshot()), groups)
    (folder / "0.png").unlink()
    embed(load(project.workspace.root), ColourEncoder())
    assert len(groups_of(again.snapshot())) == 11
