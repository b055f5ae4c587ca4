"""The gate: who may do what, and what of it is in the log."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.runtime import acting as module
from core.runtime.acting import Actor, acting
from core.runtime.errors import WinnowError
from core.store.history.activity import done_between
from core.store.people.gate import doing, note, refusal, require
from core.store.people.people_file import Person, put
from core.store.people.roles import ACTS, CLASSES, EXPORT, LABEL, ROLES, SETTLE, may
from core.store.workspace import QUESTIONS, Workspace


@pytest.fixture(autouse=True)
def nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ASKED", [])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    Workspace(tmp_path / "ws", tmp_path).save()
    return tmp_path / "ws"


@pytest.fixture
def listed(root: Path) -> Path:
    put(root, Person(name="Bo", role="owns"))
    put(root, Person(name="Rea", role="reviews"))
    put(root, Person(name="Ann", role="labels", login="ann@x.org"))
    return root


def allowed(root: Path, who: Actor) -> set[str]:
    with acting(who):
        return {act.name for act in ACTS if not refusal(root, act)}


def test_without_a_list_everybody_may_do_everything(root: Path) -> None:
    assert allowed(root, Actor("anybody")) == {act.name for act in ACTS}


def test_each_role_may_all_that_the_one_before_may(listed: Path) -> None:
    by_role = [{act.name for act in ACTS if may(role, act)} for role in ROLES]
    assert by_role[0] < by_role[1] < by_role[2] == {act.name for act in ACTS}
    assert by_role[0] == {"label"} and by_role[1] == {"label", "settle", "see", "sign-off"}
    assert [allowed(listed, Actor(name)) for name in ("Ann", "Rea", "Bo")] == by_role
    assert allowed(listed, Actor("ann")) == by_role[0]  # as people type names


def test_who_is_not_listed_may_only_look_but_owns_the_files_at_the_command_line(
    listed: Path,
) -> None:
    assert allowed(listed, Actor("Eve")) == set()
    assert allowed(listed, Actor("Eve", local=True)) == {act.name for act in ACTS}
    assert allowed(listed, Actor("Ann", local=True)) == {"label"}


def test_who_is_signed_in_is_nobody_whose_name_is_only_alike(listed: Path) -> None:
    put(listed, Person(name="o-n@x.org", role="owns"))
    assert allowed(listed, Actor("O-N@x.org", signed=True)) == {act.name for act in ACTS}
    assert allowed(listed, Actor("o_n@x.org", signed=True)) == set()


def test_a_refusal_says_who_can(listed: Path) -> None:
    with acting(Actor("Ann")):
        assert refusal(listed, EXPORT) == "Ann labels here and cannot export: ask Bo, who can."
        with pytest.raises(WinnowError, match="ask Bo or Rea, who can"):
            require(listed, SETTLE)
    with acting(Actor("Eve")):
        assert refusal(listed, LABEL) == (
            "Eve is not on the list of people of this workspace and cannot label images: ask Bo "
            "to be added."
        )


def test_questions_share_the_list_and_the_log(listed: Path) -> None:
    home = listed / QUESTIONS / "kind"
    with acting(Actor("Ann")), pytest.raises(WinnowError, match="cannot change classes"):
        require(home, CLASSES)
    with acting(Actor("Bo")):
        note(home, CLASSES, "added cat")
    (line,) = done_between(listed, 0.0, float("inf"))
    assert (line.person, line.act, line.about, line.question) == (
        "Bo", "classes", "added cat", "kind",
    )  # fmt: skip


def test_one_act_is_one_line_when_it_ended_well(root: Path) -> None:
    with acting(Actor("Bo")):
        with doing(root, EXPORT) as line:
            with doing(root, CLASSES, "within"):
                note(root, CLASSES, "within as well")
            line.about = "7 images"
        with pytest.raises(ValueError, match="broke"), doing(root, EXPORT, "never"):
            raise ValueError("broke")
    assert [(d.act, d.about) for d in done_between(root, 0.0, 9e9)] == [("export", "7 images")]


def test_what_may_not_be_done_is_not_begun(listed: Path) -> None:
    with acting(Actor("Ann")), pytest.raises(WinnowError), doing(listed, EXPORT, "x"):
        pytest.fail("the block ran")
    assert done_between(listed, 0.0, 9e9) == []


def test_a_folder_that_is_no_workspace_keeps_no_log(tmp_path: Path) -> None:
    with doing(tmp_path, EXPORT, "x"):
        pass
    assert list(tmp_path.iterdir()) == []
