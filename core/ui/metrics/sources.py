"""What the Metrics page compares predictions with: labels, or a truth from folders or a file."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

import streamlit as st

from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.services.data.folders import naming, of_pool
from core.services.metrics.comparison import (
    Comparison,
    against_audit,
    against_labels,
    against_truth,
)
from core.services.metrics.truth import folder_truth, truth_beside
from core.store.csv_tables import LabelTable, read_labels
from core.ui.metrics import state, suspects, tasks
from core.ui.session import fitting, session
from core.ui.shared import folder_level
from core.ui.widgets import uploads
from core.ui.widgets.text import plain

AUDIT, LABELS = "Random images", "All labels"
FOLDERS, IN_FOLDER, UPLOAD = "Folder names", "truth.csv", "Upload a file"
_OLD_AUDIT = "Audit images"
LEAST = 10  # images or labels from which figures are shown


@dataclass(frozen=True)
class Choice:
    """The source that was chosen, and the table that lies in the image folder, if there is one."""

    source: str
    beside: LabelTable | None


def choose(snapshot: Snapshot) -> Choice:
    """Ask what to compare with, among what there is; by default the best of it."""
    beside = _truth_beside(snapshot)
    there = [IN_FOLDER] if beside else []
    if naming(of_pool(snapshot), snapshot.names, None).images:
        there.append(FOLDERS)
    first = next(iter(there), LABELS)
    if st.query_params.get(state.SOURCE) == _OLD_AUDIT:  # an address of an earlier version
        st.query_params[state.SOURCE] = AUDIT
    source = st.segmented_control(
        "Truth", [AUDIT, LABELS, *there, UPLOAD],
        default=AUDIT if len(snapshot.audit) >= LEAST else first, required=True,
        key=state.SOURCE, help="What the predictions are compared with.", bind="query-params",
    )  # fmt: skip
    return Choice(str(source), beside)


def _truth_beside(snapshot: Snapshot) -> LabelTable | None:
    try:
        return truth_beside(snapshot)
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
        return _once(snapshot, predictions, AUDIT, lambda: against_audit(predictions))
    if choice.source == LABELS:
        st.warning(
            "Labels are asked for where the model is unsure, so these figures are **biased**, "
            "usually too low. Each image was scored by a model that did not see its label."
        )
        if fitting.is_long(snapshot):
            return _in_the_background(snapshot, predictions)
        return _once(snapshot, predictions, LABELS, lambda: against_labels(snapshot, predictions))
    if choice.source == FOLDERS:
        return _by_folders(snapshot, predictions)
    truth = choice.beside if choice.source == IN_FOLDER and choice.beside else _uploaded()
    result = _once(
        snapshot, predictions, id(truth), lambda: against_truth(snapshot, predictions, truth), truth
    )
    _remarks(result, choice.source)
    return result


def _in_the_background(snapshot: Snapshot, predictions: Predictions) -> Comparison:
    """The comparison with all labels, where models for it take longer than a page; ends the page
    until it is there."""
    outcome = tasks.labels_of(snapshot, predictions)
    suspects.wait_for(outcome)
    if outcome.result is None:
        st.stop()
    return outcome.result


def _by_folders(snapshot: Snapshot, predictions: Predictions) -> Comparison:
    """The names of folders as truth, at the level that was chosen for this question."""
    seen = folder_level.choose(snapshot, "truth")
    folder_level.remarks(seen, "truth")
    if not seen.images:
        raise WinnowError("No folder there is named as a class: choose another level.")

    def compare() -> Comparison:
        truth = folder_truth(snapshot.pool, snapshot.names, seen.level)
        return against_truth(snapshot, predictions, truth)

    result = _once(snapshot, predictions, (FOLDERS, seen.level), compare)
    _remarks(result, FOLDERS)
    return result


def _once(
    snapshot: Snapshot,
    predictions: Predictions,
    source: Hashable,
    make: Callable[[], Comparison],
    table: object = None,
) -> Comparison:
    """A comparison, made once for these predictions: it takes longer than the page around it.

    Args:
        source: what is compared with, and all that it follows from beside the snapshot's images
            and classes.
        table: stays in memory with the result, so that no other one comes to have its id.
    """
    key = (snapshot.pool.version, snapshot.classes, snapshot.refined, predictions, source)
    return snapshot.remember("comparison", key, lambda: (table, make()), keep=2)[1]


def _remarks(result: Comparison, source: str) -> None:
    """What of the truth does not count, or counts under another spelling."""
    if result.review is not None:
        for sentence in (*result.review.remarks(source), *result.review.outside(source)):
            st.caption(plain(sentence))


def _uploaded() -> LabelTable:
    read = uploads.table("CSV or Parquet with the columns path,label", state.FILE, read_labels)
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
