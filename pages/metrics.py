"""Metrics: how good the predictions are, against which truth, and how sure that is."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st

from core.comparison import Comparison, against_labels, against_truth
from core.errors import WinnowError
from core.learn.metrics import Evaluation
from core.store.tables import read_labels
from core.truth import folder_truth, truth_file
from core.ui import charts, session, thumbs
from core.ui.text import plain

LABELS, FOLDERS, IN_FOLDER, UPLOAD = "Labels", "Folder names", "truth.csv", "Upload a file"
LEAST, SHOWN = 10, 60
SPAN = "Below it the 95 % interval: what this many images allow to say."


def uploaded() -> dict[str, str] | None:
    file = st.file_uploader("CSV with the columns path,label", type="csv", key="truth-file")
    if file is None:
        st.info("Choose a file; its paths are relative to the image folder.")
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(file.name).name
        path.write_bytes(file.getvalue())
        return read_labels(path)


def headline(result: Evaluation) -> None:
    cells = st.columns(5)
    still = {"delta_color": "off", "delta_arrow": "off"}
    span = f"{result.accuracy_low:.1%} – {result.accuracy_high:.1%}"
    cells[0].metric("Accuracy", f"{result.accuracy:.1%}", span, help=SPAN, **still)
    span = f"{result.macro_f1_low:.1%} – {result.macro_f1_high:.1%}"
    cells[1].metric("Macro F1", f"{result.macro_f1:.1%}", span, help=SPAN, **still)
    cells[2].metric("Top 3", f"{result.top_k[3]:.1%}", help="The true class is among the first 3.")
    cells[3].metric(
        "Calibration error", f"{result.ece:.1%}",
        help="Expected calibration error: mean gap between stated confidence and share right.",
    )  # fmt: skip
    cells[4].metric("Images", f"{result.n:,}")


def cell(result: Comparison) -> None:
    left, right = st.columns(2)
    labels = result.evaluation.labels
    true = left.selectbox("True class", labels, key="cell-true")
    said = right.selectbox("Predicted", labels, key="cell-said")
    rows = result.cell(true, said)
    if not rows:
        st.caption("No image.")
        return
    st.caption(f"{len(rows):,} images" + (f", the first {SHOWN}" if len(rows) > SHOWN else ""))
    shown = rows[:SHOWN]
    paths = [pool.files[r][0].path for r in shown]
    thumbs.show(project, [pool.ids[r] for r in shown], titles=paths)


st.title("Metrics")
project, pool, vocabulary, predictions = session.require_predictions()
folders = folder_truth(pool, vocabulary.names)
try:
    beside = truth_file(project.workspace.images)
except WinnowError as error:
    beside = None
    st.warning(plain(error))
choices = [LABELS, *([IN_FOLDER] if beside else []), *([FOLDERS] if folders else []), UPLOAD]
labeled = int((predictions.human >= 0).sum())
first = LABELS if labeled >= LEAST or not (beside or folders) else choices[1]
source = st.segmented_control("Truth", choices, default=first, required=True, key="truth-source")
try:
    if source == LABELS:
        if labeled < LEAST:
            session.empty(
                f"{labeled} labels so far; figures start at {LEAST}.", "Label some images.", "label"
            )
        st.warning(
            "Labels are asked for where the model is unsure, so these figures are **biased**, "
            "usually too low. Each image was scored by a model that did not see its label."
        )
        compared = against_labels(project, vocabulary, predictions)
    else:
        given = {IN_FOLDER: beside, FOLDERS: folders}.get(source) or uploaded()
        if given is None:
            st.stop()
        compared = against_truth(project, predictions, given)
except WinnowError as error:
    st.error(plain(error))
    st.stop()
result = compared.evaluation
if compared.left_out:
    st.caption(f"{compared.left_out:,} labeled images trained the model and are left out.")
headline(result)
left, right = st.columns([3, 2]) if len(result.labels) <= charts.FEW else (st.container(),) * 2
with left:
    st.subheader("Confusion")
    shares = st.toggle("Share of the true class", key="confusion-shares")
    st.plotly_chart(charts.confusion_figure(result, shares), key="confusion")
with right:
    st.subheader(
        "Reliability", help="On the dotted line, stated confidence equals the share right."
    )
    st.plotly_chart(charts.reliability_figure(result), key="reliability")
st.subheader("Per class")
charts.class_table(result)
st.subheader("Images of a cell")
cell(compared)
