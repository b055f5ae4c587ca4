"""How many images of each class the collection really has, on the Metrics page."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.services.predict.shares import class_sizes
from core.ui.widgets import tables


def show(snapshot: Snapshot, predictions: Predictions) -> None:
    """Draw a row a class; nothing while there are too few random images."""
    sizes = class_sizes(snapshot, predictions)
    if not sizes:
        return
    st.subheader(
        "How many there really are",
        help="What is predicted, corrected by what the random images say of its confusions. Where "
        "the number predicted lies outside the interval, the model takes others for this class, or "
        "this class for others.",
    )
    columns: dict[str, list[Any]] = {
        "class": [size.name for size in sizes],
        "images, about": [size.images for size in sizes],
        "at least": [size.low for size in sizes],
        "at most": [size.high for size in sizes],
        "predicted or labeled": [size.assigned for size in sizes],
        "beyond": [
            "more than there are" if size.assigned > size.high
            else "fewer than there are" if size.assigned < size.low else ""
            for size in sizes
        ],
    }  # fmt: skip
    tables.show("shares-table", columns)
    st.caption("“At least” and “at most” are 95 % intervals, each for its class.")
