"""The Data page: recent folders that are gone, folders that were moved, backups, lost labels."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hosts import new_host
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.store.backups.listing import backups_of
from core.store.backups.taking import back_up
from core.store.labels.base import Event
from core.store.places import default_root
from core.store.workspace import known_workspaces, load, open_workspace, unlist
from core.ui.session import host

ENTRY = Path(__file__).parents[3] / "core/ui/shell/app.py"


@pytest.fixture
def photos(sample: Path, embedded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own with an embedded workspace in a data folder of its own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(host, "shared", new_host())
    folder = tmp_path / "photos"
    shutil.copytree(sample, folder)
    root = default_root(folder)
    shutil.copytree(embedded, root)
    made = load(root)
    (root / "workspace.toml").write_text(
        (root / "workspace.toml").read_text().replace(str(made.images), str(folder))
    )
    return folder


def start() -> AppTest:
    return AppTest.from_file(str(ENTRY), default_timeout=60).run()


def texts(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.success]
    return "\n".join(str(part.value) for part in parts).replace("\\", "")


def open_folder(app: AppTest, folder: Path) -> AppTest:
    app.text_input(key="open-folder").set_value(str(folder))
    next(button for button in app.button if button.label == "Open").click().run()
    assert not app.exception, [error.value for error in app.exception]
    return app


def test_recent_folders_that_are_gone_are_said_to_be(photos: Path) -> None:
    [workspace] = known_workspaces()
    app = start()
    assert app.selectbox(key="recent").options == [f"photos — {photos}"]
    assert "not found" not in texts(app)
    photos.rename(photos.with_name("away"))
    app.run()
    assert [box.key for box in app.selectbox] == []
    assert f"photos — {photos} — not found" in texts(app)
    app.button(key=f"recent-remove-{workspace.root.name}").click().run()
    assert "not found" not in texts(app) and not app.exception
    assert known_workspaces() == [] and load(workspace.root) == workspace
    unlist(workspace.root, listed=True)
    app.run()
    app.button(key=f"recent-open-{workspace.root.name}").click().run()
    assert "The images are no longer in" in texts(app)
    assert not app.exception


def test_a_moved_folder_asks_and_goes_on(photos: Path) -> None:
    [workspace] = known_workspaces()
    ids = Project(workspace).pool().ids
    Project(workspace).labels.add([Event(ids[0], "x")], "ann", "test")
    moved = photos.rename(photos.with_name("holiday"))
    app = open_folder(start(), moved)
    assert "seems to be a folder that was moved" in texts(app)
    assert f"`{photos}`, which is gone: 60 of 60" in texts(app)
    assert load(workspace.root).images == photos, "nothing is pointed anew unasked"
    app.button(key="moved-go-0").click().run()
    assert "holds **60 images**" in texts(app) and "**0** are new or changed" in texts(app)
    assert load(workspace.root).images == moved
    assert len(Project(load(workspace.root)).labels.classes()) == 1
    assert not app.exception


def test_a_moved_folder_can_begin_anew_or_be_left(photos: Path) -> None:
    [workspace] = known_workspaces()
    moved = photos.rename(photos.with_name("holiday"))
    app = open_folder(start(), moved)
    app.button(key="moved-cancel").click().run()
    assert "seems to be" not in texts(app) and len(known_workspaces()) == 1
    open_folder(app, moved)
    app.button(key="moved-anew").click().run()
    assert "**60** are new or changed" in texts(app)
    assert load(workspace.root).images == photos
    assert default_root(moved) in [each.root for each in known_workspaces()]


def test_a_workspace_without_its_folder_asks_where_it_is(photos: Path, tmp_path: Path) -> None:
    [workspace] = known_workspaces()
    host.shared.first = workspace.root
    moved = photos.rename(photos.with_name("holiday"))
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.jpg").write_bytes(b"x")
    app = start()
    assert f"The images are no longer in {photos}" in texts(app)

    def name(folder: str) -> None:
        app.text_input(key="moved-path").set_value(folder)
        next(button for button in app.button if button.label == "Use it").click().run()
        assert not app.exception

    name("")
    assert "Name a folder first" in texts(app)
    name(str(tmp_path / "nowhere"))
    assert "does not exist" in texts(app)
    name(str(other))
    assert f"{other} holds 0 of the 60 files" in texts(app)
    assert load(workspace.root).images == photos
    name(str(moved))
    assert "holds **60 images**" in texts(app)
    assert load(workspace.root).images == moved


def test_another_folder_is_taken_when_somebody_insists(photos: Path, tmp_path: Path) -> None:
    [workspace] = known_workspaces()
    host.shared.first = workspace.root
    shutil.rmtree(photos)
    other = tmp_path / "other"
    other.mkdir()
    app = start()
    app.text_input(key="moved-path").set_value(str(other))
    next(button for button in app.button if button.label == "Use it").click().run()
    app.button(key="moved-unlike").click().run()
    assert load(workspace.root).images == other
    assert not app.exception
    assert "None of the images that were read before" in texts(app)
    assert "The folder holds" in texts(app), "and it goes on"
    app.run()
    assert "The folder holds" in texts(app) and "are no longer in" not in texts(app)


def test_images_below_other_names_are_found_by_embedding_once_more(photos: Path) -> None:
    [workspace] = known_workspaces()
    host.shared.first = workspace.root
    inner = photos.rename(photos.with_name("inner"))
    photos.mkdir()
    inner.rename(photos / "deeper")
    app = start()
    assert "lie below other names" in texts(app) and "are no longer in" not in texts(app)
    assert "holds **60 images**" in texts(app) and not app.exception


def test_a_backup_is_looked_at_and_put_back(photos: Path) -> None:
    [workspace] = known_workspaces()
    host.shared.first = workspace.root
    project = Project(workspace)
    ids = project.pool().ids
    project.labels.add([Event(ids[0], "a"), Event(ids[1], "a")], "ann", "test")
    backup = back_up(workspace, "before a test")
    assert backup is not None
    project.labels.add([Event(ids[1], "b"), Event(ids[2], "b")], "ann", "test")
    app = start()
    assert not [box for box in app.selectbox if box.key == "restore-which"]
    app.session_state["backups"] = True  # unfolded
    app.run()
    app.selectbox(key="restore-which").select(backup.name).run()
    expected = "0 get a label back, 1 lose theirs, 1 get another class"
    assert f"3 labeled images now, 2 in the backup: {expected}." in texts(app)
    app.button(key="restore").click().run()
    assert "is put back" in texts(app) and not app.exception
    assert project.labels.classes() == {ids[0]: "a", ids[1]: "a"}
    assert backups_of(workspace.root)[0].why == f"before {backup.name} was put back"
    assert app.selectbox(key="restore-which").value is None


def test_labels_that_are_lost_are_said(photos: Path) -> None:
    [workspace] = known_workspaces()
    project = Project(workspace)
    project.labels.add([Event(project.pool().ids[0], "a")], "ann", "test")
    back_up(workspace, "x")
    for path in workspace.root.glob("labels.sqlite*"):
        path.unlink()
    host.shared.first = workspace.root
    app = start()
    assert "This workspace holds no labels: was" in texts(app)
    app.switch_page("../../../pages/export.py").run()
    assert "This workspace holds no labels: was" in texts(app)


def test_a_backup_that_fails_is_said_on_every_page(photos: Path) -> None:
    [workspace] = known_workspaces()
    host.shared.first = workspace.root
    app = start()
    project = host.shared.project(workspace.root)
    (workspace.root / "backups").write_text("in the way")
    ids = project.pool().ids
    project.labels.add([Event(i, "a") for i in ids[:30]], "ann", "test")
    project.labels.add([Event(i, "b") for i in ids[:30]], "ann", "test")
    app.run()
    assert "There is no new backup of the labels" in texts(app)
    assert len(project.labels.classes()) == 30
    assert open_workspace(photos).root == workspace.root


def test_what_a_scan_left_out_is_listed_and_links_are_counted(photos: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    picture = next((photos / "images").iterdir())
    shutil.copy(picture, outside / "linked.jpg")
    (photos / "link").symlink_to(outside)
    (photos / "one link.jpg").symlink_to(outside / "linked.jpg")
    (photos / "inside.jpg").symlink_to(picture)
    (photos / "@eaDir").mkdir()
    (photos / "pack.zip").write_bytes(b"x")
    (photos / "broken.jpg").symlink_to("nowhere")
    app = open_folder(start(), photos)
    text = texts(app)
    assert "**2** links lead out of the folder" in text
    assert "files or folders were passed over" in text
    table = app.dataframe[0]
    rows = dict(table.value.itertuples(index=False, name=None))
    assert rows["link"] == rows["one link.jpg"] == "a link out of the folder"
    assert "preview" in rows["@eaDir"] and "archive" in rows["pack.zip"]
    assert "broken" in rows["broken.jpg"]
    assert "inside.jpg" not in rows
