"""What people said and decided beside the labels comes back from a backup, all of it."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import numpy as np
import polars as pl

from core.project.head_file import head_in, keep_head
from core.project.project import Project
from core.project.voters import keep_voters, voters_in
from core.services.data.folder_level import read_level, save_level
from core.services.data.restoring import preview, restore
from core.services.export.promises import signing
from core.services.predict.predicting import predict
from core.store import questions
from core.store.apart import read_apart, take_apart
from core.store.backups import belongings
from core.store.backups.listing import Backup, backups_of
from core.store.backups.taking import back_up
from core.store.history import ledger, signatures
from core.store.history.predictions import Past
from core.store.labels.base import Event
from core.store.labels.dismissed import dismiss, read_dismissed
from core.store.labels.drawn import note_drawn, read_drawn
from core.store.metadata.table import MetadataTable
from core.store.metadata.versions import load_metadata, save_metadata


def say_everything(project: Project) -> None:
    """One of each thing that people say or decide, by what really writes it."""
    place, snapshot = project.workspace, project.snapshot()
    ids, name = list(snapshot.pool.ids), snapshot.names[0]
    project.labels.add([Event(i, name) for i in ids[:4]], "ann", "test")
    predictions = predict(snapshot)
    signing.begin(snapshot, predictions, predictions.names[int(predictions.assigned[9])], 0.8)
    note_drawn(place, ids[:3])
    dismiss(place, {ids[5]: ("cat", "dog")})
    take_apart(place, ids[6:8])
    keep_head(place.home, "balanced")
    keep_voters(place.home, ["starter", "tuned:shop"])
    place.refining.touch()
    place.words.write_text("{title}")
    save_level(place, 2)
    past = Past(time.time(), [name], ids, np.zeros(len(ids), np.uint16), {})
    ledger.add(place.home, ledger.Entry("one", time.time(), "moment", "monday", "ann"), past)
    ledger.write_note(place.home, "one", "the good one", "ann")
    ledger.pin(place.home, "one", "ann")
    cells = {"price": pl.Series([1, 2])}
    table = MetadataTable(("price",), {"price": "number"}, "", ids[:2], cells)
    save_metadata(place.root, table, "prices.csv", ["price"])
    questions.add(place.root, "Second")


def standing(project: Project) -> dict[str, object]:
    """All of that as its readers see it."""
    place = project.workspace
    book, past = ledger.read(place.home), ledger.past_of(place.home, "one")
    return {
        "labels": dict(project.labels.classes()),
        "signed": signatures.read(place.home),
        "drawn": read_drawn(place),
        "dismissed": read_dismissed(place),
        "apart": read_apart(place),
        "head": head_in(place.home),
        "voters": voters_in(place.home),
        "refined": place.refining.exists(),
        "words": place.words.read_text() if place.words.exists() else "",
        "level": read_level(place),
        "runs": (book.entries, book.notes, book.pinned, past is not None),
        "columns": load_metadata(place.root).names,
        "questions": [one.name for one in questions.questions_of(place.root)],
    }


def taken(project: Project) -> Backup:
    backup = back_up(project.workspace, "test")
    assert backup is not None
    return backup


def test_all_that_people_said_comes_back_where_everything_is_gone(
    project: Project, tmp_path: Path
) -> None:
    say_everything(project)
    before, backup = standing(project), taken(project)
    assert taken(project) == backup, "nothing has changed"
    place = project.workspace
    # The folders of a backup take no room, and are whole without the originals.
    shutil.copytree(backup.folder, tmp_path / "elsewhere")
    for path in [*belongings.files(place), *belongings.folders(place), place.labels]:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    assert not any(p.exists() for p in (place.home / "signatures.json", place.root / "metadata"))
    for end in ("-wal", "-shm"):
        Path(f"{place.labels}{end}").unlink(missing_ok=True)
    fresh = Project(place).use(project.encoder)
    assert standing(fresh) != before
    # Without any label there is no state to lose, and settings are brought back all the same.
    restore(place, fresh.vocabulary_file, backup)
    assert standing(fresh) == before


def test_what_was_said_since_is_taken_back_and_comes_again_with_the_next_restore(
    project: Project,
) -> None:
    ids = project.pool().ids
    project.labels.add([Event(ids[0], project.classes().names[0])], "ann", "test")
    plain, backup = standing(project), taken(project)
    say_everything(project)
    everything = standing(project)
    seen = preview(project.workspace, backup)
    assert "signed folders" in seen.changes.beside and not seen.changes.nothing
    assert "signed folders" in seen.changes.as_text()
    done = restore(project.workspace, project.vocabulary_file, backup)
    now = standing(project)
    # What only grows stays: runs, columns and questions are not in the way of anybody.
    grown = {"runs", "columns", "questions"}
    assert {k: v for k, v in now.items() if k not in grown} == {
        k: v for k, v in plain.items() if k not in grown
    }
    assert {k: now[k] for k in grown} == {k: everything[k] for k in grown}
    assert done.before is not None
    restore(project.workspace, project.vocabulary_file, done.before)
    assert standing(project) == everything


def test_labels_alone_leave_how_predictions_are_made(project: Project) -> None:
    ids = project.pool().ids
    project.labels.add([Event(ids[0], project.classes().names[0])], "ann", "test")
    backup = taken(project)
    say_everything(project)
    restore(project.workspace, project.vocabulary_file, backup, labels_only=True)
    now = standing(project)
    assert (now["head"], now["refined"], now["level"]) == ("balanced", True, 2)
    assert (now["signed"], now["drawn"]) == ([], ())


def test_a_backup_of_before_it_knew_them_takes_nothing_away(project: Project) -> None:
    say_everything(project)
    backup = taken(project)
    about = backup.folder / "backup.json"
    content = json.loads(about.read_text())
    del content["covers"]
    about.write_text(json.dumps(content))
    for name in ("signatures.json", "head"):
        (backup.folder / name).unlink()
    (old,) = backups_of(project.workspace.root)
    before = standing(project)
    restore(project.workspace, project.vocabulary_file, old)
    assert standing(project) == before
