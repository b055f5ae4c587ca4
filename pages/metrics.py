"""Metrics: how good the predictions are, against which truth, and how sure that is."""

from __future__ import annotations

import streamlit as st

from core.runtime.errors import WinnowError
from core.services.metrics.comparison import (
    Comparison,
    against_audit,
    against_labels,
    against_truth,
)
from core.services.metrics.judging import compare_models, judge
from core.services.metrics.truth import folder_truth, truth_file
from core.store.csv_tables import read_labels
from core.ui.metrics import caption_scores, learning_curve, measures, suspects
from core.ui.session import session
from core.ui.shared import meter
from core.ui.widgets import charts, uploads
from core.ui.widgets.text import plain

AUDIT, LABELS = "Audit images", "All labels"
FOLDERS, IN_FOLDER, UPLOAD = "Folder names", "truth.csv", "Upload a file"
QUALITY, CUT, CURVE = "Quality", "Thresholds", "Learning curve"
CHECK, MODELS, CAPTIONS = "Suspect labels", "Compare models", "Captions"
LEAST = 10


def uploaded() -> dict[str, str]:
    read = uploads.table("CSV with the columns path,label", "truth-file", read_labels)
    if read is None:
        st.info("Choose a file; its paths are relative to the image folder.")
        st.stop()
    return read()


def compared_with(source: str) -> Comparison:
    """The comparison with one source, said with its weaknesses."""
    if source == AUDIT:
        st.caption(
            "Images drawn at random before anything was known of their scores, each scored by a "
            "model that did not see its label: figures for the whole collection."
        )
        return against_audit(predictions)
    if source == LABELS:
        st.warning(
            "Labels are asked for where the model is unsure, so these figures are **biased**, "
            "usually too low. Each image was scored by a model that did not see its label."
        )
        return against_labels(project, vocabulary, predictions)
    given = beside if source == IN_FOLDER else folders if source == FOLDERS else uploaded()
    return against_truth(project, predictions, given or {})


def quality(compared: Comparison) -> None:
    result = compared.evaluation
    measures.headline(result)
    if source == AUDIT:
        measures.outlook(project, vocabulary, predictions, meter.goal())
    wide = len(result.labels) > charts.FEW
    left, right = (st.container(), st.container()) if wide else st.columns([3, 2])
    with left:
        st.subheader("Confusion")
        measures.confusion(project, pool, compared)
    with right:
        st.subheader(
            "Reliability",
            help="On the dotted line, stated confidence equals the share right. The grey bars say "
            "how far chance alone may have moved a point (95 %).",
        )
        st.plotly_chart(charts.reliability_figure(result), key="reliability")
    st.subheader("Per class")
    charts.class_table(result)


def need(count: int, what: str) -> None:
    if count < LEAST:
        said = f"{count} {what} so far; figures start at {LEAST}."
        session.empty(said, "Label some images.", "label")


st.title("Metrics")
session.require_pool(session.require_project())
view = st.segmented_control(
    "View", [QUALITY, CUT, CURVE, CHECK, MODELS, CAPTIONS], default=QUALITY, required=True,
    key="metrics-view", bind="query-params", label_visibility="collapsed",
)  # fmt: skip
if view == CAPTIONS:
    caption_scores.show(session.require_project())
    st.stop()
project, pool, vocabulary, predictions = session.require_predictions()
if "truth-source" in st.session_state:  # views that do not ask for it must not forget it
    st.session_state["truth-source"] = st.session_state["truth-source"]
audited, labeled = session.audited(project, vocabulary), int((predictions.human >= 0).sum())
if view == CURVE:
    learning_curve.show(project, vocabulary)
    st.stop()
if view == CHECK:
    need(labeled, "labels")
    suspects.show(project, vocabulary.names, judge(project, vocabulary, predictions))
    st.stop()
folders = folder_truth(pool, vocabulary.names)
try:
    beside = truth_file(project.workspace.images)
except WinnowError as error:
    beside = None
    st.warning(plain(error))
choices = [
    AUDIT, LABELS, *([IN_FOLDER] if beside else []), *([FOLDERS] if folders else []), UPLOAD,
]  # fmt: skip
known = choices[2] if beside or folders else LABELS
source = st.segmented_control(
    "Truth", choices, default=AUDIT if audited >= LEAST else known, required=True,
    key="truth-source", help="What the predictions are compared with.", bind="query-params",
)  # fmt: skip
if source == AUDIT:
    need(audited, "random images")
elif source == LABELS or view == MODELS:
    need(labeled, "labels")
try:
    compared = compared_with(source)
except WinnowError as error:
    st.error(plain(error))
    st.stop()
if compared.left_out:
    st.caption(f"{compared.left_out:,} labeled images trained the model and are left out.")
if view == CUT:
    measures.thresholds(compared, predictions)
elif view == MODELS:
    if source not in (AUDIT, LABELS):
        st.caption("Other models are compared on all labels; each is scored without its own label.")
    rows = compared.rows if source == AUDIT else (predictions.human >= 0).nonzero()[0]
    measures.models(compare_models(project, vocabulary, predictions, rows))
else:
    quality(compared)
