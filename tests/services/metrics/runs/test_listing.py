"""One list of what happened to a question, notes and the pin, and what a name means."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.services.export import runs as exporting
from core.services.metrics.changes import remember
from core.services.metrics.runs import listing
from core.services.metrics.runs.listing import runs
from core.services.metrics.runs.naming import before, named
from core.services.predict.predicting import predict
from core.services.predict.recording import EXPORT, MODEL_FILE, MOMENT, record
from core.store.history import ledger
from core.store.history.ledger import Entry
from core.store.history.predictions import Past

Label = Callable[[int, int], None]


def export(project: Project, out: Path, person: str = "ann") -> None:
    snapshot = project.snapshot()
    predictions = predict(snapshot)
    plan = exporting.plan(snapshot, predictions, [], exporting.options("hardlink", None, None, 0))
    exporting.write(snapshot, predictions, plan, out, Report(), person=person)


@pytest.fixture
def history(project: Project, clock: list[float], label: Label, tmp_path: Path) -> Project:
    """Prompts, an automatic record, a moment, a model file and an export, in this order."""
    clock[0] += 100
    (name, prompts), *rest = project.classes().classes
    project.save_vocabulary(Vocabulary(((name, (*prompts, "one more")), *rest)))
    snapshot = project.snapshot()
    clock[0] += 100
    remember(snapshot, predict(snapshot), None, clock[0])
    clock[0] += 100
    record(snapshot, predict(snapshot), MOMENT, "prompts alone", "bob")
    clock[0] += 100
    label(0, 15)
    snapshot = project.snapshot()
    record(snapshot, predict(snapshot), MODEL_FILE, "a.winnow", "ann")
    export(project, tmp_path / "out")
    return project


def test_all_kinds_are_listed_newest_first(history: Project) -> None:
    listed = runs(history.workspace)
    kinds = [run.kind for run in listed if run.kind != listing.PROMPTS]
    assert kinds[0] in (EXPORT, listing.ENCODER)  # of the real clock
    assert sorted(kinds) == sorted([EXPORT, listing.ENCODER, MODEL_FILE, MOMENT, listing.AUTOMATIC])
    assert [run.time for run in listed] == sorted((run.time for run in listed), reverse=True)
    of = {run.kind: run for run in listed}
    assert (of[EXPORT].name, of[EXPORT].person) == ("out", "ann")
    assert (of[MOMENT].name, of[MOMENT].person) == ("prompts alone", "bob")
    assert of[EXPORT].figures["labels"] == of[MODEL_FILE].figures["labels"] == 15
    assert of[EXPORT].accuracy is not None and of[MOMENT].accuracy is None
    assert of[listing.ENCODER].name == "starter"
    assert of[listing.PROMPTS].classes is not None
    assert runs(history.workspace, [MOMENT]) == [of[MOMENT]]
    assert json.loads(json.dumps([run.as_json() for run in listed]))


def test_an_export_of_before_the_ledger_tells_its_own_figures(history: Project) -> None:
    listed = {run.kind: run for run in runs(history.workspace)}
    (history.workspace.home / "ledger.jsonl").unlink()
    (run,) = runs(history.workspace, [EXPORT])
    assert (run.id, run.person) == (listed[EXPORT].id, "")
    assert run.figures["labels"] == 15 and run.figures["n"] == 15
    assert run.accuracy == pytest.approx(listed[EXPORT].accuracy, abs=1e-6)


def test_a_note_and_a_pin(history: Project, clock: list[float]) -> None:
    moment = named(history.workspace, "prompts alone", clock[0])
    listing.note(history.workspace, moment, "the <b>first</b>", "ann")
    listing.pin(history.workspace, moment, "ann")
    pinned = named(history.workspace, "pinned", clock[0])
    assert pinned.id == moment.id and pinned.pinned
    assert pinned.note is not None and pinned.note.text == "the <b>first</b>"
    assert sum(run.pinned for run in runs(history.workspace)) == 1
    listing.pin(history.workspace, None, "ann")
    with pytest.raises(WinnowError, match="No run is pinned"):
        named(history.workspace, "pinned", clock[0])
    for passing in ("now", runs(history.workspace, [listing.AUTOMATIC])[0].id):
        run = named(history.workspace, passing, clock[0])
        with pytest.raises(WinnowError, match="keep the moment under a name first"):
            listing.pin(history.workspace, run, "ann")


def test_what_a_name_means(history: Project, clock: list[float]) -> None:
    workspace = history.workspace
    moment = named(workspace, "prompts alone", clock[0])
    assert named(workspace, moment.id, clock[0]) == moment
    assert named(workspace, moment.id[:-3], clock[0]) == moment
    after = datetime.fromtimestamp(moment.time + 1).isoformat(" ")
    assert named(workspace, after, clock[0]).id == moment.id
    assert named(workspace, "now", 7.0).time == 7.0
    with pytest.raises(WinnowError, match="There is no run nothing: write an id"):
        named(workspace, "nothing", clock[0])
    with pytest.raises(WinnowError, match="before 1999-01-01 is on record"):
        named(workspace, "1999-01-01", clock[0])
    with pytest.raises(WinnowError, match="There is no run : write"):
        named(workspace, "", clock[0])
    record(history.snapshot(), predict(history.snapshot()), MOMENT, "prompts alone", "bob")
    with pytest.raises(WinnowError, match="2 runs are called prompts alone"):
        named(workspace, "prompts alone", clock[0])


def test_the_last_predictions_before_a_moment(history: Project) -> None:
    listed = runs(history.workspace)
    moment = next(run for run in listed if run.kind == MOMENT)
    assert before(listed, moment.time) == moment
    kept = before(listed, moment.time - 1)
    assert kept is not None and kept.kind == listing.AUTOMATIC
    assert before(listed, kept.time - 1) is None  # prompts and encoders predict nothing


def test_a_workspace_without_a_past(project: Project) -> None:
    for file in ("journal.jsonl", "vocabulary-history.jsonl"):
        (project.workspace.root / file).unlink(missing_ok=True)
    assert runs(project.workspace) == []


def test_times_that_are_no_date_are_passed_over(project: Project) -> None:
    before = runs(project.workspace)
    for moment in (1e300, -5.0, 253_402_300_800.0):
        entry = Entry(f"at {moment}", moment, MOMENT, "odd", "")
        ledger.add(project.workspace.home, entry, Past(1.0, [], [], np.zeros(0)))
    assert len(ledger.read(project.workspace.home).entries) == 3
    assert runs(project.workspace) == before
