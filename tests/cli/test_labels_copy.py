"""``winnow labels copy`` and ``--labels-db``: labels go into a database and back, as they were."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.outcomes import Winnow
from servers import PASSWORD, PostgresServer

from core.project.host import Host
from core.project.project import Project
from core.runtime.errors import StorageError, WinnowError
from core.store import questions
from core.store.backups.taking import back_up
from core.store.labels import stores
from core.store.labels.base import Event, LogEntry, TagEvent
from core.store.labels.comparing import equal
from core.store.labels.postgres import address, database
from core.store.labels.sqlite import LabelStore
from core.store.labels.stores import open_labels, open_tags
from core.store.labels.tags import TagLabelStore
from core.store.workspace import load


@pytest.fixture
def url(postgres: PostgresServer, request: pytest.FixtureRequest) -> Iterator[str]:
    name = f"copy-{abs(hash(request.node.name)) % 10**9}"
    yield postgres.create(name)
    database.close_all()
    address.name(None)


@pytest.fixture
def root(project: Project) -> Path:
    """A workspace with all that a log can hold, in two questions."""
    root, ids = project.workspace.root, project.pool().ids
    store, tags = project.labels, project.tag_labels
    store.add([Event(i, "cat") for i in ids[:30]], "ann", "import")
    log = [LogEntry(1, ids[30], "label", "größe"), LogEntry(2, ids[31], "skip"),
           LogEntry(3, ids[32], "none"), LogEntry(4, ids[30], "undo", target=1),
           LogEntry(6, ids[33], "undo", target=5)]  # fmt: skip
    store.record("browser", log, "bob", "label page")
    store.undo(store.add([Event(ids[0], "dog"), Event(ids[1], "dog")], "eve", "grid"), "ann")
    tags.add([TagEvent(ids[0], "round", True), TagEvent(ids[1], "round", None)], "ann", "tags")
    tags.undo(tags.add([TagEvent(ids[2], "round", False)], "bob", "tags"), "bob")
    store.claim(ids[40:44], "browser")
    slug = questions.add(root, "Alive?").slug
    open_labels(load(root, slug)).add([Event(ids[5], "yes")], "ann", "test")
    return root


def frozen(root: Path, folder: Path) -> dict[str, Path]:
    """Copies of the label files of a workspace's questions."""
    folder.mkdir()
    copies = {}
    for slug in ("", "alive"):
        copies[slug] = folder / f"{slug}.sqlite"
        with sqlite3.connect(load(root, slug).labels) as source:
            source.execute("VACUUM INTO ?", (str(copies[slug]),))
        source.close()
        LabelStore(copies[slug])
        TagLabelStore(copies[slug])
    return copies


def test_labels_go_into_a_database_and_back_bit_for_bit(
    winnow: Winnow, root: Path, url: str, tmp_path: Path
) -> None:
    before = frozen(root, tmp_path / "before")
    counted = open_labels(load(root)).current()
    done = winnow("labels", "copy", root, "--to", url, "--json")
    assert done.code == 0, done.err
    assert done.json["events"] == 39 and done.json["questions"][""]["tags"] == 3
    assert done.json["questions"]["alive"] == {"labels": 1, "tags": 0, "undone": 0}
    for text in (done.out, done.err, (root / "labels-db.json").read_text()):
        assert PASSWORD not in text and "s3cret" not in text
    assert not load(root).labels.exists()
    assert (Path(done.json["aside"]) / "labels.sqlite").is_file()

    address.name(url)
    assert open_labels(load(root)).current() == counted
    assert open_tags(load(root)).current() == {"round": {open_order(before[""])[0]: True}}
    again = winnow("labels", "copy", root, "--to", url)
    assert again.code == 2 and "in a label database already" in again.err

    back = winnow("labels", "copy", root, "--to", "sqlite", "--json")
    assert back.code == 0, back.err
    assert back.json["questions"] == done.json["questions"]
    assert not (root / "labels-db.json").exists()
    address.name(None)
    after = frozen(root, tmp_path / "after")
    for slug in before:
        assert equal(before[slug], after[slug]), slug
    assert open_labels(load(root)).claimed_by_others("x") == set(), "claims stay behind"
    # More answers, then once more: what is in the database is a part of what comes.
    open_labels(load(root)).add([Event("new", "cat")], "ann", "test")
    more = winnow("labels", "copy", root, "--to", url, "--json")
    assert more.code == 0, more.err
    assert more.json["events"] == 40


def open_order(path: Path) -> list[str]:
    with sqlite3.connect(path) as file:
        rows = file.execute("SELECT image_id FROM tag_events ORDER BY seq").fetchall()
    file.close()
    return [row[0] for row in rows]


