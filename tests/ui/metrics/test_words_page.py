"""Metrics, Prompts and Data on words: of classes, against pictures, and repeated ones."""

from __future__ import annotations

from described import describe
from drawn import numbers_on, rerun, texts
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.services.predict.words import use_words
from core.store.csv_tables import read_labels
from core.store.labels.base import Event

PAGE = "../../../pages/metrics.py"


def title(project: Project) -> dict[str, str]:
    """Titles that name the class; returns the truth."""
    truth = read_labels(project.workspace.images / "truth.csv")
    describe(project, {"title": {path: f"my {of} {of}piece" for path, of in truth.items()}})
    return dict(truth)


def view(app: AppTest, name: str) -> AppTest:
    app.run()
    app.switch_page(PAGE).run()
    app.segmented_control(key="metrics-view").set_value(name)
    return rerun(app)


def test_classes_have_their_words_where_there_are_any(app: AppTest, project: Project) -> None:
    view(app, "Classes")
    app.segmented_control(key="truth-source").set_value("truth.csv")
    assert "words:" not in texts(rerun(app))
    truth = title(project)
    name = max(truth.values(), key=list(truth.values()).count)
    page = texts(rerun(app))
    line = next(line for line in page.split("\n") if line.startswith(f"**{name}** words: "))
    assert name.split()[-1] in line


def test_words_against_pictures_are_labeled_taken_back_and_let_be(
    app: AppTest, project: Project
) -> None:
    truth = title(project)
    snapshot = project.snapshot()
    wrong = snapshot.audit_order[-1]
    path, name = snapshot.pool.paths[wrong], snapshot.names
    other = next(one for one in name if one != truth[path])
    titles = {p: f"my {other if p == path else of}" for p, of in truth.items()}
    describe(project, {"title": titles})
    use_words(project.workspace, "{title}")
    rows = snapshot.audit_order[:-1]
    events = [Event(snapshot.pool.ids[r], truth[snapshot.pool.paths[r]]) for r in rows]
    project.labels.add(events, "ann", "test")
    image = snapshot.pool.ids[wrong]
    view(app, "Suspect labels")
    buttons = {each.key for each in app.button}
    assert f"against-words-{image}" in buttons, texts(app)
    assert f"my {other}" in texts(app)
    app.button(key=f"against-picture-{image}").click().run()
    label = project.labels.current()[image]
    assert (label.label, label.source) == (truth[path], "words against picture")
    rerun(app)
    assert f"against-words-{image}" not in {each.key for each in app.button}
    app.button(key="suspect-undo").click().run()
    rerun(app)
    app.button(key=f"against-dismiss-{image}").click().run()
    assert image not in project.labels.current()
    assert "No image without a label is for sure" in texts(rerun(app))


def test_with_few_labels_pictures_and_words_are_compared_all_the_same(
    app: AppTest, project: Project
) -> None:
    title(project)
    assert "Words against pictures" not in [
        each.value for each in view(app, "Suspect labels").subheader
    ]
    use_words(project.workspace, "{title}")
    rerun(app)
    assert "Words against pictures" in [each.value for each in app.subheader]
    assert "0 labels so far" in texts(app)


def test_repeated_texts_are_listed_on_demand(app: AppTest, project: Project) -> None:
    app.session_state["columns"] = True  # unfolded
    app.run()
    assert not [each for each in app.toggle if each.key == "columns-repeated"]
    truth = title(project)
    rerun(app)
    app.toggle(key="columns-repeated").set_value(True)
    rerun(app)
    counts = [list(truth.values()).count(name) for name in set(truth.values())]
    frame = next(each.value for each in app.dataframe if "spellings" in each.value.columns)
    assert frame["images"].tolist() == sorted((n for n in counts if n > 1), reverse=True)
    app.text_input(key="repeated-text").set_value("nowhere")
    assert "No two images share a text like that." in texts(rerun(app))


def test_columns_alone_stand_beside_pictures_and_words(app: AppTest, project: Project) -> None:
    truth = title(project)
    use_words(project.workspace, "{title}")
    snapshot = project.snapshot()
    rows = snapshot.audit_order[:12]
    events = [Event(snapshot.pool.ids[r], truth[snapshot.pool.paths[r]]) for r in rows]
    project.labels.add(events, "ann", "test")
    view(app, "Pictures or words")
    labels = ["Pictures alone", "Words alone", "Both"]
    assert [title for title, _ in numbers_on(app)][:3] == labels
    app.multiselect(key="ablation-columns").set_value(["title"])
    rerun(app)
    shown = dict(numbers_on(app))
    assert [*shown][:4] == [*labels, "title alone"]
    assert shown["title alone"] == shown["Words alone"]
    gaps, classes = (
        next(each.value for each in app.dataframe if column in each.value.columns)
        for column in ("compared", "gain by words")
    )
    assert gaps["compared"].tolist()[:2] == [
        "Both − Pictures alone", "Both − Words alone",
    ]  # fmt: skip
    assert classes["images"].sum() == 12 and "title alone" in classes.columns
