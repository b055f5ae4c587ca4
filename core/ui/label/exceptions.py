"""Labeling by exception: a page of images with one prediction, confirmed but for the wrong ones."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import streamlit as st

from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.prompts.vocabulary import Vocabulary
from core.services.label.grid import GridOrder, Stack, grid_pages, waiting
from core.services.label.tally import tally
from core.store.labels.answers import Labels
from core.ui.label import answers, apart, desk, only, state
from core.ui.label.labeler import called_wrong, classes_of, grid, groups_of, thousandths
from core.ui.session import session, trouble
from core.ui.shared import meter, strip
from core.ui.widgets import titled
from core.ui.widgets.colours import class_colour
from core.ui.widgets.text import plain

AHEAD = 3  # pages chosen before they are needed, so that confirming never waits


@trouble.fragment
def by_exception(classes: Vocabulary) -> None:
    """Draw the page of exceptions; every confirmation runs this fragment alone."""
    taken = answers.take(session.require_project().labels, state.GRID)
    apart.follow(state.GRID)
    desk.remember_wrong()
    taken, drawn = answers.drawn(state.GRID, taken, lambda: _drawn(classes))
    if drawn["done"] and not taken.trouble:
        st.success("Every image has an answer. See Metrics for how good the predictions are.")
        return
    grid(state.GRID, taken, drawn["classes"], drawn["groups"], drawn["pages"])
    if only.wanted() and not drawn["pages"]:
        st.info(only.NONE_LEFT)
    st.caption(plain(" · ".join(part for part in drawn["progress"] if part)))


def _drawn(classes: Vocabulary) -> dict[str, Any]:
    """What the page shows: classes, pages of images, and the lines of progress below them."""
    project = session.require_project()
    snapshot = project.snapshot(classes)
    predictions, _ = answers.predictions(snapshot)
    strip.refresh(snapshot)
    counted = tally(snapshot)
    left = waiting(snapshot, predictions)
    names = [name for name, count in left.items() if count]
    pages: list[list[Stack]] = []
    if names:
        pages = _pages(snapshot, predictions, project.labels, *_choices(names, left))
        answers.asked(i for page in pages for stack in page for i in stack)
    seen = meter.of(snapshot, counted)
    return {
        "done": not names,
        "classes": classes_of(snapshot.names, list(counted.counts.values())),
        "groups": groups_of(snapshot.tree),
        "pages": [
            _page(snapshot, predictions, st.session_state[state.GRID_CLASS], page) for page in pages
        ],
        "progress": [*seen["lines"], (seen["accuracy"] or {}).get("text", ""), seen["verdict"]],
    }


def _choices(names: list[str], left: dict[str, int]) -> tuple[str, int, GridOrder]:
    """Which prediction is looked at, how many images a page, and in which order."""
    with st.container(key="controls-grid"):
        which, how, many = st.columns([4, 2, 2], vertical_alignment="bottom")
    name = titled.selectbox(
        which, "Predicted class", names, state.GRID_CLASS,
        lambda name: f"{name} · {left.get(name, 0):,} without an answer",
    )  # fmt: skip
    order: GridOrder = how.selectbox(
        "Order", get_args(GridOrder), key=state.GRID_ORDER, format_func=str.capitalize,
        help="Odd ones look least like the others that are predicted so: most mistakes are among "
        "them. Surest first goes fastest. On a page the odd ones always come first.",
    )  # fmt: skip
    size = many.select_slider("Images a page", [12, 24, 48, 96], 24, key=state.GRID_SIZE)
    return name, size, order


def _pages(
    snapshot: Snapshot, predictions: Predictions, store: Labels, name: str, size: int,
    order: GridOrder,
) -> list[list[Stack]]:  # fmt: skip
    """The pages in hand; they stay as they are while somebody marks them."""
    wanted = (snapshot.key, name, size, order, *only.wanted())
    if st.session_state.get(state.GRID_FOR) != wanted:
        st.session_state[state.GRID_FOR], st.session_state[state.GRID_PAGES] = wanted, []
    wrong, rows = called_wrong(state.GRID), snapshot.pool.rows

    def is_open(image_id: str) -> bool:
        row = rows.get(image_id)
        return row is not None and not snapshot.is_answered[row] and image_id not in wrong

    pages = [
        page for page in st.session_state[state.GRID_PAGES]
        if all(is_open(i) for stack in page for i in stack)
    ]  # fmt: skip
    if len(pages) < AHEAD:
        out = [*wrong, *(i for page in pages for stack in page for i in stack)]
        out += st.session_state.get(state.QUEUE, desk.EMPTY).audit  # asked without a prediction
        if (passes := only.passes(snapshot)) is not None:
            out += [snapshot.pool.ids[row] for row in np.flatnonzero(~passes).tolist()]
        missing = AHEAD - len(pages)
        pages += grid_pages(
            snapshot, predictions, store, name, session.name(), size, missing, order, out
        )
    st.session_state[state.GRID_PAGES] = pages
    return pages


def _page(
    snapshot: Snapshot, predictions: Predictions, name: str, stacks: list[Stack]
) -> dict[str, Any]:
    """One page as the element shows it: of each stack the first image, with the others."""
    pool, k = snapshot.pool, predictions.names.index(name)
    items = []
    for stack in stacks:
        first, *others = apart.described(snapshot, [pool.rows[i] for i in stack])
        probabilities = thousandths(predictions.probabilities[pool.rows[stack[0]]])
        items.append(first | {"probabilities": probabilities, "alike": others})
    mark = f"{stacks[0][0]}-{sum(map(len, stacks))}"
    return {"id": mark, "name": name, "index": k, "colour": class_colour(k), "items": items}
