"""What a role may not do is refused wherever it is done, and nothing of it is left behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.embedding.run import embed
from core.learn.heads.names import NAMES
from core.project.head_file import keep_head
from core.project.project import Project
from core.project.voters import keep_voters
from core.runtime import acting as module
from core.runtime.acting import Actor, acting
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.services.data.caption_import import import_captions
from core.services.data.label_import import import_labels
from core.services.data.restoring import restore
from core.services.export import runs
from core.services.export.promises import signing
from core.services.people import roles
from core.services.predict.predicting import predict
from core.services.predict.words import use_words
from core.services.prompts.classes import add_classes
from core.services.prompts.refining import use_refinement
from core.services.prompts.restructuring import remove_class, rename_class
from core.store import questions
from core.store.backups.listing import backups_of
from core.store.labels.base import Event
from core.store.people.second import keep_second_every

Do = Callable[[Project, Path], object]


@pytest.fixture(autouse=True)
def nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ASKED", [])


@pytest.fixture
def team(project: Project) -> Project:
    for name, role in (("Bo", "owns"), ("Rea", "reviews"), ("Ann", "labels")):
        roles.add(project.workspace, name, role)
    ids = project.pool().ids
    project.labels.add([Event(image, "animal") for image in ids[:25]], "Ann", "test")  # a backup
    return project


def export(project: Project, out: Path) -> object:
    snapshot = project.snapshot()
    predictions = predict(snapshot)
    plan = runs.plan(snapshot, predictions, [], runs.options("copy", None, None, 0))
    return runs.write(snapshot, predictions, plan, out / "sorted", Report())


def put_back(project: Project, out: Path) -> object:
    (backup, *_) = backups_of(project.workspace.home)
    return restore(project.workspace, project.vocabulary_file, backup)


def sign(project: Project, out: Path) -> object:
    snapshot = project.snapshot()
    predictions = predict(snapshot)
    name = predictions.names[int(predictions.assigned[snapshot.unanswered[0]])]
    return signing.begin(snapshot, predictions, name, 0.9)


def first_path(project: Project) -> str:
    return project.pool().paths[30]


OWNERS: dict[str, Do] = {
    "export": export,
    "put a backup back": put_back,
    "add a class": lambda project, out: add_classes(project.vocabulary_file, ["fresh"]),
    "rename a class": lambda project, out: rename_class(
        project.vocabulary_file, project.labels, "animal", "beast", "x"
    ),
    "delete a class": lambda project, out: remove_class(
        project.vocabulary_file, project.labels, "animal", "x"
    ),
    "import labels": lambda project, out: import_labels(
        project, {first_path(project): "animal"}, "x"
    ),
    "import captions": lambda project, out: import_captions(
        project.snapshot(), [(first_path(project), "a caption")]
    ),
    "refine": lambda project, out: use_refinement(project.workspace, True),
    "speak": lambda project, out: use_words(project.workspace, "{title}"),
    "another head": lambda project, out: keep_head(project.workspace.home, NAMES[-1]),
    "vote": lambda project, out: keep_voters(project.workspace.home, ["starter"]),
    "label twice": lambda project, out: keep_second_every(project.workspace.home, 3),
    "add a question": lambda project, out: questions.add(project.workspace.root, "Kind"),
    "list somebody": lambda project, out: roles.add(project.workspace, "Eve", "labels"),
}


def state_of(project: Project) -> dict[str, bytes]:
    """The files that people's work is in."""
    root = project.workspace.root
    kept = ("labels.sqlite", "cache", "backups", ".lock", ".sqlite-")
    files = (path for path in root.rglob("*") if path.is_file())
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in files
        if not any(part in str(path.relative_to(root)) for part in kept)
    }


@pytest.mark.parametrize("what", OWNERS)
@pytest.mark.parametrize("who", ["Ann", "Rea", "Eve"])
def test_only_owners_may(team: Project, tmp_path: Path, what: str, who: str) -> None:
    labels, before = dict(team.labels.current()), state_of(team)
    with acting(Actor(who)), pytest.raises(WinnowError, match="ask Bo") as refused:
        OWNERS[what](team, tmp_path)
    assert str(refused.value).startswith(who) and "cannot" in str(refused.value)
    assert team.labels.current() == labels and state_of(team) == before
    assert not (tmp_path / "sorted").exists()


@pytest.mark.parametrize("what", OWNERS)
def test_owners_may_all_of_it(team: Project, tmp_path: Path, what: str) -> None:
    with acting(Actor("Bo")):
        OWNERS[what](team, tmp_path)


def test_reviewers_sign_folders_and_who_labels_does_not(team: Project, tmp_path: Path) -> None:
    with acting(Actor("Ann")), pytest.raises(WinnowError, match="Ann labels here and cannot sign"):
        sign(team, tmp_path)
    with acting(Actor("Rea")):
        sign(team, tmp_path)


def test_who_labels_labels_and_takes_it_back_and_who_is_not_listed_does_not(
    team: Project,
) -> None:
    image = team.pool().ids[40]
    with acting(Actor("Ann")):
        batch = team.labels.add([Event(image, "animal")], "Ann", "label page")
        assert team.labels.undo(batch, "Ann") == [image]
        assert team.labels.claim([image], "c1") == [image]
    with acting(Actor("Eve")), pytest.raises(WinnowError, match="Eve is not on the list"):
        team.labels.add([Event(image, "animal")], "Eve", "label page")


def test_nothing_new_to_embed_needs_no_owner_and_new_images_do(
    team: Project, starter, tmp_path: Path
) -> None:
    with acting(Actor("Ann")):
        assert embed(team.workspace, starter).embedded == 0
        with pytest.raises(WinnowError, match="cannot embed images"):
            embed(team.workspace, starter, reread=True)


def test_a_damaged_list_lets_nobody_in(team: Project) -> None:
    (team.workspace.root / "people.json").write_text("{")
    with acting(Actor("Bo")), pytest.raises(WinnowError, match="until it is repaired"):
        add_classes(team.vocabulary_file, ["fresh"])
