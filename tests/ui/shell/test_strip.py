"""The strip: where one stands, and the one coloured button, which leads to the next step."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hosts import new_host
from streamlit.testing.v1 import AppTest

from core.export.record.past import Run
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.services.data.stage import Stage, Step
from core.store import questions
from core.store.labels.base import Event
from core.ui.session import fitting, host
from core.ui.shared import strip

ENTRY = Path(__file__).parents[3] / "core/ui/shell/app.py"
PAGES = (
    "data",
    "prompts",
    "clusters",
    "search",
    "try_one",
    "tags",
    "label",
    "metrics",
    "export",
    "deliveries",
)


def line(app: AppTest) -> str:
    """The strip of a page as HTML."""
    [html] = [each.proto.body for each in app.get("html") if "wn-strip-line" in each.proto.body]
    return str(html)


def visit(app: AppTest, page: str) -> AppTest:
    app.run()
    app.switch_page(f"../../../pages/{page}.py").run()
    assert not app.exception, [error.value for error in app.exception]
    return app


def coloured(app: AppTest) -> list[str]:
    return [button.label for button in app.button if button.proto.type == "primary"]


@pytest.mark.parametrize("page", PAGES)
def test_each_page_has_the_strip_and_at_most_one_coloured_button(
    app: AppTest, project: Project, page: str
) -> None:
    visit(app, page)
    assert "<b>60</b>" in line(app) and "<b>0</b><i>labels" in line(app)
    assert coloured(app) == ([] if page == "label" else ["Label images"])


def test_the_button_leads_to_the_page_of_the_step(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("streamlit.switch_page", asked.append)  # AppTest does not follow it
    visit(app, "export")
    app.button(key="strip-next").click().run()
    assert asked == ["../../../pages/label.py"] and not app.exception


def test_the_step_follows_what_is_there(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = Project.open(sample, tmp_path / "fresh")
    monkeypatch.setattr(host, "shared", new_host(first=fresh.workspace.root))
    app = AppTest.from_file(str(ENTRY), default_timeout=60)
    visit(app, "data")
    assert coloured(app) == ["Embed the images"]
    assert app.button(key="embed").proto.type == "primary"
    visit(app, "search")
    assert coloured(app) == ["Embed the images"]
    monkeypatch.setattr(host, "shared", new_host())
    alone = AppTest.from_file(str(ENTRY), default_timeout=60).run()
    assert coloured(alone) == ["Open"]


def test_without_classes_they_come_next(app: AppTest, project: Project) -> None:
    project.save_vocabulary(Vocabulary())
    visit(app, "data")
    assert coloured(app) == ["Write classes"]


def test_with_every_image_labeled_export_comes_next(app: AppTest, project: Project) -> None:
    ids = project.pool().ids
    project.labels.add([Event(i, project.classes().names[0]) for i in ids], "ann", "test")
    visit(app, "metrics")
    assert "<b>60</b><i>labels" in line(app)
    assert coloured(app) == ["Export"]
    visit(app, "export")
    assert [label for label in coloured(app) if not label.startswith("Write")] == []


def test_each_question_has_its_own_figures(app: AppTest, project: Project) -> None:
    ids = project.pool().ids
    project.labels.add([Event(i, project.classes().names[0]) for i in ids[:9]], "ann", "test")
    added = questions.add(project.workspace.root, "Other")
    visit(app, "data")
    assert "<b>9</b><i>labels" in line(app)
    app.selectbox(key="question-picked").select(added.slug).run()
    assert "<b>0</b><i>labels" in line(app) and coloured(app) == ["Write classes"]


def test_the_strip_fits_no_model(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "predict", lambda *_: pytest.fail("a model was fitted"))
    visit(app, "data")
    assert "wn-strip-line" in line(app)


def test_a_damaged_vocabulary_file_closes_no_strip(app: AppTest, project: Project) -> None:
    project.workspace.vocabulary.write_text("classes: [")
    visit(app, "data")
    assert "<b>60</b>" in line(app) and coloured(app) == ["Write classes"]


def test_names_are_escaped_and_figures_have_their_words() -> None:
    run = Run(Path("x"), '"><script>alert(1)</script>', datetime(2025, 1, 2, 3, 4))
    reached = Stage(1, 1, 1, 30, (0.912, 0.8, 0.97), 1, run, 1, Step.DONE)
    html = strip.markup(reached)
    assert "<script>" not in html
    assert "1</b><i>image<" in html and "1</b><i>class<" in html and "1</b><i>label<" in html
    assert "91%</b><i>accuracy" in html and "(80%–97%)" in html and "1 label since" in html
    fresh = strip.markup(Stage(0, 0, 0, 0, None, 0, None, 0, Step.EMBED), 3_781)
    assert "<b>3,781</b><i>images<" in fresh and "none embedded yet" in fresh
    unknown = strip.markup(Stage(5, 2, 3, 3, None, 0, None, 0, Step.LABEL))
    assert "Known from 10 random images with a label; 3 so far." in unknown
