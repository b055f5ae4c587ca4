"""The Deliveries page, driven through the app's entry as Streamlit runs it."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from hosts import new_host
from streamlit.testing.v1 import AppTest

from core.embedding.run import embed
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.services.deliveries.records import shelves, table_of
from core.services.deliveries.telling import in_order
from core.services.prompts.classes import use_folder_vocabulary
from core.services.sorter.making import make_sorter
from core.sorter.model_file import write
from core.store.csv_tables import read_labels
from core.store.labels.base import Event
from core.store.places import deliveries_root
from core.ui.label import state as label_state
from core.ui.session import host

ENTRY = Path(__file__).parents[3] / "core/ui/shell/app.py"


@pytest.fixture(autouse=True)
def no_deliveries(home: Path) -> None:
    shutil.rmtree(deliveries_root("").parent, ignore_errors=True)


@pytest.fixture
def delivery(sample: Path, tmp_path: Path) -> Path:
    """Twenty of the sample's pictures in a folder of their own."""
    folder = tmp_path / "June"
    folder.mkdir()
    for number, path in enumerate(sorted((sample / "images").rglob("*.jpg"))[:20]):
        shutil.copy2(path, folder / f"{number:02d}.jpg")
    return folder


def opened(app: AppTest) -> AppTest:
    app.run()
    app.switch_page("../../../pages/deliveries.py").run()
    assert not app.exception, [error.value for error in app.exception]
    return app


def ended(app: AppTest) -> None:
    until = time.monotonic() + 120
    while host.shared.board.running() and time.monotonic() < until:
        time.sleep(0.1)
    app.run()
    assert not app.exception, [error.value for error in app.exception]
    assert not app.error, [error.value for error in app.error]


def texts(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.info, *app.warning, *app.success, *app.subheader]
    return "\n".join(str(part.value) for part in parts).replace("\\", "")


def receive(app: AppTest, folder: Path) -> None:
    app.text_input(key="delivery-source").set_value(str(folder)).run()
    app.button(key="delivery-receive").click().run()
    ended(app)


def test_without_anything_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "shared", new_host())
    app = opened(AppTest.from_file(str(ENTRY), default_timeout=60))
    assert "No delivery has been received yet" in texts(app)
    assert app.radio(key="delivery-by").options == ["A model file"]
    assert app.button(key="delivery-receive").disabled


def test_required_fields_keep_the_button_closed_until_they_are_filled(
    app: AppTest, delivery: Path
) -> None:
    opened(app)
    app.text_input(key="delivery-source").set_value(str(delivery)).run()
    assert not app.button(key="delivery-receive").disabled
    app.text_input(key="delivery-required").set_value("vendor").run()
    assert app.button(key="delivery-receive").disabled
    assert "Fill in vendor" in app.error[0].value
    app.text_input(key="delivery-field-vendor").set_value("ACME").run()
    app.button(key="delivery-receive").click().run()
    ended(app)
    assert shelves()[0][1].fields == {"vendor": "ACME"} and "vendor: ACME" in texts(app)


def test_a_delivery_is_received_shown_and_exported(
    app: AppTest, project: Project, delivery: Path, tmp_path: Path
) -> None:
    opened(app)
    receive(app, delivery)
    text = texts(app)
    assert "June" in text and "20 images, 0 rejected" in text
    assert app.selectbox(key="delivery-shown").options[0].startswith("June · ")
    out = tmp_path / "sorted"
    key = shelves()[0][1].key
    app.text_input(key=f"delivery-out-{key}").set_value(str(out)).run()
    app.button(key="delivery-export").click().run()
    ended(app)
    assert "20 images written to" in texts(app)
    assert len(list(out.rglob("*.jpg"))) == 20
    before = len(project.pool())
    app.button(key="delivery-fold").click().run()
    ended(app)
    # All of them are in the collection already, so nothing is copied.
    assert "0 images are in no new folder. 20 were there already." in texts(app)
    assert len(project.pool()) == before


def test_folded_in_the_collection_has_its_images(
    sample: Path, starter: Any, delivery: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection = tmp_path / "collection"
    collection.mkdir()
    shutil.copy2(sample / "prompts.yaml", collection)
    for path in sorted((sample / "images").rglob("*.jpg"))[15:40]:
        shutil.copy2(path, collection)
    project = Project.open(collection, tmp_path / "own").use(starter)
    use_folder_vocabulary(project.workspace, project.vocabulary_file)
    embed(project.workspace, starter)
    assert len(project.pool()) == 25
    monkeypatch.setattr(host, "shared", new_host(first=project.workspace.root))
    app = opened(AppTest.from_file(str(ENTRY), default_timeout=60))
    receive(app, delivery)
    app.button(key="delivery-fold").click().run()
    ended(app)
    assert f"15 images are in {collection / 'June'}. 5 were there already." in texts(app)
    assert len(list((collection / "June").iterdir())) == 15 and len(list(delivery.iterdir())) == 20
    assert len(project.pool()) == 40


def test_labeled_on_it_is_the_open_collection_with_the_models_classes(
    app: AppTest, project: Project, sample: Path, delivery: Path
) -> None:
    truth, snapshot = read_labels(sample / "truth.csv"), project.snapshot()
    ids, paths = snapshot.pool.ids, snapshot.pool.paths
    events = [Event(ids[row], truth[paths[row]]) for row in snapshot.audit_order[:30]]
    project.labels.add(events, "ann", "test")  # so that the accuracy is measured
    opened(app)
    receive(app, delivery)
    app.button(key="delivery-label").click().run()
    ended(app)
    place, record = shelves()[0]
    asked = in_order(table_of(place, record), "ask", "id")
    assert record.ask == len(asked) > 0
    app.switch_page("../../../pages/label.py").run()
    queue = app.session_state[label_state.QUEUE]
    assert queue.ids and queue.ids == asked[: len(queue.ids)], "as the record has them"
    assert queue.audit == set(queue.ids), "whose predictions stay hidden: they measure"
    assert record.steps and record.steps[0].endswith("labeled on")
    root = Path(app.session_state["workspace"])
    opened_project = host.shared.project(root, "")
    assert opened_project.workspace.images == delivery
    assert opened_project.classes().names == project.classes().names
    assert len(opened_project.pool()) == 20


def test_what_two_model_files_see_differently(
    app: AppTest, project: Project, delivery: Path, tmp_path: Path
) -> None:
    names = project.classes().names
    turned = dict(zip(names, [*names[1:], names[0]], strict=True))
    for name, classes in (
        ("a", {one: [one] for one in names}),
        ("b", {k: [v] for k, v in turned.items()}),
    ):
        write(
            make_sorter(project.snapshot(Vocabulary.of(classes)), name), tmp_path / f"{name}.winnow"
        )
    opened(app)
    app.text_input(key="changed-source").set_value(str(delivery))
    app.text_input(key="changed-before").set_value(str(tmp_path / "a.winnow"))
    app.text_input(key="changed-after").set_value(str(tmp_path / "b.winnow")).run()
    app.button(key="changed-start").click().run()
    ended(app)
    assert "**20** of 20 images are given another class." in texts(app)
    old, new = app.selectbox(key="changed-pair").options[0].split(" (")[0].split(" → ")
    assert turned[new] == old
    [html] = [each.proto.body for each in app.get("html") if "/outside/thumb/" in each.proto.body]
    assert 1 <= html.count("<figure") <= 20 and "% → " in html
