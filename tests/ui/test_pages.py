"""Every page, driven through the app's entry as Streamlit runs it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from drawn import numbers_on
from hosts import new_host
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.ui.export import preview
from core.ui.session import fitting, host

ENTRY = Path(__file__).parents[2] / "core/ui/shell/app.py"
PAGES = ("data", "prompts", "clusters", "search", "label", "metrics", "export")
FOLLOWS = "this page follows in a moment"


def visit(app: AppTest, page: str) -> AppTest:
    app.run()
    assert not app.exception
    app.switch_page(f"../../../pages/{page}.py").run()
    assert not app.exception, [e.value for e in app.exception]
    return app


def said(elements) -> str:
    """The first of some messages as people read it."""
    return elements[0].value.replace("\\", "")


def texts(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.success]
    return "\n".join(str(part.value) for part in [*parts, *app.title, *app.subheader])


@pytest.mark.parametrize("page", PAGES)
def test_each_page_works_on_the_sample(app: AppTest, page: str) -> None:
    visit(app, page)
    assert not app.error


@pytest.mark.parametrize("page", PAGES)
def test_each_page_without_a_folder_says_what_to_do(
    page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "shared", new_host())
    app = AppTest.from_file(str(ENTRY), default_timeout=60)
    visit(app, page)
    expected = "Start with a folder" if page == "data" else "No images are open yet"
    assert expected in texts(app)


@pytest.mark.parametrize("page", PAGES[1:])
def test_each_page_before_embedding_says_what_to_do(
    page: str, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = Project.open(sample, tmp_path / "fresh")
    monkeypatch.setattr(host, "shared", new_host(first=fresh.workspace.root))
    app = AppTest.from_file(str(ENTRY), default_timeout=60)
    visit(app, page)
    assert "not embedded yet" in texts(app)


def test_a_bad_prompts_file_in_the_folder_does_not_keep_it_closed(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    picture = next((sample / "images").iterdir())
    (folder / picture.name).write_bytes(picture.read_bytes())
    (folder / "prompts.yaml").write_text("classes: [")
    monkeypatch.setattr(host, "shared", new_host())
    app = AppTest.from_file(str(ENTRY), default_timeout=60).run()
    app.text_input(key="open-folder").set_value(str(folder))
    app.button[0].click().run()
    assert not app.exception
    assert "holds **1 images**" in texts(app)
    app.switch_page("../../../pages/prompts.py").run()
    assert not app.exception


def test_the_data_page_shows_what_a_scan_finds(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = Project.open(sample, tmp_path / "fresh")
    monkeypatch.setattr(host, "shared", new_host(first=fresh.workspace.root))
    app = AppTest.from_file(str(ENTRY), default_timeout=60).run()
    assert "holds **60 images**" in texts(app)
    assert "**60** are new or changed" in texts(app)
    assert "2 other files are ignored" in texts(app)
    assert not app.exception


def test_opening_a_folder_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "shared", new_host())
    app = AppTest.from_file(str(ENTRY), default_timeout=60).run()
    app.text_input(key="open-folder").set_value("/no/such/folder")
    app.button[0].click().run()
    assert "does not exist" in said(app.error)


def finish_work(app: AppTest, seconds: float = 120) -> AppTest:
    """Let the background work end, and the page follow it."""
    until, busy = time.monotonic() + seconds, True
    while time.monotonic() < until and busy:
        # Asked before it is drawn: what ends in between is not on the page yet.
        busy = bool(host.shared.board.running())
        app.run()
        busy = busy or FOLLOWS in texts(app)
        time.sleep(0.1 if busy else 0.0)
    assert not app.exception, [e.value for e in app.exception]
    return app


def test_embedding_runs_in_the_background(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = Project.open(sample, tmp_path / "fresh")
    monkeypatch.setattr(host, "shared", new_host(first=fresh.workspace.root))
    app = AppTest.from_file(str(ENTRY), default_timeout=60).run()
    app.button(key="embed").click().run()
    finish_work(app, 120)
    assert "60 images ready" in said(app.success)
    assert len(fresh.pool()) == 60


def test_a_failed_download_leaves_the_starter_in_place(
    app: AppTest, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    app.run()
    app.selectbox(key="model").set_value("other").run()
    app.text_input(key="model-other").set_value("ViT-B-32/laion2b_s34b_b79k").run()
    app.button(key="embed").click().run()
    finish_work(app, 120)
    assert "could not be downloaded" in said(app.error)
    assert "vectors of starter are still in place" in said(app.error)
    assert len(project.pool()) == 60


def test_the_picker_says_what_a_download_costs(app: AppTest) -> None:
    app.run()
    app.selectbox(key="model").set_value("ViT-B-32/laion2b_s34b_b79k").run()
    assert "first download 605" in said(app.warning)
    app.selectbox(key="model").set_value("other").run()
    app.text_input(key="model-other").set_value("ViT-B-99/none").run()
    assert "ViT-B-99" in said(app.error)
    assert app.button(key="embed").disabled


def test_metrics_name_their_source(app: AppTest, project: Project) -> None:
    visit(app, "metrics")
    assert app.segmented_control(key="truth-source").value == "truth.csv"
    assert numbers_on(app)[0][0] == "Accuracy"
    assert numbers_on(app)[-1][1] == "60"
    app.segmented_control(key="truth-source").set_value("All labels").run()
    assert "figures start at 10" in texts(app)


def label_by_truth(project: Project, count: int) -> None:
    from core.services.metrics.truth import truth_file
    from core.store.labels.base import Event

    truth = truth_file(project.workspace.images) or {}
    pool = project.pool()
    events = [Event(pool.ids[r], truth[p]) for p, r in list(pool.rows_by_path.items())[:count]]
    project.labels.add(events, "ann", "test")


def test_metrics_from_labels_say_that_they_are_biased(app: AppTest, project: Project) -> None:
    label_by_truth(project, 20)
    visit(app, "metrics")
    app.segmented_control(key="truth-source").set_value("All labels").run()
    assert not app.exception, [e.value for e in app.exception]
    assert "biased" in texts(app)
    assert numbers_on(app)[-1][1] == "20"


def test_metrics_of_random_images_speak_for_the_collection(app: AppTest, project: Project) -> None:
    label_by_truth(project, 60)  # all of them, so all that are drawn at random too
    visit(app, "metrics")
    assert app.segmented_control(key="truth-source").value == "Random images"
    assert "drawn at random" in texts(app)
    assert numbers_on(app)[-1][1] == "60"
    deadline = time.monotonic() + 60
    while fitting.estimates(project.snapshot()) is None:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    app.run()
    assert "Goal of 90% not reached yet." in texts(app)


def test_a_suspect_label_is_corrected_in_place_and_undone(app: AppTest, project: Project) -> None:
    label_by_truth(project, 60)
    visit(app, "metrics")
    app.segmented_control(key="metrics-view").set_value("Suspect labels").run()
    finish_work(app)
    fixes = [b for b in app.button if b.key.startswith("fix-")]
    before = project.labels.classes()
    fixes[0].click().run()
    assert not app.exception
    image_id = fixes[0].key.removeprefix("fix-")
    assert project.labels.classes()[image_id] == fixes[0].label.removeprefix("Change to ")
    assert f"fix-{image_id}" not in [b.key for b in app.button]  # looked at: not asked again
    app.button(key="suspect-undo").click().run()
    assert project.labels.classes() == before


def test_thresholds_and_other_models_are_shown(app: AppTest, project: Project) -> None:
    label_by_truth(project, 60)
    visit(app, "metrics")
    app.segmented_control(key="metrics-view").set_value("Thresholds").run()
    assert not app.exception, [e.value for e in app.exception]
    app.slider(key="threshold-target").set_value(50).run()
    assert "a prediction of" in texts(app)
    app.segmented_control(key="metrics-view").set_value("Compare models").run()
    finish_work(app)
    assert len(app.dataframe[0].value) == 5


def test_the_learning_curve_says_what_is_missing_and_then_what_more_would_bring(
    app: AppTest, project: Project
) -> None:
    visit(app, "metrics")
    app.segmented_control(key="metrics-view").set_value("Learning curve").run()
    assert not app.exception, [e.value for e in app.exception]
    assert "takes 40 labels, 30 of them" in texts(app)
    label_by_truth(project, 60)
    app.run()
    finish_work(app)
    assert "With **60 labels** the accuracy" in texts(app)
    assert "100 more would" in texts(app)
    table = app.dataframe[0].value
    assert table["labels"].tolist()[-1] == 60 and len(table) >= 3
    assert ((table["from"] <= table["accuracy"]) & (table["accuracy"] <= table["to"])).all()


def test_export_shows_a_plan_and_writes_it(app: AppTest, project: Project, tmp_path: Path) -> None:
    visit(app, "export")
    out = tmp_path / "out"
    app.text_input(key="export-out").set_value(str(out)).run()
    app.toggle(key="export-splits").set_value(True).run()
    assert not app.exception
    app.button(key="write").click().run()
    finish_work(app, 60)
    assert "60 images written" in said(app.success)
    assert (out / "manifest.json").is_file()
    assert (out / "splits" / "train").is_dir()


def test_export_waits_for_a_label_that_comes_while_the_page_is_drawn(
    app: AppTest, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, arriving = preview.show, [1]

    def show(*arguments) -> object:
        if arriving:
            label_by_truth(project, arriving.pop())
        return real(*arguments)

    monkeypatch.setattr(preview, "show", show)
    visit(app, "export")
    assert app.button(key="write-later").disabled
    assert "this page follows in a moment" in app.sidebar.caption[-1].value
    fitting.predictions(project.snapshot(), patience=60)
    app.run()
    assert not app.button(key="write").disabled


def test_export_refuses_a_folder_inside_the_images(app: AppTest, project: Project) -> None:
    visit(app, "export")
    inside = str(project.workspace.images / "sorted")
    app.text_input(key="export-out").set_value(inside).run()
    assert "inside the image folder" in said(app.error)
    assert app.button(key="write").disabled
