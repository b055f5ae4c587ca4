"""Metrics: how good the predictions are, against which truth, and how sure that is."""

from __future__ import annotations

import streamlit as st

from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.services.metrics.comparison import Comparison, NothingToJudgeError
from core.ui.metrics import (
    ablation,
    caption_scores,
    changes,
    charts,
    disagreements,
    learning_curve,
    many,
    measures,
    shares,
    sources,
    state,
    suspects,
    tasks,
    thresholds,
)
from core.ui.metrics.classes import heads, voters, words
from core.ui.metrics.classes import view as classes
from core.ui.metrics.runs import view as runs
from core.ui.metrics.tuning import view as tuning
from core.ui.session import fitting, session
from core.ui.shared import label_bar, meter, progress, remarks
from core.ui.shared.columns import groups
from core.ui.widgets.text import plain

QUALITY, CLASSES, CUT, CURVE = "Quality", "Classes", "Thresholds", "Learning curve"
CHECK, MODELS, CAPTIONS = "Suspect labels", "Compare models", "Captions"
CHANGES, RUNS, WORDS = "What changed", "Runs", "Pictures or words"


def show() -> None:
    """Draw the page."""
    st.title("Metrics")
    project = session.require_project()
    session.require_pool(project)
    view = st.segmented_control(
        "View", [QUALITY, CLASSES, CUT, CURVE, CHECK, MODELS, WORDS, CHANGES, RUNS, CAPTIONS],
        default=QUALITY, required=True, key=state.VIEW, bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    asking = view in (QUALITY, CLASSES, CUT, MODELS)
    if not asking and state.SOURCE in st.session_state:  # a view without it must not forget it
        st.session_state[state.SOURCE] = st.session_state[state.SOURCE]
    if view == CAPTIONS:  # measures encoders, so it needs no classes
        caption_scores.show(project.snapshot(Vocabulary()))
        tuning.show(project.snapshot())
        return
    snapshot, predictions = session.require_view(follow=False)
    if view != WORDS and progress.of_learning(snapshot, predictions):
        return  # figures of the prompts alone would be taken for the model's
    if not fitting.newest(snapshot, predictions):
        session.await_fit(project, snapshot.classes)
    remarks.draw(snapshot, predictions)
    if view == CURVE:
        learning_curve.show(snapshot, predictions)
    elif view == CHANGES:
        changes.show(snapshot, predictions)
    elif view == WORDS:
        ablation.show(snapshot)
    elif view == RUNS:
        runs.show(snapshot, predictions)
    elif view == CHECK:
        _check(snapshot, predictions)
    else:
        _compared(str(view), snapshot, predictions)


def _check(snapshot: Snapshot, predictions: Predictions) -> None:
    """Labels, and words, that may be wrong."""
    labeled = int((predictions.human >= 0).sum())
    if labeled < sources.LEAST:  # words and pictures can be compared without
        label_bar.undo_row(state.PLACE, (5, 1), width="stretch")
        disagreements.show(snapshot)
    sources.need(labeled, "labels")
    suspects.show(snapshot, tasks.suspects_of(snapshot, predictions))
    disagreements.show(snapshot)


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
    elif view == CLASSES:
        classes.show(snapshot, predictions, compared)
        words.show(snapshot, predictions)
        heads.show(snapshot)
        voters.show(snapshot, predictions)
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
    outcome = tasks.models_of(snapshot, predictions, rows)
    suspects.wait_for(outcome)
    if outcome.result is not None and outcome.task is None:
        measures.models(outcome.result)


def _quality(
    source: str, compared: Comparison, snapshot: Snapshot, predictions: Predictions
) -> None:
    result = compared.evaluation
    measures.headline(result)
    measures.by_groups(snapshot, compared)
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
        plot, words_of_it = charts.reliability(result)
        plot.show("reliability", words_of_it)
    if source == sources.AUDIT:
        shares.show(snapshot, predictions)
    st.subheader("Per class")
    many.class_table(snapshot, compared)
    st.subheader("By column", help="Where predictions are right more often, and where less.")
    right = compared.truth == compared.guess
    groups.section(snapshot, state.GROUP, predictions, compared.rows, right)
