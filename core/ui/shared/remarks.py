"""What is amiss with the classes, where it matters: before labeling, measuring and exporting."""

from __future__ import annotations

import streamlit as st

from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.services.predict.gaps import gaps
from core.ui.widgets.text import plain


def draw(snapshot: Snapshot, predictions: Predictions) -> None:
    """A sentence for the classes that no image goes to, one for those without labels, and what so
    many images do without.

    Nothing of classes while images are still to be embedded: theirs may be the class that is empty.
    """
    for sentence in snapshot.without:
        st.caption(f":material/info: {plain(sentence)}")
    if snapshot.pool.waiting:
        return
    for sentence in gaps(predictions).sentences():
        st.caption(f":material/info: {plain(sentence)}")
