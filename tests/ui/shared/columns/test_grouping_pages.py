"""Groups of a column on Search, Clusters, Data, Export and Metrics."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from described import describe
from drawn import rerun, texts
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.runtime.progress import Report
from core.services.clusters.grouped import group_cards
from core.services.clusters.layout import make_layout
from core.services.data.metadata.importing import import_metadata, of_table
from core.services.predict.predicting import predict
from core.ui.search import grouped
from core.ui.shared.columns.grouping import class_shares, described, offered
from core.ui.shared.state import SELECTION


@pytest.fixture
def products(project: Project, tmp_path: Path) -> Project:
    """All images but the last with a maker and a day."""
    path = tmp_path / "t.csv"
    rows = [
        f"{name},{'AAB'[n % 3]},2024-0{1 + n % 3}-11"
        for n, name in enumerate(project.pool().paths[:-1])
    ]
    path.write_text("\n".join(["path,maker,sold", *rows]))
    snapshot = project.snapshot()
    import_metadata(snapshot, of_table(snapshot, path), "t.csv")
    return project


def visit(app: AppTest, page: str) -> AppTest:
    app.run()
    app.switch_page(f"../../../pages/{page}.py")
    return rerun(app)


def html(app: AppTest) -> str:
    return "\n".join(one.proto.body for one in app.get("html"))


def test_what_there_is_to_group_by(products: Project) -> None:
    snapshot = products.snapshot()
    names = list(offered(snapshot, predict(snapshot)))
    assert names == [
        "maker", "sold, by day", "sold, by month", "sold, by year", "class", "label", "folder",
    ]  # fmt: skip
    assert "class" not in offered(snapshot)
    made = offered(snapshot)["sold, by month"].groups()
    assert made.names[:3] == ["2024-01", "2024-02", "2024-03"]
    assert made.sizes.sum() == len(snapshot)


def test_classes_of_a_group_in_words() -> None:
    shares = class_shares(np.array([1, 6, 0, 2, 1]), list("abcde"))
    assert shares["text"] == "b 60%, d 20%, a 10%, 1 more"
    assert sum(part["share"] for part in shares["parts"]) == pytest.approx(1)
    many = class_shares(np.ones(1_000, dtype=int), [f"c{n}" for n in range(1_000)])
    assert len(many["parts"]) == 9 and many["text"].endswith("997 more")


def test_results_come_in_groups_and_one_is_opened(app: AppTest, products: Project) -> None:
    visit(app, "search")
    app.selectbox(key="search-group").set_value("maker")
    rerun(app)  # groups alone list all images
    total = len(products.pool())
    assert f"{total:,} images pass the filters" in texts(app)
    shown = next(iter(app.session_state["search-shown"].values()))
    cells = products.snapshot().metadata.texts("maker", shown)
    assert cells == ["A"] * grouped.FIRST + ["B"] * grouped.FIRST + [""]
    app.session_state["search-group-open"] = ("maker", "B")
    rerun(app)
    shown = next(iter(app.session_state["search-shown"].values()))
    own = sum("AAB"[n % 3] == "B" for n in range(total - 1))
    assert len(shown) == own and "**maker: B**" in texts(app)
    app.button(key="search-all-groups").click()
    rerun(app)
    assert len(next(iter(app.session_state["search-shown"].values()))) == 2 * grouped.FIRST + 1


def test_groups_are_cards_beside_the_map_and_select_their_images(
    app: AppTest, products: Project
) -> None:
    make_layout(products.snapshot(), Report())
    visit(app, "clusters")
    app.selectbox(key="map-group").set_value("maker")
    rerun(app)
    assert app.segmented_control(key="map-group-order").value == "as they come"
    assert SELECTION not in app.session_state or not app.session_state[SELECTION]


def test_cards_of_groups_add_up(products: Project) -> None:
    snapshot = products.snapshot()
    predictions, rows = predict(snapshot), np.arange(10, len(snapshot))
    made = offered(snapshot)["maker"].groups(rows)
    cards = group_cards(predictions, made, rows)
    assert [card.name for card in cards] == made.names
    assert sum(card.size for card in cards) == len(rows)
    for card in cards:
        members = rows[made.members(card.number - 1)]
        assert set(card.pictures) <= set(members.tolist())
        taken = predictions.assigned[members] == predictions.names.index(card.winner)
        assert card.share == pytest.approx(taken.mean())
    sizes = [card.size for card in group_cards(predictions, made, rows, "largest first")]
    assert sizes == sorted(sizes, reverse=True)
    mixed = [card.share for card in group_cards(predictions, made, rows, "mixed first")]
    assert mixed == sorted(mixed)


def test_groups_are_listed_on_data_export_and_metrics(app: AppTest, products: Project) -> None:
    snapshot = products.snapshot()
    entries = described(offered(snapshot)["maker"].groups(), None, np.arange(len(snapshot)))
    line = f"{entries[0]['size']:,} · {entries[0]['share']}"
    for part in ("columns", "by-column-open"):  # unfolded
        app.session_state[part] = True
    for page, key in (("data", "columns-group"), ("export", "plan-group")):
        visit(app, page)
        app.selectbox(key=key).set_value("maker")
        assert line in html(rerun(app)), page
    visit(app, "metrics")
    app.segmented_control(key="truth-source").set_value("truth.csv")
    rerun(app)
    app.selectbox(key="metrics-group").set_value("maker")
    page = html(rerun(app))
    assert " right (" in page and line in page


def test_a_name_is_text_and_not_markup(app: AppTest, project: Project) -> None:
    describe(project, {"maker": dict.fromkeys(project.pool().paths, "<b onclick=x>'\"")})
    app.session_state["columns"] = True  # unfolded
    visit(app, "data")
    app.selectbox(key="columns-group").set_value("maker")
    page = html(rerun(app))
    assert "<b onclick" not in page and "&lt;b onclick=x&gt;" in page


def test_label_asks_about_some_images_only(app: AppTest, products: Project) -> None:
    visit(app, "label")
    app.selectbox(key="label-column").set_value("maker")
    rerun(app)
    app.selectbox(key="label-column-0-value").set_value("B")
    rerun(app)
    queue, snapshot = app.session_state["queue"], products.snapshot()
    chosen = [i for i in queue.ids if i not in queue.audit]
    assert set(snapshot.metadata.texts("maker", chosen)) == {"B"}
    app.segmented_control(key="label-mode").set_value("Grid of exceptions")
    rerun(app)
    pages = app.session_state["grid-pages"]
    shown = [i for page in pages for stack in page for i in stack]
    assert set(snapshot.metadata.texts("maker", shown)) <= {"B"}
    app.selectbox(key="label-column-0-value").set_value(None)
    rerun(app)
    assert app.session_state["label-only"] == []
