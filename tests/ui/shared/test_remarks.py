"""An empty class, and one that nobody labels, are said on Label, Metrics and Export."""

from __future__ import annotations

import pytest
from drawn import texts
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.store.catalog import read_catalog, to_frame, to_rows, write_catalog
from core.store.labels.base import Event


@pytest.mark.parametrize("page", ["label", "metrics", "export"])
def test_an_empty_class_is_said(app: AppTest, project: Project, page: str) -> None:
    classes = project.classes()
    # What lies in the middle of all classes is nearer to no image than the one it shows.
    sentences = tuple(dict.fromkeys(text for _, texts in classes.classes for text in texts))
    project.save_vocabulary(Vocabulary((*classes.classes, ("nowhere", sentences))))
    app.run()
    app.switch_page(f"../../../pages/{page}.py").run()
    assert not app.exception, [e.value for e in app.exception]
    assert texts(app).count("No image is predicted to be “nowhere”") == 1
    # While images are still to be embedded, theirs may be that class.
    rows = to_rows(read_catalog(project.workspace.catalog))
    write_catalog(project.workspace.catalog, to_frame(rows[:40]))
    app.run()
    assert "No image is predicted to be" not in texts(app)


@pytest.mark.parametrize("page", ["label", "metrics", "export"])
def test_a_class_without_labels_is_said_after_a_while(
    app: AppTest, project: Project, page: str
) -> None:
    names, ids = project.classes().names, project.pool().ids
    events = [Event(i, names[n % (len(names) - 1)]) for n, i in enumerate(ids[:52])]
    project.labels.add(events, "ann", "test")
    app.run()
    app.switch_page(f"../../../pages/{page}.py").run()
    assert not app.exception, [e.value for e in app.exception]
    said = texts(app)
    assert f"No image is labeled “{names[-1]}”, of 52 labeled" in said or (
        f"No image is predicted to be “{names[-1]}”" in said
    )
