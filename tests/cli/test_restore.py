"""``winnow labels restore``: backups listed, looked at, put back, over damaged files too."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cli.outcomes import Winnow
from store.backups.test_taking import damage

from core.project.project import Project
from core.store.backups.listing import backups_of
from core.store.labels.base import Event
from core.store.labels.sqlite import LabelStore
from core.store.workspace import load


@pytest.fixture
def root(project: Project, winnow: Winnow, sample: Path) -> Path:
    """A workspace with one label before an import, and 60 after it."""
    root = project.workspace.root
    project.labels.add([Event(project.pool().ids[0], "early")], "ann", "test")
    winnow("labels", "import", sample, sample / "truth.csv", "--workspace", root)
    return root


def labels(root: Path) -> int:
    return len(LabelStore(root / "labels.sqlite").classes())


def test_an_import_can_be_taken_back_whole(winnow: Winnow, sample: Path, root: Path) -> None:
    listed = winnow("labels", "restore", sample, "--workspace", root)
    assert listed.code == 0
    assert "before 60 labels (import)" in listed.out
    assert f"winnow labels restore {root} 1" in listed.out
    content = winnow("labels", "restore", root, "--json").json
    assert [entry["labels"] for entry in content["backups"]] == [1]

    looked = winnow("labels", "restore", root, "1", "--dry-run", "--json").json
    assert looked["dry_run"] is True and looked["changes"]["gone"] == 59
    assert labels(root) == 60, "nothing is changed by looking"

    done = winnow("labels", "restore", root, "1")
    assert done.code == 0 and "59 lose theirs, 1 get another class" in done.out
    assert labels(root) == 1
    before = backups_of(root)[0]
    assert f"winnow labels restore {root} {before.name}" in done.out
    winnow("labels", "restore", root, before.name)
    assert labels(root) == 60


def test_classes_come_back_too_unless_they_are_to_stay(winnow: Winnow, root: Path) -> None:
    file = root / "vocabulary.yaml"
    text = file.read_text()
    file.write_text("classes: {only: [one], other: [two]}\n")
    looked = winnow("labels", "restore", root, "1", "--dry-run")
    assert "classes, prompts or tags differ" in looked.out
    winnow("labels", "restore", root, "1", "--labels-only")
    assert "only" in file.read_text() and labels(root) == 1
    oldest = backups_of(root)[-1]
    winnow("labels", "restore", root, oldest.name)
    assert file.read_text() == text


def test_a_damaged_label_file_is_replaced(winnow: Winnow, sample: Path, root: Path) -> None:
    damage(root / "labels.sqlite")
    done = winnow("labels", "restore", root, "newest", "--labels-only", "--json")
    assert done.code == 0 and labels(root) == 1
    aside = Path(done.json["damaged"])
    assert aside.parent == root / "backups" and (aside / "labels.sqlite").is_file()
    assert winnow("labels", "export", sample, root / "x.csv", "--workspace", root).code == 0


def test_it_works_when_the_images_are_gone(winnow: Winnow, root: Path) -> None:
    made = load(root)
    toml = root / "workspace.toml"
    toml.write_text(toml.read_text().replace(str(made.images), "/no/such/folder"))
    assert winnow("labels", "restore", root, "1").code == 0
    assert labels(root) == 1


@pytest.mark.parametrize("which", ["0", "99", "../../etc", "", "oldest"])
def test_what_is_no_backup_is_one_sentence(winnow: Winnow, root: Path, which: str) -> None:
    outcome = winnow("labels", "restore", root, which)
    assert outcome.code == 2 and "There is no backup" in outcome.err
    assert "Traceback" not in outcome.err and labels(root) == 60


def test_without_backups_it_says_so(winnow: Winnow, project: Project, tmp_path: Path) -> None:
    root = project.workspace.root
    assert "There is no backup" in winnow("labels", "restore", root).out
    assert winnow("labels", "restore", root, "1").code == 2
    assert winnow("labels", "restore", tmp_path / "nowhere").code == 2


def test_commands_that_would_be_misled_say_that_labels_are_lost(
    winnow: Winnow, sample: Path, root: Path, tmp_path: Path
) -> None:
    winnow("labels", "restore", root, "1")  # now a backup of the 60 exists
    for path in root.glob("labels.sqlite*"):
        path.unlink()
    exported = winnow("labels", "export", sample, tmp_path / "x.csv", "--workspace", root)
    assert "This workspace holds no labels" in exported.err
    ran = winnow("run", sample, tmp_path / "out", "--workspace", root, "--dry-run")
    assert "This workspace holds no labels" in ran.err and "winnow labels restore" in ran.err


def test_a_backup_that_fails_is_said_and_the_import_is_done(
    winnow: Winnow, sample: Path, project: Project
) -> None:
    root = project.workspace.root
    (root / "backups").write_text("in the way")
    outcome = winnow("labels", "import", sample, sample / "truth.csv", "--workspace", root)
    assert outcome.code == 0 and labels(root) == 60
    assert "There is no new backup of the labels" in outcome.err


@pytest.fixture
def photos(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder = tmp_path / "photos"
    shutil.copytree(sample, folder)
    return folder


def test_a_moved_folder_goes_on_with_its_workspace(winnow: Winnow, photos: Path) -> None:
    winnow("embed", photos)
    winnow("labels", "import", photos, photos / "truth.csv")
    moved = photos.rename(photos.with_name("holiday"))
    looked = winnow("embed", moved, "--dry-run", "--json")
    assert looked.json["unchanged"] == 60, "found without being changed"
    outcome = winnow("labels", "export", moved, moved / "x.csv", "--json")
    assert outcome.json["exported"] == 60
    assert f"holds the images that were in {photos} (60 of 60 files" in outcome.err
    again = winnow("embed", moved, "--json")
    assert (again.json["embedded"], again.json["reused"]) == (0, 60)
    assert "holds the images" not in again.err, "said once"


def test_a_workspace_that_is_named_is_never_exchanged(
    winnow: Winnow, photos: Path, tmp_path: Path
) -> None:
    winnow("embed", photos)
    moved = photos.rename(photos.with_name("holiday"))
    outcome = winnow("embed", moved, "--workspace", tmp_path / "mine", "--json")
    assert outcome.json["embedded"] == 60 and "holds the images" not in outcome.err


def test_several_that_fit_are_named_and_none_is_taken(winnow: Winnow, photos: Path) -> None:
    other = Path(shutil.copytree(photos, photos.with_name("copy")))
    winnow("embed", photos)
    winnow("embed", other)
    moved = photos.rename(photos.with_name("holiday"))
    shutil.rmtree(other)
    outcome = winnow("embed", moved, "--json")
    assert outcome.json["embedded"] == 60
    assert "holds the images of 2 workspaces" in outcome.err
