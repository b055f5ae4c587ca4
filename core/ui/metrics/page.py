"""Metrics: how good the predictions are, against which truth, and how sure that is."""

from __future__ import annotations

import streamlit as st

from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.services.metrics.comparison import Comparison, NothingToJudgeError
from core.services.metrics.judging import compare_models, judge
from core.ui.metrics import (
    caption_scores,
    changes,
    charts,
    learning_curve,
    measures,
    sources,
    state,
    suspects,
    thresholds,
)
from core.ui.session import session
from core.ui.shared import meter, remarks
from core.ui.widgets.text import plain

QUALITY, CUT, CURVE = "Quality", "Thresholds", "Learning curve"
CHECK, MODELS, CAPTIONS = "Suspect labels", "Compare models", "Captions"
CHANGES = "What changed"


def show() -> None:
    """Draw the page."""
    st.title("Metrics")
    project = session.require_project()
    session.require_pool(project)
    view = st.segmented_control(
        "View", [QUALITY, CUT, CURVE, CHECK, MODELS, CHANGES, CAPTIONS], default=QUALITY,
        required=True, key=state.VIEW, bind="query-params", label_visibility="collapsed",
    )  # fmt: skip
    if view == CAPTIONS:  # measures encoders, so it needs no classes
        caption_scores.show(project.snapshot(Vocabulary()))
        return
    snapshot, predictions = session.require_view()
    remarks.draw(snapshot, predictions)
    if state.SOURCE in st.session_state:  # views that do not ask for it must not forget it
        st.session_state[state.SOURCE] = st.session_state[state.SOURCE]
    if view == CURVE:
        learning_curve.show(snapshot)
    elif view == CHANGES:
        changes.show(snapshot, predictions)
    elif view == CHECK:
        sources.need(int((predictions.human >= 0).sum()), "labels")
        suspects.show(snapshot, judge(snapshot, predictions))
    else:
        _compared(str(view), snapshot, predictions)


def _compared(view: str, snapshot: Snapshot, predictions: Predictions) -> None:
    """The views that compare the predictions with a truth."""
    choice = sources.choose(snapshot)
    if choice.source == sources.AUDIT:
        sources.need(len(snapshot.audit), "random images")
    elif choice.source == sources.LABELS or view == MODELS:
        sources.need(int((predictions.human >= 0).sum()), "labels")
    try:
        compared = sources.compared(choice, snapshot, predictions)
    except NothingToJudgeError as error:  # the end of the work, not a fault
        st.info(plain(error))
        return
    except WinnowError as error:
        st.error(plain(error))
        return
    if compared.left_out:
        st.caption(f"{compared.left_out:,} labeled images trained the model and are left out.")
    if view == CUT:
        thresholds.show(compared, predictions)
    elif view == MODELS:
        _models(choice.source, compared, snapshot, predictions)
    else:
        _quality(choice.source, compared, snapshot, predictions)


def _models(
    source: str, compared: Comparison, snapshot: Snapshot, predictions: Predictions
) -> None:
    if source not in (sources.AUDIT, sources.LABELS):
        st.caption("Other models are compared on all labels; each is scored without its own label.")
    audited = source == sources.AUDIT
    rows = compared.rows if audited else (predictions.human >= 0).nonzero()[0]
    measures.models(compare_models(snapshot, predictions, rows))


def _quality(
    source: str, compared: Comparison, snapshot: Snapshot, predictions: Predictions
) -> None:
    result = compared.evaluation
    measures.headline(result)
    if source == sources.AUDIT:
        measures.outlook(snapshot, predictions, meter.goal())
    wide = len(result.labels) > charts.FEW
    left, right = (st.container(), st.container()) if wide else st.columns([3, 2])
    with left:
        st.subheader("Confusion")
        measures.confusion(snapshot, compared)
    with right:
        st.subheader(
            "Reliability",
            help="On the dotted line, stated confidence equals the share right. The grey bars say "
            "how far chance alone may have moved a point (95 %).",
        )
        st.plotly_chart(charts.reliability_figure(result), key="reliability")
    st.subheader("Per class")
    charts.class_table(result)