def test_logs_are_never_mixed(
    winnow: Winnow, root: Path, url: str, sample: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(root, other)
    open_labels(load(other)).add([Event("z", "zebra")], "eve", "test")
    assert winnow("labels", "copy", root, "--to", url).code == 0
    before = frozen(other, tmp_path / "before")
    address.name(url)
    open_labels(load(root)).add([Event("y", "yak")], "ann", "test")
    mixed = winnow("labels", "copy", other, "--to", url)
    assert mixed.code == 2 and "which these would be mixed with" in mixed.err
    address.name(None)
    assert equal(before[""], frozen(other, tmp_path / "after")[""]), "nothing was changed"
    open_labels(load(other)).add([Event("z", "zebra")], "eve", "test")  # and it is still open
    assert winnow("labels", "copy", other, "--to", f"{url}#second").code == 0
    joined = winnow("labels", "export", sample, tmp_path / "x.csv", "--workspace",
                    tmp_path / "third", "--labels-db", url)  # fmt: skip
    assert joined.code in (0, 2)  # whether or not it has images yet
    (root / "labels.sqlite").write_bytes((tmp_path / "before/.sqlite").read_bytes())
    back = winnow("labels", "copy", root, "--to", "sqlite")
    assert back.code == 2 and "has other labels" in back.err


def test_a_workspace_with_labels_of_its_own_is_not_taken_along(
    winnow: Winnow, root: Path, url: str, sample: Path, tmp_path: Path
) -> None:
    refused = winnow("labels", "export", sample, tmp_path / "x.csv", "--workspace", root,
                     "--labels-db", url)  # fmt: skip
    assert refused.code == 2 and "copy them to the label database" in refused.err
    assert "s3cret" not in refused.err + refused.out
    assert not (root / "labels-db.json").exists()


def test_two_machines_share_one_collection(
    winnow: Winnow, embedded: Path, sample: Path, url: str, tmp_path: Path
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    shutil.copytree(embedded, one)
    shutil.copytree(embedded, two)
    done = winnow("labels", "import", sample, sample / "truth.csv", "--workspace", one,
                  "--labels-db", url, "--json")  # fmt: skip
    assert done.code == 0, done.err
    seen = winnow("labels", "export", sample, tmp_path / "x.csv", "--workspace", two,
                  "--labels-db", url, "--json")  # fmt: skip
    assert seen.code == 0, seen.err
    assert seen.json["exported"] == done.json["imported"] == 60
    assert json.loads((two / "labels-db.json").read_text())["address"].startswith(
        "postgresql://winnow@127.0.0.1"
    )
    address.name(None)  # the next command knows the database, but no password
    unnamed = winnow("labels", "export", sample, tmp_path / "y.csv", "--workspace", two)
    assert unnamed.code == 2 and "does not let winnow in" in unnamed.err
    strange = tmp_path / "strange"
    shutil.copytree(embedded, strange)
    address.name(f"{url}#{sample.name}")
    with pytest.raises(WinnowError, match="not in other"):
        address.name(f"{url}#other")
        Project.open(sample, one)


def test_backups_hold_what_is_in_the_database_and_come_back(
    winnow: Winnow, root: Path, url: str, tmp_path: Path
) -> None:
    before = frozen(root, tmp_path / "before")
    in_file = back_up(load(root), "test")
    assert winnow("labels", "copy", root, "--to", url).code == 0
    address.name(url)
    backup = back_up(load(root), "test")
    assert backup is not None and in_file is not None
    assert backup.number == in_file.number, "the same state needs no other backup"
    store = open_labels(load(root))
    counted, tags = dict(store.classes()), open_tags(load(root)).current()
    version = store.version()
    store.add([Event("z", "zebra")], "eve", "test")
    newer = back_up(load(root), "test")
    assert newer is not None and newer.number == backup.number + 1
    copy = tmp_path / "copy.sqlite"
    shutil.copyfile(backup.folder / "labels.sqlite", copy)
    LabelStore(copy)
    assert equal(copy, before[""])

    done = winnow("labels", "restore", root, backup.name, "--labels-db", url, "--json")
    assert done.code == 0, done.err
    assert done.json["changes"]["gone"] == 1
    assert store.classes() == counted and open_tags(load(root)).current() == tags
    assert store.version() > version, "whoever follows the log sees that it changed"
    winnow("labels", "restore", root, newer.name, "--labels-db", url)
    assert store.classes() == counted | {"z": "zebra"}


def test_an_app_that_runs_goes_over_to_the_database(winnow: Winnow, root: Path, url: str) -> None:
    host = Host()
    open_already = host.project(root)
    late = LabelStore(load(root).labels)
    done = winnow("labels", "copy", root, "--to", url, "--json")
    assert done.code == 0
    with pytest.raises(StorageError):  # a page keeps the answer and sends it again
        open_already.labels.add([Event("a", "late")], "ann", "test")
    with pytest.raises(StorageError):
        late.add([Event("a", "late")], "ann", "test")
    # Also where the file was open at that moment.
    connection = sqlite3.connect(Path(done.json["aside"]) / "labels.sqlite")
    with pytest.raises(sqlite3.IntegrityError, match="copied to a label database"):
        connection.execute(
            "INSERT INTO events (image_id, kind, annotator, time, source, batch_id,"
            " client, client_seq) VALUES ('a', 'skip', 'a', 1, 's', 'b', 'c', 1)"
        )
    connection.close()
    address.name(url)
    project = host.project(root)
    assert project is not open_already and project is host.project(root)
    project.labels.add([Event("a", "late")], "ann", "test")
    assert project.labels.classes()["a"] == "late"


def test_what_is_no_database_is_refused(winnow: Winnow, root: Path) -> None:
    refused = winnow("labels", "copy", root, "--to", "mysql://ann:hush@host/labels")
    assert refused.code == 2 and "hush" not in refused.err
    assert winnow("labels", "copy", root, "--to", "sqlite").code == 2


def test_without_the_packages_the_way_is_said(
    winnow: Winnow, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "find_spec", lambda name: None)
    refused = winnow("labels", "copy", root, "--to", "postgresql://host/labels")
    assert refused.code == 2 and "pip install 'winnow[postgres]'" in refused.err
    (root / "labels-db.json").write_text("{}")
    assert "pip install" in winnow("labels", "restore", root, "1").err


def test_a_damaged_setting_is_said(winnow: Winnow, root: Path) -> None:
    (root / "labels-db.json").write_text('{"address": "postgresql://host/labels"}')
    refused = winnow("labels", "copy", root, "--to", "sqlite")
    assert refused.code == 2 and "labels-db.json cannot be read" in refused.err
