"""The words that tell the images of each class apart, of those that people brought."""

from __future__ import annotations

import streamlit as st

from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.services.data.texts.telling import class_words
from core.services.metrics.matrices import MANY
from core.ui.widgets.text import plain


def show(snapshot: Snapshot, predictions: Predictions) -> None:
    """Draw a line a class; nothing where no image says anything."""
    try:
        chances = predictions.probabilities
        words = class_words(
            snapshot, lambda: chances.argmax(axis=1), len(predictions.names), predictions
        )
    except WinnowError as error:
        st.warning(plain(error))
        return
    if not any(words):
        return
    st.subheader(
        "Words of each class",
        help="Of the columns and captions that you imported: words that images predicted as the "
        "class have more often than others have (class-based TF-IDF).",
    )
    if len(words) > MANY:  # a line each is too much to read, and to draw
        table = {"class": predictions.names, "words": [", ".join(own) for own in words]}
        st.dataframe(table, hide_index=True, width="stretch", key="class-words-table")
        return
    with st.container(key="class-words"):
        for name, own in zip(predictions.names, words, strict=True):
            if own:
                st.caption(f"**{plain(name)}** words: {plain(', '.join(own))}")
