"""What the Metrics page compares predictions with: labels, or a truth from folders or a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.services.metrics.comparison import (
    Comparison,
    against_audit,
    against_labels,
    against_truth,
)
from core.services.metrics.truth import folder_truth, folders_outside, truth_file
from core.store.csv_tables import LabelTable, read_labels
from core.ui.metrics import state
from core.ui.session import session
from core.ui.widgets import uploads
from core.ui.widgets.text import plain

AUDIT, LABELS = "Audit images", "All labels"
FOLDERS, IN_FOLDER, UPLOAD = "Folder names", "truth.csv", "Upload a file"
LEAST = 10  # images or labels from which figures are shown


@dataclass(frozen=True)
class Choice:
    """The source that was chosen, and the truths, relative path → class, that are there."""

    source: str
    truths: Mapping[str, Mapping[str, str]]


def choose(snapshot: Snapshot) -> Choice:
    """Ask what to compare with, among what there is; by default the best of it."""
    truths: dict[str, Mapping[str, str]] = {}
    if beside := _truth_beside(snapshot):
        truths[IN_FOLDER] = beside
    if folders := folder_truth(snapshot.pool, snapshot.names):
        truths[FOLDERS] = folders
    first = next(iter(truths), LABELS)
    source = st.segmented_control(
        "Truth", [AUDIT, LABELS, *truths, UPLOAD],
        default=AUDIT if len(snapshot.audit) >= LEAST else first, required=True,
        key=state.SOURCE, help="What the predictions are compared with.", bind="query-params",
    )  # fmt: skip
    return Choice(str(source), truths)


def _truth_beside(snapshot: Snapshot) -> LabelTable | None:
    try:
        return truth_file(snapshot.workspace.images)
    except WinnowError as error:
        st.warning(plain(error))
        return None


def compared(choice: Choice, snapshot: Snapshot, predictions: Predictions) -> Comparison:
    """The comparison with the chosen source, said with its weaknesses.

    Raises:
        WinnowError: nothing can be compared.
    """
    if choice.source == AUDIT:
        st.caption(
            "Images drawn at random before anything was known of their scores, each scored by a "
            "model that did not see its label: figures for the whole collection."
        )
        return against_audit(predictions)
    if choice.source == LABELS:
        st.warning(
            "Labels are asked for where the model is unsure, so these figures are **biased**, "
            "usually too low. Each image was scored by a model that did not see its label."
        )
        return against_labels(snapshot, predictions)
    truth = choice.truths.get(choice.source)
    result = against_truth(snapshot, predictions, _uploaded() if truth is None else truth)
    _remarks(result, choice.source)
    if choice.source == FOLDERS and truth is not None:
        _folders(folders_outside(snapshot.pool, truth))
    return result


def _remarks(result: Comparison, source: str) -> None:
    """What of the truth does not count, or counts under another spelling."""
    if result.review is not None:
        for sentence in (*result.review.remarks(source), *result.review.outside(source)):
            st.caption(plain(sentence))


def _folders(outside: Mapping[str, int]) -> None:
    if not outside:
        return
    names = ", ".join(f"{name or 'no folder'} ({n:,})" for name, n in list(outside.items())[:12])
    more = " …" if len(outside) > 12 else ""
    st.caption(plain(f"{sum(outside.values()):,} images lie in no class's folder: {names}{more}"))


def _uploaded() -> LabelTable:
    read = uploads.table("CSV with the columns path,label", state.FILE, read_labels)
    if read is None:
        st.info("Choose a file; its paths are relative to the image folder.")
        st.stop()
    return read()


def need(count: int, what: str) -> None:
    """End the page, with the way to more labels, while there are fewer than `LEAST`."""
    if count < LEAST:
        session.empty(
            f"{count} {what} so far; figures start at {LEAST}.", "Label some images.", "label"
        )
