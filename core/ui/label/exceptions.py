"""Labeling by exception: a page of images with one prediction, confirmed but for the wrong ones."""

from __future__ import annotations

from typing import Any, get_args

import streamlit as st

from core.project.project import Predictions, Project
from core.prompts.vocabulary import Vocabulary
from core.services.label import labeling
from core.ui.label import answers, desk
from core.ui.label.labeler import called_wrong, classes_of, grid
from core.ui.session import session
from core.ui.shared import meter
from core.ui.widgets import thumbs
from core.ui.widgets.colours import class_colour
from core.ui.widgets.text import plain

AHEAD = 3  # pages chosen before they are needed, so that confirming never waits
_ELEMENT = "grid"


@st.fragment
def by_exception(project: Project, vocabulary: Vocabulary) -> None:
    """Draw the page of exceptions; every confirmation runs this fragment alone."""
    ack = answers.take(project, _ELEMENT)
    desk.remember_wrong()
    predictions, _ = answers.predictions(project, vocabulary)
    left = labeling.waiting(project, predictions)
    names = [name for name, count in left.items() if count]
    if not names:
        st.success("Every image has an answer. See Metrics for how good the predictions are.")
        return
    choose, how, many = st.columns([4, 2, 2], vertical_alignment="bottom")
    name = choose.selectbox(
        "Predicted class", names, key="grid-class",
        format_func=lambda n: f"{n} · {left.get(n, 0):,} without an answer",
    )  # fmt: skip
    order: labeling.GridOrder = how.selectbox(
        "Order", get_args(labeling.GridOrder), key="grid-order", format_func=str.capitalize,
        help="Surest first goes fastest; least sure first finds most mistakes.",
    )  # fmt: skip
    size = many.select_slider("Images a page", [12, 24, 48, 96], 24, key="grid-size")
    pages = _pages(project, predictions, name, size, order)
    answers.asked(i for page in pages for i in page)
    done = labeling.standing(project, vocabulary.names)
    grid(
        _ELEMENT, answers.client(_ELEMENT), ack,
        classes_of(vocabulary.names, list(done.counts.values())),
        [_page(project, predictions, name, page) for page in pages],
    )  # fmt: skip
    seen = meter.of(project, vocabulary, done)
    parts = [*seen["lines"], (seen["accuracy"] or {}).get("text", ""), seen["verdict"]]
    st.caption(plain(" · ".join(part for part in parts if part)))


def _pages(
    project: Project, predictions: Predictions, name: str, size: int, order: labeling.GridOrder
) -> list[list[str]]:
    """The pages in hand; they stay as they are while somebody marks them."""
    wanted = (project.key, name, size, order)
    if st.session_state.get("grid-for") != wanted:
        st.session_state["grid-for"], st.session_state["grid-pages"] = wanted, []
    wrong = called_wrong(_ELEMENT)
    finished = {*project.labels.current(), *wrong}
    pages = [p for p in st.session_state["grid-pages"] if not finished.intersection(p)]
    if len(pages) < AHEAD:
        out = [*wrong, *(i for page in pages for i in page)]
        missing = AHEAD - len(pages)
        pages += labeling.grid_pages(
            project, predictions, name, session.name(), size, missing, order, out
        )
    st.session_state["grid-pages"] = pages
    return pages


def _page(project: Project, predictions: Predictions, name: str, ids: list[str]) -> dict[str, Any]:
    pool, k = project.pool(), predictions.names.index(name)
    rows = [pool.rows[i] for i in ids]
    items = [
        {
            "id": image_id,
            "thumb": thumbs.url(project, image_id),
            "name": pool.files[row][0].path,
            "p": round(float(predictions.probabilities[row, k]), 3),
        }
        for image_id, row in zip(ids, rows, strict=True)
    ]
    return {"id": f"{ids[0]}-{len(ids)}", "name": name, "colour": class_colour(k), "items": items}
