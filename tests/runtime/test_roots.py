"""The folders that a process may use, whatever a path looks like and wherever its links lead."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.encoders.registry import load_encoder
from core.export.destination import check_destination
from core.images.scan import scan
from core.project.host import Host
from core.runtime import roots
from core.runtime.errors import WinnowError
from core.services.metrics.truth import truth_file
from core.services.prompts.classes import use_folder_vocabulary
from core.store.places import data_folder, own_folders
from core.store.workspace import check_images, known_workspaces, load, open_workspace

REFUSED = "lies outside the folders that this server may use"


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The only folder that may be used; ``outside`` lies beside it."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder = tmp_path / "inside"
    folder.mkdir()
    (tmp_path / "outside").mkdir()
    roots.limit_to([folder], own_folders())
    yield folder
    roots.lift()


@pytest.fixture
def outside(inside: Path, sample: Path) -> Path:
    """A folder with pictures that may not be used."""
    folder = inside.parent / "outside"
    picture = next(sample.rglob("*.jpg"))
    shutil.copy2(picture, folder / "secret.jpg")
    shutil.copy2(sample / "prompts.yaml", folder / "prompts.yaml")
    (folder / "truth.csv").write_text("path,label\nsecret.jpg,a\n")
    return folder


def test_without_a_limit_everything_is_allowed(tmp_path: Path) -> None:
    assert roots.limited_to() == []
    assert roots.allows("/")
    roots.check(tmp_path / "anything")


def test_a_root_must_be_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "missing", Path(__file__)):
        with pytest.raises(WinnowError, match=r"There is no folder .*--root"):
            roots.limit_to([path])
    assert roots.limited_to() == []


def test_ways_out_are_seen_through(inside: Path, outside: Path) -> None:
    (inside / "link").symlink_to(outside)
    (inside / "link.jpg").symlink_to(outside / "secret.jpg")
    (inside / "chain").symlink_to(inside / "link")
    (inside / "up").symlink_to("..")
    (inside / "real").mkdir()
    for way in (
        outside, outside / "new/deep", inside / ".." / "outside", inside / "link",
        inside / "link/new", inside / "link.jpg", inside / "chain/secret.jpg",
        inside / "up/outside", inside / "real/../../outside", inside / "link/../outside",
        inside.parent, Path("/"), Path("/etc/passwd"), Path("inside"), Path(f"{inside}2"),
        Path(str(inside).upper()), inside / "a\0b", Path("/proc/self/cwd"),
        Path("/proc/self/root") / outside.relative_to("/"),
    ):  # fmt: skip
        assert not roots.allows(way), way
        with pytest.raises(WinnowError, match=REFUSED):
            roots.check(way)


def test_ways_inside_are_open(inside: Path) -> None:
    (inside / "real").mkdir()
    (inside / "link").symlink_to(inside / "real")
    (inside.parent / "back").symlink_to(inside)
    for way in (
        inside, inside / "new", inside / "real/../real/x", inside / "link/x",
        inside.parent / "back/real", inside.parent / "outside/../inside/x", data_folder() / "x",
    ):  # fmt: skip
        assert roots.allows(way), way


@given(parts=st.lists(st.sampled_from(["..", ".", "a", "inside", "outside", ""]), max_size=8))
def test_no_path_of_dots_leads_out(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str]
) -> None:
    base = tmp_path_factory.getbasetemp() / "dots"
    (base / "inside/a").mkdir(parents=True, exist_ok=True)
    (base / "outside").mkdir(exist_ok=True)
    roots.limit_to([base / "inside"])
    try:
        path = "/".join([str(base), "inside", *parts])  # as typed
        real = os.path.normpath(path)
        within = real == str(base / "inside") or real.startswith(f"{base}/inside/")
        assert roots.allows(path) == within
    finally:
        roots.lift()


def test_several_roots_and_the_whole_disk(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    try:
        roots.limit_to([one, two])
        assert roots.limited_to() == [one, two]
        assert roots.allows(one / "x")
        assert roots.allows(two / "x")
        assert not roots.allows(tmp_path / "three")
        roots.limit_to([Path("/")])
        assert roots.allows(tmp_path)
    finally:
        roots.lift()


def test_folders_and_workspaces_outside_are_not_opened(inside: Path, outside: Path) -> None:
    for path in (outside, outside / "secret.jpg", outside / "missing"):  # no word on what exists
        with pytest.raises(WinnowError, match=REFUSED):
            check_images(path)
    pictures = inside / "pictures"
    pictures.mkdir()
    with pytest.raises(WinnowError, match=REFUSED):
        open_workspace(pictures, outside.parent / "workspace")
    workspace = open_workspace(pictures, inside / "workspace")
    assert load(workspace.root).images == pictures


def test_a_workspace_from_before_does_not_show_what_lies_outside(
    inside: Path, outside: Path
) -> None:
    roots.lift()
    workspace = open_workspace(outside)
    assert [each.root for each in known_workspaces()] == [workspace.root]
    roots.limit_to([inside], own_folders())
    assert known_workspaces() == []
    with pytest.raises(WinnowError, match=REFUSED):
        Host().project(workspace.root)


def test_links_out_of_the_roots_are_not_followed_and_listed(inside: Path, outside: Path) -> None:
    shutil.copy2(outside / "secret.jpg", inside / "own.jpg")
    (inside / "a.jpg").symlink_to(inside / "own.jpg")
    (inside / "b.jpg").symlink_to(outside / "secret.jpg")
    (inside / "folder").symlink_to(outside)
    seen = scan(inside)
    assert [file.path for file in seen.files] == ["a.jpg", "own.jpg"]
    assert [path for path, why in seen.problems if "leads out of the folders" in why] == [
        "b.jpg",
        "folder",
    ]


def test_pictures_of_an_earlier_catalog_are_not_handed_out(inside: Path, outside: Path) -> None:
    (inside / "pictures").mkdir()
    (inside / "pictures/b.jpg").symlink_to(outside / "secret.jpg")
    workspace = open_workspace(inside / "pictures", inside / "workspace")
    with pytest.raises(WinnowError, match=REFUSED):
        workspace.file("b.jpg")


def test_texts_beside_the_pictures_are_not_read_through_links(inside: Path, outside: Path) -> None:
    pictures = inside / "pictures"
    pictures.mkdir()
    for name in ("prompts.yaml", "truth.csv"):
        (pictures / name).symlink_to(outside / name)
    project = Host().project(open_workspace(pictures, inside / "workspace").root)
    with pytest.raises(WinnowError, match=REFUSED):
        use_folder_vocabulary(project.workspace, project.vocabulary_file)
    with pytest.raises(WinnowError, match=REFUSED):
        truth_file(pictures)


def test_exports_stay_inside(inside: Path, outside: Path) -> None:
    (inside / "pictures").mkdir()
    (inside / "link").symlink_to(outside)
    for out in (outside / "out", inside / "link/out", inside / "../out", Path("/tmp/out")):
        with pytest.raises(WinnowError, match=REFUSED):
            check_destination(inside / "pictures", out)
    check_destination(inside / "pictures", inside / "out")


def test_archives_outside_are_not_unpacked_nor_shown_when_they_were(
    inside: Path, outside: Path
) -> None:
    for place in (inside, outside):
        with zipfile.ZipFile(place / "pictures.zip", "w") as archive:
            archive.write(outside / "secret.jpg", "secret.jpg")
    roots.lift()
    before = check_images(outside / "pictures.zip")
    roots.limit_to([inside], own_folders())
    with pytest.raises(WinnowError, match=REFUSED):
        check_images(outside / "pictures.zip")
    assert not roots.allows(before)
    with pytest.raises(WinnowError, match=REFUSED):
        check_images(before)
    folder = check_images(inside / "pictures.zip")
    assert open_workspace(folder, inside / "workspace").images == folder


@pytest.mark.parametrize("spec", ["local:{}", "ViT-B-32@{}/weights.safetensors"])
def test_models_outside_are_not_read(inside: Path, outside: Path, spec: str) -> None:
    with pytest.raises(WinnowError, match=REFUSED):
        load_encoder(spec.format(outside), "cpu")


def test_a_path_that_somebody_named_has_something_there_or_a_sentence(inside: Path) -> None:
    assert roots.problem(inside) is None
    assert "does not exist" in str(roots.problem(inside / "gone"))
    assert REFUSED in str(roots.problem(inside.parent / "outside"))
