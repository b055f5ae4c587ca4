"""The promise of an export: what is asked for, what carries it, and what would be missing."""

from __future__ import annotations

import io

import pandas as pd
import streamlit as st

from core.export.plan import Plan
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.runtime.csv_rows import write_rows
from core.services.export.promises import signing, words
from core.services.export.promises.promise import Promise, promise_of
from core.services.export.promises.request import LOOK, Prices, Request
from core.store.history import signatures
from core.ui.session import trouble
from core.ui.shared.state import ONLY_RANDOM, TO_SIGN
from core.ui.widgets.text import plain

NOTHING, ALL, FEW_MISSED, FOLDERS, PRICES = (
    "Nothing",
    "A share right of all that is sorted",
    "A share of some classes, so that few are missed",
    "A share right in each folder, signed",
    "The cheapest decisions, by prices",
)
_MOST_PRICED = 40  # classes whose prices fit a table on a page


def choose(snapshot: Snapshot) -> Request:
    """Draw the choice of a promise; an empty request where nothing is promised."""
    kind = st.selectbox(
        "Promise", [NOTHING, ALL, FEW_MISSED, FOLDERS, PRICES], key="promise-kind",
        help="What can be promised is sorted, all else goes to review/. A share of all that is "
        "sorted, or of a class, rests on labels of random images. For each folder, look at random "
        "pages of what would go into it and sign it.",
    )  # fmt: skip
    if kind == ALL:
        return _levels(snapshot)
    if kind == FEW_MISSED:
        return Request(recall=_recalls(snapshot))
    if kind == PRICES:
        return _prices(snapshot)
    return Request(signed=kind == FOLDERS)


def _levels(snapshot: Snapshot) -> Request:
    """The level of all, and of classes and groups with one of their own."""
    left, right = st.columns([1, 2])
    level = left.number_input(
        "At least % right", 50.0, 99.9, 95.0, 0.5, "%g", key="promise-level",
        help="Of all images in the class folders together, with 95 % confidence.",
    )  # fmt: skip
    with right:
        own = _of_each(
            snapshot, "Classes with a level of their own", "promise-classes", "promise-of",
            "At least % right in {}", 99.0,
            "Each needs enough random images that are predicted to be of it. What is unsure of its "
            "class goes into the group around it, where that is sure.",
        )  # fmt: skip
        recalls = _recalls(snapshot)
    return Request(round(level / 100, 6), own, recall=recalls)


def _recalls(snapshot: Snapshot) -> tuple[tuple[str, float], ...]:
    """The classes and groups of which few may be missed."""
    return _of_each(
        snapshot, "Classes of which few may be missed", "promise-found", "promise-found-of",
        "At least % of {} found", 90.0,
        "So large a share of the class is in its folder or in review/. Images of other classes "
        "that may be of it go to review/. Each needs some 30 random images that are of it.",
    )  # fmt: skip


def _of_each(
    snapshot: Snapshot, title: str, key: str, each: str, level: str, start: float, why: str
) -> tuple[tuple[str, float], ...]:
    """Classes and groups, chosen, each with a level."""
    every = list(snapshot.names)
    if not snapshot.tree.is_flat:
        title = title.replace("Classes", "Classes and groups", 1)
        every += snapshot.tree.names[len(every) :]
    names = st.multiselect(title, every, key=key, placeholder="None", help=why)
    levels = []
    for name in names:
        percent = st.number_input(
            level.format(plain(name)), 50.0, 99.9, start, 0.5, "%g", key=f"{each}-{name}"
        )
        levels.append((name, round(percent / 100, 6)))
    return tuple(levels)


