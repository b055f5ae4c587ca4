"""Refinement of the prompts: what it would flip, whether that helps, and the switch."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from core.learn.models.refine import RefineStep
from core.learn.models.refining import MINIMUM_IMAGES
from core.project.snapshot import Snapshot
from core.services.prompts.refining import (
    RefinementPreview,
    preview_refinement,
    use_refinement,
)
from core.services.prompts.verdict import HELP
from core.ui.prompts import flips
from core.ui.session import session, trouble
from core.ui.shared import progress
from core.ui.widgets.colours import class_colour
from core.ui.widgets.figures import FRAME
from core.ui.widgets.text import plain

_NAMED = 5  # classes that a warning names
_LONG = 2_000_000  # images times classes from which on it takes seconds, so that nobody waits
_REFINE = "refine"
"""Kind of work, see ``tasks``."""


def show(snapshot: Snapshot) -> None:
    """Draw the preview with the switch."""
    if problem := snapshot.classes.problem():
        st.info(plain(problem))
        return
    st.caption(
        "Refinement lets the description of each class move from its words towards the images "
        "that it takes, step by step and without labels. With prompts that fit, that often helps; "
        "with poor ones it follows the wrong images and makes things worse."
    )
    if len(snapshot) < MINIMUM_IMAGES:
        st.info(
            f"Refinement needs at least {MINIMUM_IMAGES} images; here are {len(snapshot):,}: the "
            "prompts count as they are."
        )
        return
    seen = _preview(snapshot)
    if seen is None:
        return
    _warnings(seen)
    st.markdown(seen.verdict.sentence("by the prompts", "refined"), help=HELP)
    _switch(snapshot, seen)
    _steps(seen.steps, len(snapshot.names))
    changed = seen.comparison.changed
    st.markdown(f"**{changed:,}** of {len(snapshot):,} images change their class.")
    flips.groups(snapshot, seen.comparison)


def _preview(snapshot: Snapshot) -> RefinementPreview | None:
    """What refinement would change; None while that of very many is worked out behind."""
    if not snapshot.pool.many and len(snapshot) * len(snapshot.names) < _LONG:
        with st.spinner("Refining…"):
            return preview_refinement(snapshot)
    basis = (snapshot.pool.version, snapshot.classes, snapshot.labels.key)
    return progress.result_of(
        _REFINE, snapshot, basis, "Refining", lambda report: preview_refinement(snapshot, report)
    )


def _warnings(seen: RefinementPreview) -> None:
    if not seen.emptied:
        return
    worst = sorted(seen.emptied.items(), key=lambda one: one[1][1] - one[1][0])
    named = ", ".join(f"**{plain(n)}** ({a:,} → {b:,} images)" for n, (a, b) in worst[:_NAMED])
    more = f" and {len(worst) - _NAMED} more" if len(worst) > _NAMED else ""
    st.warning(
        f"Refinement would leave hardly an image to {named}{more}. Write better prompts for what "
        "collapses, or do without refinement."
    )


def _switch(snapshot: Snapshot, seen: RefinementPreview) -> None:
    """Whether the question's predictions are refined, and the button that changes it."""
    now = "refined" if snapshot.refined else "used as they are"
    text, button = st.columns([5, 2], vertical_alignment="center")
    text.markdown(f"In this question the prompts are **{now}**, on all pages and in exports.")
    button.button(
        "Use the prompts as they are" if snapshot.refined else "Refine the prompts",
        key="refine-switch", width="stretch", on_click=_set, args=(not snapshot.refined,),
        help="Predictions are learned anew; labels stay. It can be changed back at any time.",
    )  # fmt: skip


@trouble.careful
def _set(wanted: bool) -> None:
    use_refinement(session.require_project().workspace, wanted)


def _steps(steps: Sequence[RefineStep], classes: int) -> None:
    """The log of refinement as a small figure, and as a table for whoever wants the numbers."""
    st.plotly_chart(_figure(steps, classes), key="refine-steps")
    with st.expander("The steps in numbers"):
        st.dataframe(
            {
                "step": [step.iteration for step in steps],
                "text weight": [step.weight for step in steps],
                "moved": [step.moved_share for step in steps],
                "classes in use": [step.active_classes for step in steps],
                "mean confidence": [step.mean_confidence for step in steps],
            },
            hide_index=True,
            column_config={
                "text weight": st.column_config.NumberColumn(format="%.2f"),
                "moved": st.column_config.NumberColumn(format="percent"),
                "mean confidence": st.column_config.NumberColumn(format="%.3f"),
            },
        )


def _figure(steps: Sequence[RefineStep], classes: int) -> go.Figure:
    turns = [step.iteration for step in steps]
    lines = {
        "mean confidence": [step.mean_confidence for step in steps],
        "weight of the words": [step.weight for step in steps],
        "images that moved": [step.moved_share for step in steps],
        "classes in use": [step.active_classes / classes for step in steps],
    }
    figure = go.Figure(
        [
            go.Scatter(
                x=turns, y=values, name=name, mode="lines+markers",
                line={"color": class_colour(number)}, hovertemplate="%{y:.1%}",
            )
            for number, (name, values) in enumerate(lines.items())
        ]
    )  # fmt: skip
    figure.update_layout(
        **FRAME,
        height=220,
        hovermode="x unified",
        legend={"orientation": "h", "y": 1.15},
        xaxis={"title": "step", "dtick": 1},
        yaxis={"tickformat": ".0%", "range": [0, 1]},
    )
    return figure
