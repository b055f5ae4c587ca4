"""Addresses that name what a page shows: they are kept, and nonsense in them does nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sendings import sending
from streamlit.testing.v1 import AppTest

from core.images.hash import is_image_id
from core.learn.groups.clusters import kmeans
from core.project.project import Project
from core.runtime.progress import Report
from core.services.clusters.layout import make_layout
from core.ui.search import form
from core.ui.session import links

IDS = [f"{n:032x}" for n in range(60)]


def visit(app: AppTest, page: str, /, **address: str) -> AppTest:
    app.run()
    for name, value in address.items():
        app.query_params[name] = value
    app.switch_page(f"../../../pages/{page}.py").run()
    assert not app.exception, [e.value for e in app.exception]
    return app


@given(st.text(max_size=200))
def test_only_image_ids_come_out_of_an_address(text: str) -> None:
    assert all(map(is_image_id, links.image_ids(text)))
    number = links.number(text)
    assert number is None or 0 <= number < 10**6


def test_image_ids_are_taken_once_each_and_not_too_many() -> None:
    assert links.image_ids(",".join([*IDS[:3], "x", "../..", *IDS[:3]])) == IDS[:3]
    assert links.image_ids(",".join(IDS)) == IDS[: links.MOST_IMAGES]
    assert links.image_ids(links.of_images(IDS[:5])) == IDS[:5]
    assert links.of_images(IDS) == ""


@pytest.mark.parametrize("text", ["", "-1", "1.5", "٣", "1" * 7, " 2", "1e3"])
def test_what_is_no_whole_number_is_none(text: str) -> None:
    assert links.number(text) is None


def test_the_label_page_begins_with_the_image_of_a_link(app: AppTest, project: Project) -> None:
    image = project.pool().ids[7]
    visit(app, "label", image=image)
    assert app.session_state["queue"].ids[0] == image
    assert app.query_params["image"] == [image] or app.query_params["image"] == image
    name = project.classes().names[0]
    said = {"seq": 1, "id": image, "kind": "label", "label": name, "target": None}
    app.session_state["labeler"] = {"log": sending([said])}
    app.run()
    assert project.labels.classes() == {image: name}
    assert image not in app.session_state["queue"].ids
    assert "image" not in app.query_params


def test_an_unknown_image_is_no_error(app: AppTest, project: Project) -> None:
    visit(app, "label", image=f"{'f' * 32},../../etc/passwd")
    assert set(app.session_state["queue"].ids) <= set(project.pool().ids)
    assert "image" not in app.query_params


def test_a_cluster_or_a_few_images_can_be_linked(app: AppTest, project: Project) -> None:
    make_layout(project.snapshot(), Report())
    pool = project.pool()
    visit(app, "clusters", images=f"{pool.ids[4]},{pool.ids[2]},{'0' * 32},<b>")
    assert set(app.session_state["map-selection"]) == {pool.ids[4], pool.ids[2]}
    k = app.slider(key="map-k").value
    card = {"id": "1", "number": 2}
    app.session_state["map-cards"] = {"opened": card}
    app.run()
    assert app.query_params["cluster"] in ("2", ["2"])
    assert "images" not in app.query_params
    second = {pool.ids[row] for row in (kmeans(pool.vectors, k).assignment == 1).nonzero()[0]}
    assert set(app.session_state["map-selection"]) == second
    app.button(key="map-clear").click().run()
    assert not {"cluster", "images"} & set(app.query_params)


@pytest.mark.parametrize("cluster", ["0", "999", "-1", "two", "1" * 50])
def test_a_cluster_that_there_is_not_selects_nothing(
    app: AppTest, project: Project, cluster: str
) -> None:
    make_layout(project.snapshot(), Report())
    visit(app, "clusters", cluster=cluster)
    assert not app.session_state["map-selection"]
    assert "cluster" not in app.query_params


@pytest.mark.parametrize(("said", "wanted"), [("7", 7), ("100000", None), ("<b>", None)])
def test_the_number_of_clusters_can_be_linked(
    app: AppTest, project: Project, said: str, wanted: int | None
) -> None:
    make_layout(project.snapshot(), Report())
    visit(app, "clusters", **{"map-k": said})
    k = app.slider(key="map-k").value
    assert k == wanted if wanted else 1 <= k <= 60


@pytest.mark.parametrize(("said", "first"), [("2", 20), ("3", 40), ("nonsense", 0)])
def test_the_page_of_search_results_can_be_linked(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, said: str, first: int
) -> None:
    def shown() -> list[str]:
        return next(iter(app.session_state["search-shown"].values()))

    visit(app, "search", q="a planet")
    everything = shown()
    monkeypatch.setattr(form, "PER_PAGE", 20)
    del app.session_state["link-page"]  # as in a session that begins here
    app.query_params["page"] = said
    app.run()
    assert not app.exception, [e.value for e in app.exception]
    assert shown() == everything[first : first + 20]
    assert ("page" in app.query_params) == (first > 0)


def test_the_truth_chosen_on_metrics_outlives_a_look_at_another_view(
    app: AppTest, project: Project
) -> None:
    visit(app, "metrics")
    app.segmented_control(key="truth-source").set_value("Upload a file").run()
    app.segmented_control(key="metrics-view").set_value("Learning curve").run()
    app.segmented_control(key="metrics-view").set_value("Quality").run()
    assert not app.exception
    assert app.segmented_control(key="truth-source").value == "Upload a file"