def _prices(snapshot: Snapshot) -> Request:
    """A table of what mistakes cost, and the price of a look."""
    names = snapshot.names
    if len(names) > _MOST_PRICED:
        st.info(f"Prices of {len(names)} classes: use winnow run --costs with a CSV file.")
        return Request()
    look = st.number_input(
        "Price of a look by a person", 0.0, 1e9, 0.2, 0.05, key="promise-look",
        help="In the same money as the mistakes.",
    )  # fmt: skip
    st.caption("What it costs to sort an image of the row's class as the column's:")
    start = pd.DataFrame(1.0, index=names, columns=names)
    for name in names:
        start.loc[name, name] = 0.0
    table = st.data_editor(
        start, key=f"promise-prices-{hash(tuple(names))}", width="stretch",
        column_config={"_index": st.column_config.Column("true class", disabled=True)},
    )  # fmt: skip
    table = table.fillna(0.0).clip(lower=0.0)
    prices = Prices(tuple(names), tuple(map(tuple, table.to_numpy(float).tolist())), float(look))
    st.download_button(
        "These prices as CSV", lambda: _csv(prices), "prices.csv", "text/csv", key="prices-csv",
        icon=":material/download:", on_click="ignore",
    )  # fmt: skip
    return Request(prices=prices)


def _csv(prices: Prices) -> bytes:
    """The table that ``winnow run --costs`` reads."""
    out = io.StringIO()
    write_rows(out, [("true", *prices.names, LOOK)])
    rows = zip(prices.names, prices.costs, strict=True)
    write_rows(out, ((name, *of, prices.look) for name, of in rows))
    return out.getvalue().encode()


def made(snapshot: Snapshot, predictions: Predictions, request: Request) -> Promise | None:
    """The promise, worked out once for the same labels; None where nothing is asked for."""
    if not request:
        return None
    lists = signatures.version(snapshot.workspace.home) if request.signed else None
    key = (predictions, snapshot.labels.key, request, lists)
    return snapshot.remember(
        "promise", key, lambda: promise_of(snapshot, predictions, request), keep=2
    )


def show(snapshot: Snapshot, promise: Promise) -> None:
    """Draw what is promised on what evidence, and the way to what is missing."""
    text = "\n\n".join(plain(line) for line in words.lines(promise))
    if promise.request.prices is not None:
        st.info(text, icon=":material/payments:")
        return
    if promise.holds:
        st.success(text, icon=":material/verified:")
    else:
        st.warning(text, icon=":material/pending:")
    if promise.request.signed:
        _folders(snapshot)
    elif promise.more_labels:
        label = f"Label {promise.more_labels:,} random images"
        if st.button(label, key="promise-label", icon=":material/casino:"):
            st.session_state[ONLY_RANDOM] = True
            st.switch_page("../../../pages/label.py")


def withdrawn(plan: Plan) -> None:
    """Draw what earlier exports have in a class folder and this one sends to review."""
    back = (plan.promise or {}).get("withdrawn", [])
    if not back:
        return
    many = f"{len(back):,} images" if len(back) > 1 else "One image"
    with st.expander(
        f"Withdrawn: {many} of earlier exports go to review now", icon=":material/undo:"
    ):
        st.dataframe(
            pd.DataFrame(back).rename(columns={"path": "image", "class": "was in"}),
            hide_index=True, width="stretch", key="promise-withdrawn",
        )  # fmt: skip


def _folders(snapshot: Snapshot) -> None:
    """Where the signing of each folder stands, and the way to go on with one."""
    standing = {folder.name: folder for folder in signing.folders(snapshot)}
    rows = []
    for name in snapshot.names:
        folder = standing.get(name)
        rows.append((
            name,
            words.standing(folder) if folder else "not begun",
            folder.sorted_images if folder and folder.is_signed else 0,
            folder.state.looks if folder else 0,
            folder.state.wrong if folder else 0,
        ))  # fmt: skip
    columns = ["folder", "state", "images sorted", "looked at", "wrong"]
    st.dataframe(
        pd.DataFrame(rows, columns=columns), hide_index=True, width="stretch", key="signed-folders"
    )
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    name = left.selectbox("Folder", snapshot.names, key="promise-folder")
    if right.button("Sign it", key="promise-sign", icon=":material/draw:", width="stretch"):
        st.session_state[TO_SIGN] = name
        st.switch_page("../../../pages/label.py")
    if name in standing:
        right.button(
            "Give the signature up", key="promise-drop", width="stretch",
            on_click=trouble.careful(signing.drop), args=(snapshot.workspace, name),
            help="Its labels stay.",
        )  # fmt: skip
