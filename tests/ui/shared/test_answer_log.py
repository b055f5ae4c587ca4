"""The log of answers: what a browser may send, and the browser's part of it in node."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from node import checked

from core.runtime.errors import StorageError
from core.ui.session import session
from core.ui.shared import answer_log
from core.ui.widgets import mount

SCRIPT = Path(answer_log.__file__).with_suffix(".js")
ID = "0123456789abcdef" * 2
CLIENT = "c" * 32
GOOD: dict[str, object] = {"client": CLIENT, "seq": 1, "id": ID}


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session of somebody in a workspace."""
    monkeypatch.setattr(session, "require_project", lambda: SimpleNamespace(key="workspace"))
    monkeypatch.setattr(session, "annotator", lambda: "me")
    monkeypatch.setattr(session, "name", lambda: "session")
    monkeypatch.setattr(answer_log.st, "session_state", {})


def sent(answers: object, number: object = 1, workspace: str = "workspace") -> dict[str, object]:
    return {"sending": number, "client": CLIENT, "workspace": workspace, "answers": answers}


def hears(monkeypatch: pytest.MonkeyPatch, sending: object) -> None:
    monkeypatch.setattr(mount, "value", lambda key, name: sending)


@pytest.mark.parametrize(
    "log",
    [None, 7, "text", [GOOD], {"answers": [GOOD]}, sent(None), sent("x"), sent([GOOD], "1"),
     sent([GOOD], workspace="another")],
)  # fmt: skip
def test_what_is_no_log_of_this_workspace_has_no_entries(
    log: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    hears(monkeypatch, log)
    assert answer_log.entries("element") == []
    assert answer_log.take("element", lambda *_: pytest.fail("stored")).ack in (
        None, {"client": CLIENT, "sending": 1},
    )  # fmt: skip


def test_entries_without_a_number_or_an_image_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    good = [GOOD | {"more": [1]}, GOOD | {"seq": 2, "by": "ann"}]
    bad: list[object] = [
        None, 7, [], {}, *(GOOD | {"seq": seq} for seq in ("1", 1.5, True, 0, -1, 2**53, None)),
        *(GOOD | {"id": i} for i in (7, "../../etc", ID[:-1], None)),
        *(GOOD | {"client": client} for client in (7, "", "x y", "a" * 65, None)),
        *(GOOD | {"by": by} for by in (7, "", "a" * 1_001, "\ud800")),
    ]  # fmt: skip
    hears(monkeypatch, sent([good[0], *bad, good[1]]))
    assert answer_log.entries("element") == [good[0] | {"by": "me"}, good[1]]


def test_each_client_and_person_is_stored_apart_and_then_acknowledged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = "d" * 32
    answers = [
        GOOD | {"client": other, "by": "ann"}, GOOD, GOOD | {"seq": 2}, GOOD | {"seq": 3, "by": "b"}
    ]  # fmt: skip
    hears(monkeypatch, sent(answers))
    calls: list[tuple[str, str, list[int]]] = []

    def store(client: str, by: str, entries: Sequence[answer_log.Entry]) -> None:
        calls.append((client, by, [entry["seq"] for entry in entries]))

    taken = answer_log.take("element", store)
    assert calls == [(other, "ann", [1]), (CLIENT, "me", [1, 2]), (CLIENT, "b", [3])]
    assert taken.ack == {"client": CLIENT, "sending": 1}
    assert len(taken.fresh) == 4
    again = answer_log.take("element", store)  # the page is drawn for another reason
    assert (len(calls), again.ack, again.fresh) == (3, taken.ack, [])


def test_what_cannot_be_stored_is_not_acknowledged_and_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hears(monkeypatch, sent([GOOD]))

    def refuse(*_: object) -> None:
        raise StorageError("The disk is full.")

    taken = answer_log.take("element", refuse)
    assert (taken.ack, taken.trouble, taken.fresh) == (None, "The disk is full.", [])
    hears(monkeypatch, sent([GOOD], 2))
    taken = answer_log.take("element", lambda *_: None)
    assert (taken.ack, taken.trouble) == ({"client": CLIENT, "sending": 2}, "")
    assert len(taken.fresh) == 1
    hears(monkeypatch, sent([GOOD, GOOD | {"seq": 2}], 3))
    taken = answer_log.take("element", refuse)
    assert taken.ack == {"client": CLIENT, "sending": 2}  # what was said before stays true


def test_the_log_in_the_browser(tmp_path: Path) -> None:
    checked(SCRIPT, Path(__file__).with_name("answer_log.mjs"), tmp_path)
