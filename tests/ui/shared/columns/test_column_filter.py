"""A filter on a column: fields by its kind on Search and Clusters, and colours of the map."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from drawn import texts
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.runtime.progress import Report
from core.services.clusters.layout import make_layout
from core.services.data.metadata.importing import import_metadata, of_table
from core.services.tags.querying import ask
from core.services.tags.tagging import tagging_of
from core.store.metadata.versions import index_file
from core.tags.vocabulary import Tags
from core.ui.clusters.colouring import brought
from core.ui.shared.columns import listing
from core.ui.tags.query import _of_columns


@pytest.fixture
def products(project: Project, tmp_path: Path) -> Project:
    """All images but the last with a maker, a price, a day and a title."""
    path = tmp_path / "t.csv"
    rows = [
        f"{name},{'ABC'[n % 3]},{n},2024-01-{1 + n % 28:02},Thing {n}"
        for n, name in enumerate(project.pool().paths[:-1])
    ]
    path.write_text("\n".join(["path,maker,unit price,sold,title", *rows]))
    snapshot = project.snapshot()
    import_metadata(snapshot, of_table(snapshot, path), "t.csv")
    return project


def rerun(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception, [error.value for error in app.exception]
    return app


def visit(app: AppTest, page: str) -> AppTest:
    app.run()
    return rerun(app.switch_page(f"../../../pages/{page}.py"))


def count(app: AppTest) -> int:
    """Images that pass the filters on Search."""
    text = next(each.value for each in app.caption if "images pass the filters" in each.value)
    return int(text.split()[0])


def test_fields_follow_the_kind_of_the_column(app: AppTest, products: Project) -> None:
    visit(app, "search")
    total = len(products.pool())
    app.selectbox(key="search-column").set_value("unit price").run()
    app.number_input(key="search-column-1-From").set_value(3).run()
    app.number_input(key="search-column-1-To").set_value(5).run()
    assert count(app) == 3
    app.selectbox(key="search-column").set_value("maker").run()
    app.selectbox(key="search-column-0-value").set_value("B").run()
    assert count(app) == len(range(1, total - 1, 3))
    app.selectbox(key="search-column-0-value").set_value("(nothing there)").run()
    assert count(app) == 1
    app.selectbox(key="search-column").set_value("title").run()
    app.text_input(key="search-column-3-words").set_value("thing 1").run()
    assert count(app) == sum(str(n)[0] == "1" for n in range(total - 1))
    app.selectbox(key="search-column").set_value("sold").run()
    app.date_input(key="search-column-2-To").set_value("2024-01-02").run()
    assert count(app) == sum(n % 28 < 2 for n in range(total - 1))
    app.selectbox(key="search-sort").set_value("-unit price").run()
    rerun(app)
    shown = next(iter(app.session_state["search-shown"].values()))
    prices = products.snapshot().metadata.column("unit price", shown)
    assert prices == sorted(prices, reverse=True)
    assert "by unit price" in "".join(each.value for each in app.caption)


def test_the_map_is_filtered_and_coloured(app: AppTest, products: Project) -> None:
    make_layout(products.snapshot(), Report())
    visit(app, "clusters")
    for by in ("maker", "unit price", "sold", "title"):
        app.selectbox(key="map-by").set_value(by).run()
        assert not app.exception, [error.value for error in app.exception]
    app.selectbox(key="map-column").set_value("maker").run()
    app.selectbox(key="map-column-0-value").set_value("A").run()
    assert not app.exception, [error.value for error in app.exception]
    app.button(key="map-filters-clear").click().run()
    assert app.selectbox(key="map-column").value is None


def test_colours_of_columns() -> None:
    numbers = brought(pl.Series([1.0, None, 3.0]), "price")
    assert numbers.codes.tolist() == [0, 0, 255] and numbers.legend()["scale"]
    days = brought(pl.Series(["2024-01-01", "2025-01-01", None]).str.to_date(), "sold")
    assert (days.low[:7], days.high[:4]) == ("2024-01", "2024")
    values = brought(pl.Series(["b", "a", None, "b"]), "maker")
    assert [name for name, _ in values.values] == ["b", "a", "nothing there"]
    assert np.array_equal(values.codes, [0, 1, 2, 0])
    nothing = brought(pl.Series([None, None], dtype=pl.Float64), "price")
    assert [name for name, _ in nothing.values] == ["nothing there"]


def test_without_columns_there_is_no_field(app: AppTest, project: Project) -> None:
    visit(app, "search")
    assert not [box for box in app.selectbox if box.key == "search-column"]


def test_results_show_their_cells(app: AppTest, products: Project) -> None:
    snapshot = products.snapshot()
    ids = snapshot.pool.ids
    shown = listing.lines(snapshot, [ids[1], ids[-1]])
    assert shown == {
        ids[1]: ["maker: B", "unit price: 1", "sold: 2024-01-02", "title: Thing 1"],
        ids[-1]: [],
    }


def test_damaged_columns_are_said_and_close_no_page(app: AppTest, products: Project) -> None:
    index_file(products.workspace.root).write_text("[")
    for page in ("search", "data", "clusters"):
        visit(app, page)
        assert "index.json cannot be read" in texts(app), page


def test_sql_begins_with_a_count_by_a_category(products: Project) -> None:
    snapshot = products.snapshot()
    examples = _of_columns(snapshot, listing.of(snapshot))
    assert list(examples) == ["Images a maker"]
    answer = ask(snapshot, tagging_of(products), examples["Images a maker"], Tags())
    assert sum(answer.frame["images"].to_list()) == len(snapshot)
    assert set(answer.frame["maker"].to_list()) == {"A", "B", "C", None}
