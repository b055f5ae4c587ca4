"""Near-duplicates of a project: found once, kept on disk, found anew when images come or go."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from colours import ColourEncoder
from conftest import SAMPLE
from PIL import Image, ImageDraw

from core.embedding.run import embed
from core.images.decode import decode
from core.project.project import Project
from core.search.duplicates import MAX_DISTANCE
from core.services.data.duplicates import alike, groups_of
from core.store.apart import put_together, take_apart
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


def carton(fruit: tuple[int, int, int]) -> Image.Image:
    """A carton: the same print whatever the fruit, whose picture is a seventh of it."""
    picture = Image.new("RGB", (240, 320), (235, 235, 230))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((30, 20, 210, 300), (250, 250, 250), (60, 60, 60), 4)
    for line in range(6):
        draw.rectangle((50, 40 + 12 * line, 190 - 9 * line, 46 + 12 * line), (20, 90, 40))
    draw.ellipse((65, 140, 175, 260), fruit)
    draw.ellipse((95, 160, 115, 185), (255, 255, 255))
    return picture


@pytest.fixture
def cartons(tmp_path: Path) -> Project:
    """Two apple cartons, one of them saved again, and an orange one; and a photo twice."""
    folder = tmp_path / "images"
    folder.mkdir()
    carton((150, 190, 60)).save(folder / "apple.png")
    carton((150, 190, 60)).save(folder / "apple again.jpg", quality=80)
    # As bright as the apple, so a hash of greys cannot tell them apart.
    carton((243, 150, 30)).save(folder / "orange.png")
    photo = decode(PHOTOS[0].read_bytes()).image
    photo.save(folder / "photo.png")
    photo.save(folder / "photo again.jpg", quality=50)
    project = Project.open(folder, tmp_path / "workspace")
    embed(project.workspace, ColourEncoder())
    return project


def grouped(project: Project) -> set[frozenset[str]]:
    snapshot = project.snapshot()
    groups = groups_of(snapshot)
    paths = np.array(snapshot.pool.paths)
    return {frozenset(paths[groups == group]) for group in set(groups.tolist())}


APPLES = frozenset({"apple.png", "apple again.jpg"})
PHOTO = frozenset({"photo.png", "photo again.jpg"})


def test_the_same_print_with_another_fruit_is_not_one_picture(cartons: Project) -> None:
    hashes = [np.frombuffer(files[0].phash or b"", np.uint8) for files in cartons.pool().files]
    names = cartons.pool().paths
    apple, orange = hashes[names.index("apple.png")], hashes[names.index("orange.png")]
    assert int(np.bitwise_count(apple ^ orange).sum()) <= MAX_DISTANCE  # greys alone would say so
    assert grouped(cartons) == {APPLES, PHOTO, frozenset({"orange.png"})}


def test_what_people_take_apart_stays_apart_until_they_take_it_back(cartons: Project) -> None:
    pool = cartons.pool()
    ids = [pool.ids[pool.paths.index(path)] for path in sorted(APPLES)]
    take_apart(cartons.workspace, ids)
    alone = {frozenset({path}) for path in (*APPLES, "orange.png")}
    assert grouped(cartons) == {PHOTO, *alone}
    assert grouped(Project(load(cartons.workspace.root))) == {PHOTO, *alone}  # kept on disk
    rows = [pool.rows[i] for i in ids]
    assert alike(cartons.snapshot(), rows) == [[], []]
    put_together(cartons.workspace, ids)
    assert APPLES in grouped(cartons)
    assert alike(cartons.snapshot(), rows) == [[rows[1]], [rows[0]]]


def test_a_picture_that_cannot_be_looked_at_is_alone_and_that_is_not_kept(cartons: Project) -> None:
    path = cartons.workspace.images / "apple again.jpg"
    content = path.read_bytes()
    path.unlink()
    assert frozenset({"apple.png"}) in grouped(cartons)
    assert not list(cartons.workspace.cache.glob("duplicates/*"))
    path.write_bytes(content)
    assert APPLES in grouped(Project(load(cartons.workspace.root)))
