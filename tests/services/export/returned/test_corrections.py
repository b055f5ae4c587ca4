"""Corrections of an export as labels: one batch, one undo, two people's copies compared."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from core.project.project import Project
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.services.export import runs
from core.services.export.returned import words
from core.services.export.returned.corrections import Copy, Taken, read_copy, take
from core.services.export.returned.origin import question_of
from core.services.predict.predicting import predict
from core.services.prompts.grouping import put_in_group
from core.store import questions
from core.store.labels.base import Event


@pytest.fixture
def out(project: Project, tmp_path: Path) -> Path:
    """An export of the project's images."""
    snapshot = project.snapshot()
    predictions = predict(snapshot)
    plan = runs.plan(snapshot, predictions, [], runs.options("hardlink", None, 0.3, 0))
    runs.write(snapshot, predictions, plan, tmp_path / "out", Report())
    return tmp_path / "out"


def copy_of(project: Project, out: Path, name: str) -> Copy:
    return read_copy(out, name, project.snapshot())


def taken(project: Project, out: Path, name: str = "ann", **options: bool) -> Taken:
    return take(project, [copy_of(project, out, name)], **options)


def answers(project: Project) -> dict[str, tuple[str, str | None]]:
    return {i: (label.kind, label.label) for i, label in project.labels.current().items()}


def files(project: Project, out: Path) -> list[tuple[Path, str]]:
    """The files in class folders, each with its class."""
    names = project.classes().names
    return [(path, name) for name in names for path in sorted((out / name).glob("*"))]


def test_random_corrections_are_labels_and_one_undo_takes_all_back(
    project: Project, out: Path
) -> None:
    names, chance = project.classes().names, random.Random(4)
    project.labels.add([Event(project.pool().ids[3], names[0])], "ann", "test")
    before = answers(project)
    lying = files(project, out)
    ids = {e: i for i, e in copy_of(project, out, "ann").changes.paths.items()}
    by_name = {Path(path).name: image for path, image in ids.items()}
    wanted: dict[str, tuple[str, str | None]] = {}
    for path, label in chance.sample(lying, len(lying) // 2):
        other = chance.choice([name for name in names if name != label])
        image = by_name[path.name]
        if chance.random() < 0.2:
            path.unlink()
            wanted[image] = ("unusable", None)
        else:
            path.rename(out / other / f"{chance.random()} {path.name}")
            wanted[image] = ("label", other)
    result = taken(project, out, unusable=True)
    assert result.labels == len(wanted) and result.batch is not None
    assert answers(project) == before | wanted
    assert {label.source for i, label in project.labels.current().items() if i in wanted} == {
        "export out"
    }
    again = taken(project, out, unusable=True)
    assert (again.labels, again.batch, again.already) == (0, None, len(wanted))
    assert sorted(project.labels.undo(result.batch, "bob")) == sorted(wanted)
    assert answers(project) == before


def test_deleted_files_are_no_label_unless_they_are_to_be(project: Project, out: Path) -> None:
    path, _ = files(project, out)[0]
    path.unlink()
    result = taken(project, out)
    assert (result.labels, result.batch) == (0, None)
    assert len(result.copies[0].changes.deleted) == 1
    assert words.as_json(result)["deleted"] == 1


def test_what_was_not_moved_is_a_label_where_all_was_looked_at(project: Project, out: Path) -> None:
    placed = copy_of(project, out, "ann").changes.placed
    assert taken(project, out, rest=True).labels == len(placed)
    assert project.labels.classes() == placed


def test_two_peoples_copies_give_kappa_and_conflicts_in_one_batch(
    project: Project, out: Path, tmp_path: Path
) -> None:
    second = shutil.copytree(out, tmp_path / "second")
    names = project.classes().names
    one, two, three = files(project, out)[:3]
    other = next(name for name in names if name != one[1])
    moved = [out / one[0].relative_to(out), second / one[0].relative_to(out)]
    for folder, path in zip((out, second), moved, strict=True):
        path.rename(folder / other / path.name)  # both agree
    (out / two[0].relative_to(out)).rename(out / other / two[0].name)  # only the first
    (second / three[0].relative_to(out)).unlink()
    result = take(project, [copy_of(project, out, "ann"), copy_of(project, second, "bob")])
    assert result.together is not None and result.batch is not None
    assert len(result.together.disputed) == 1 and result.together.agreement.kappa is not None
    both = len(copy_of(project, out, "ann").changes.placed) - 1
    assert result.together.agreement.images == both
    assert result.together.agreement.share == pytest.approx((both - 1) / both)
    assert result.labels == 4
    (disputed,) = result.together.disputed
    current = project.labels.current()
    assert current[disputed].conflict and sum(label.conflict for label in current.values()) == 1
    assert "They differ on 1" in words.as_text(result)
    project.labels.undo(result.batch, "ann")
    assert answers(project) == {}


def test_two_copies_of_one_person_or_of_two_exports_are_refused(
    project: Project, out: Path, tmp_path: Path
) -> None:
    own = copy_of(project, out, "ann")
    with pytest.raises(WinnowError, match="would be ann's"):
        take(project, [own, own])
    other = Copy(tmp_path, "bob", type(own.changes)(paths={"00": "a.jpg"}))
    with pytest.raises(WinnowError, match="not copies of one export"):
        take(project, [own, other])
    assert answers(project) == {}


def test_people_who_read_one_after_the_other_are_compared(project: Project, out: Path) -> None:
    taken(project, out, "ann", rest=True)
    people = taken(project, out, "bob", rest=True).people
    assert people["ann", "bob"].share == 1.0
    assert "ann and bob: the same class for 100.0%" in words.as_text(
        taken(project, out, "bob", rest=True)
    )


def test_the_question_of_an_export_is_found(project: Project, out: Path, tmp_path: Path) -> None:
    own = question_of(project.workspace, out)
    assert own is not None and own.slug == ""
    moved = shutil.copytree(out, tmp_path / "elsewhere")
    assert question_of(project.workspace, moved) == own
    questions.add(project.workspace.root, "colours")
    shutil.rmtree(project.workspace.runs)
    assert question_of(project.workspace, out) is None


def test_folders_of_groups_are_read_back_and_classes_without_an_image_are_known(
    project: Project, tmp_path: Path
) -> None:
    names = project.classes().names
    put_in_group(project.vocabulary_file, names[:3], "some")
    snapshot = project.snapshot()
    predictions = predict(snapshot)
    plan = runs.plan(snapshot, predictions, [], runs.options("hardlink", None, 0.5, 0))
    runs.write(snapshot, predictions, plan, tmp_path / "out", Report())
    lying = sorted((tmp_path / "out" / names[3]).glob("*"))[:2]
    places = [tmp_path / "out" / "some" / names[0], tmp_path / "out" / "some" / "unsure"]
    for path, place in zip(lying, places, strict=True):
        place.mkdir(parents=True, exist_ok=True)
        path.rename(place / path.name)
    done = taken(project, tmp_path / "out")
    assert done.labels == 2 and not done.unknown
    assert sorted(name for _, name in answers(project).values() if name) == sorted(
        [names[0], "some"]
    )
