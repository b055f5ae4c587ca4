"""The one-page report, to be downloaded: of the last export, else of the predictions now."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.services.export.one_page.facts import latest_export, of_export, of_predictions
from core.services.export.one_page.page import page_of, writer_of

_KINDS = (("PDF", "application/pdf"), ("HTML", "text/html"))


def section(snapshot: Snapshot, predictions: Predictions) -> None:
    """Draw the buttons."""
    run = latest_export(snapshot.workspace)
    of = f"the export {run.name}" if run is not None else "the predictions as they are now"

    def made(name: str) -> bytes:
        # At the click: pictures of all classes are made small, which takes some seconds.
        facts = of_export(run) if run is not None else of_predictions(snapshot, predictions)
        return writer_of(Path(name))(page_of(snapshot.workspace, facts))

    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("One-page report", help=f"With pictures, for whoever ordered it; of {of}.")
        for title, kind in _KINDS:
            name = f"{run.name if run is not None else 'report'}.{title.lower()}"
            st.download_button(
                title, partial(made, name), name, kind, key=f"one-page-{title}",
                on_click="ignore", icon=":material/description:",
            )  # fmt: skip
