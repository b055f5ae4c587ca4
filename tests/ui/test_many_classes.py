"""A thousand classes in forty groups: no page draws something for each class, or sends it whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.store.labels.base import Event
from core.ui.export import preview
from core.ui.metrics import many

NAMES = [f"thing {n}" for n in range(1_000)]
GROUPS = [f"kind {n}" for n in range(40)]
PAGES = ("data", "prompts", "clusters", "search", "tags", "try_one", "label", "metrics", "export")
MOST, BYTES = 150, 700_000  # elements of a page, and what they weigh together


@pytest.fixture
def app(project: Project, app: AppTest) -> AppTest:
    """The app with that many classes, and labels of the first random images."""
    classes = Vocabulary(tuple((name, (name,)) for name in NAMES)).in_groups(
        [(group, [], "") for group in GROUPS], {n: GROUPS[k % 40] for k, n in enumerate(NAMES)}
    )
    project.vocabulary_file.save_classes(classes)
    snapshot = project.snapshot()
    ids = snapshot.pool.ids
    project.labels.add(
        [Event(ids[row], NAMES[n % 5]) for n, row in enumerate(snapshot.audit_order[:30])],
        "ann", "test",
    )  # fmt: skip
    return app


def elements(node: Any) -> Iterator[Any]:
    """All elements below a block of the page."""
    for child in node.children.values():
        if hasattr(child, "children"):
            yield from elements(child)
        else:
            yield child


def weigh(app: AppTest) -> tuple[int, int]:
    """How many elements the page has, and their bytes."""
    drawn = list(elements(app._tree))
    return len(drawn), sum(one.proto.ByteSize() for one in drawn if one.proto is not None)


def visit(app: AppTest, page: str, view: str | None = None) -> AppTest:
    app.run()
    if view:
        app.session_state["metrics-view"] = view
    app.switch_page(str(Path(f"../../../pages/{page}.py"))).run()
    assert not app.exception, [e.value for e in app.exception]
    return app


def test_no_page_grows_with_the_classes(app: AppTest) -> None:
    for page in PAGES:
        count, size = weigh(visit(app, page))
        assert count <= MOST, f"{page}: {count} elements"
        assert size <= BYTES, f"{page}: {size:,} bytes"


def test_metrics_show_groups_first_and_their_classes_when_asked(app: AppTest) -> None:
    visit(app, "metrics")
    choice = app.selectbox(key=many.state.MATRIX)
    assert choice.value == "All groups" and set(GROUPS) <= set(choice.options)
    assert weigh(app)[1] <= BYTES
    true = app.selectbox(key=many.state.TRUE)
    assert set(true.options) == set(GROUPS)
    choice.set_value("kind 3").run()
    assert not app.exception
    assert len(app.selectbox(key=many.state.TRUE).options) == 26  # its classes, and elsewhere
    for view in ("Classes", "Thresholds", "Suspect labels"):
        count, size = weigh(visit(app, "metrics", view))
        assert count <= MOST and size <= BYTES, view


def test_export_shows_groups_first_and_their_folders_when_asked(app: AppTest) -> None:
    visit(app, "export")
    table = app.dataframe[0].value
    assert list(table["group"]) == GROUPS and table["classes"].sum() == 1_000
    files = table["images"].sum()
    app.selectbox(key="plan-folders").set_value("kind 3").run()
    assert not app.exception
    inside = app.dataframe[0].value
    assert set(inside["class"]) - {"kind 3"} == {n for k, n in enumerate(NAMES) if k % 40 == 3}
    app.selectbox(key="plan-folders").set_value(preview._EVERY).run()
    assert app.dataframe[0].value["images"].sum() == files
