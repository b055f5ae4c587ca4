"""The desk asks a second person about some images, without a hint of the first answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sendings import sending
from streamlit.testing.v1 import AppTest

from core.learn.models.softmax import softmax
from core.project.project import Project
from core.services.predict.zero_shot import zero_shot
from core.store.labels.base import Event
from core.store.people.second import is_second, keep_second_every, second_every
from core.ui.label import state
from core.ui.label.labeler import thousandths
from core.ui.session import session

EVERY = 4


@pytest.fixture
def waiting(project: Project) -> list[str]:
    """Two images that Ann labeled and that a second person is asked about."""
    keep_second_every(project.workspace.home, EVERY)
    ours = [i for i in project.pool().ids if is_second(i, EVERY)][:2]
    name = project.classes().names[0]
    project.labels.add([Event(i, name) for i in ours], "Ann", "label page, one")
    return ours


def label_page(app: AppTest, person: str) -> AppTest:
    app.session_state[session.ANNOTATOR] = person
    app.run()
    app.switch_page(str(Path("../../../pages/label.py"))).run()
    assert not app.exception, [e.value for e in app.exception]
    return app


def test_they_stand_in_the_queue_and_say_only_what_the_prompts_say(
    app: AppTest, drawn: list[dict[str, Any]], project: Project, waiting: list[str], starter
) -> None:
    label_page(app, "Bob")
    queue = drawn[-1]["queue"]
    asked = [item["id"] for item in queue]
    assert set(waiting) <= set(asked) and asked[0] not in waiting
    snapshot = project.use(starter).snapshot()
    for item in queue:
        if item["id"] in waiting:
            row = snapshot.pool.rows[item["id"]]
            (shares,) = softmax(zero_shot(snapshot).logits_of([row]))
            assert item["probabilities"] == thousandths(shares)
            assert item["why"] == {"prompt": "", "neighbours": []} and item["prompt"] is None
    assert "0 of 2 images labeled twice" in drawn[-1]["meter"]["lines"]


def test_an_answer_counts_and_is_not_asked_again(
    app: AppTest, drawn: list[dict[str, Any]], project: Project, waiting: list[str]
) -> None:
    label_page(app, "Bob")
    name = project.classes().names[0]
    answer = {"seq": 1, "id": waiting[0], "kind": "label", "label": name, "target": None}
    app.session_state[state.LABELER] = {"log": sending([answer]), "apart": None}
    app.run()
    assert "1 of 2 images labeled twice" in drawn[-1]["meter"]["lines"]
    assert waiting[0] not in [item["id"] for item in drawn[-1]["queue"]]
    assert {a.annotator for a in project.labels.answers()[waiting[0]]} == {"Ann", "Bob"}


def test_whoever_answered_is_not_asked_as_the_second_person(
    app: AppTest, drawn: list[dict[str, Any]], waiting: list[str]
) -> None:
    label_page(app, "Ann")
    assert not set(waiting) & {item["id"] for item in drawn[-1]["queue"]}


def test_the_field_keeps_the_setting(app: AppTest, project: Project) -> None:
    label_page(app, "Bo")
    app.number_input(key=state.SECOND_EVERY).set_value(12).run()
    assert second_every(project.workspace.home) == 12
    assert app.number_input(key=state.SECOND_EVERY).value == 12
