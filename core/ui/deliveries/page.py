"""Deliveries: one is received, then what it is like and what can be done with it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from core.services.deliveries.records import Record, shelves
from core.services.deliveries.telling import VERDICTS, unlike_images
from core.ui.deliveries import comparing, intake, result, state
from core.ui.deliveries.tasks import RECEIVE, Received, latest
from core.ui.session import session, trouble

_LISTED = 200


def show() -> None:
    """Draw the page."""
    st.title("Deliveries")
    st.markdown(
        "The next batch of images, sorted by what was learned and compared with what came before."
    )
    project = session.current()
    received = _received()
    listed = shelves()
    with st.expander("Receive a delivery", expanded=not listed or received is not None):
        intake.section(project)
    if listed:
        _list([record for _, record in listed])
        place, record = _shown(listed, received)
        with trouble.in_place():
            result.section(place, record, project, received)
    else:
        st.caption("No delivery has been received yet.")
    comparing.section()


def _received() -> Received | None:
    """What was received last in this workspace or session."""
    task = latest(RECEIVE)
    done = task.result if task is not None else None
    return done if isinstance(done, Received) else None


def _list(records: list[Record]) -> None:
    """All deliveries with their verdicts, the latest first."""
    st.subheader("On record")
    rows = [
        (
            _date(record), record.name, VERDICTS[record.kind], record.images,
            unlike_images(record), record.exact + record.near, record.model,
        )
        for record in records[:_LISTED]
    ]  # fmt: skip
    heads = ["received", "delivery", "verdict", "images", "unlike", "duplicates", "by"]
    st.dataframe(
        pd.DataFrame(rows, columns=heads), hide_index=True, width="stretch", key="deliveries",
        height=min(36 * (len(rows) + 1) + 2, 300),
    )  # fmt: skip


def _shown(listed: list[tuple[Path, Record]], received: Received | None) -> tuple[Path, Record]:
    """The delivery that is picked; one that has just been received is."""
    pairs = {f"{place.name}/{record.key}": (place, record) for place, record in listed}
    if received is not None and st.session_state.get(state.FOLLOWED) is not received:
        st.session_state[state.FOLLOWED] = received
        new = (name for name, pair in pairs.items() if pair[1].key == received.key)
        st.session_state[state.SHOWN] = next(new, next(iter(pairs)))
    if st.session_state.get(state.SHOWN) not in pairs:
        st.session_state[state.SHOWN] = next(iter(pairs))
    name = st.selectbox(
        "Delivery", list(pairs), key=state.SHOWN,
        format_func=lambda one: f"{pairs[one][1].name} · {_date(pairs[one][1])}",
    )  # fmt: skip
    return pairs[name]


def _date(record: Record) -> str:
    return record.received[:16].replace("T", " ")
