"""The Metrics page's view on captions: how well encoders match them with their images."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.project.project import Project
from core.search.retrieval import RECALL_AT, Direction
from core.services.metrics.retrieval import CaptionScores, measured
from core.store.workspace import EncoderRecord
from core.ui.session import host, session, work
from core.ui.shared import captions, progress
from core.ui.widgets import charts
from core.ui.widgets.colours import class_colour
from core.ui.widgets.text import plain

_FORTH, _BACK = "text → image", "image → text"
_HEADS = {k: f"recall@{k}" for k in RECALL_AT}
_HELP = (
    "Recall@5 is the share of captions whose image is among the first five of all images with "
    "captions, and the other way round; MRR is the mean of 1/rank of the first right answer. "
    "Captions of one image hang together, which the 95 % intervals allow for."
)


def show(project: Project) -> None:
    """Draw the figures of the encoders chosen; those not known yet are measured."""
    if not captions.known(project):
        session.empty(
            "No captions yet: with them it can be measured how well a model matches words and "
            "images.",
            "Import a captions CSV on the Data page.",
        )
    records = project.workspace.encoders()
    chosen = st.multiselect(
        "Models", records, records[:1], key="retrieval-models", format_func=lambda r: r.spec,
        help="Those with vectors in this workspace; embed with another one on the Data page to "
        "compare it.",
    )  # fmt: skip
    found = {record.identity: measured(project, record) for record in chosen}
    missing = [record for record in chosen if found[record.identity] is None]
    if missing:
        _measure(project, missing)
    known = [scores for scores in found.values() if scores is not None]
    if known:
        _draw(known)


def _measure(project: Project, missing: Sequence[EncoderRecord]) -> None:
    """Start what is missing, show how far it is, or why it ended."""
    task = work.task("retrieval", project)
    if task is None or task.status.state == "done":
        task = work.start_retrieval(project, missing)
        task.wait(1.0)
        if task.status.state == "done":
            st.rerun()
    if task.running:
        progress.watch(task)
        return
    if task.status.error:
        st.error(plain(task.status.error))
    names = ", ".join(record.spec for record in missing)
    st.info(f"The figures of {plain(names)} are not known yet.")
    st.button(
        "Measure", key="retrieval-again", type="primary",
        on_click=host.board().forget, args=(task.key,),
    )  # fmt: skip


def _draw(found: list[CaptionScores]) -> None:
    images = {scores.images for scores in found}
    first = found[0]
    st.caption(
        f"{first.captions:,} captions of {first.images:,} images; only images with captions are "
        "candidates.",
        help=_HELP,
    )
    if len(images) > 1:
        told = ", ".join(f"{plain(s.model)}: {s.images:,}" for s in found)
        st.warning(
            f"The models know different numbers of these images ({told}), so their figures do not "
            "compare: embed again with each of them."
        )
    table = pd.DataFrame([_row(*row) for row in _directions(found)])
    for column, way in zip(st.columns(2), (_FORTH, _BACK), strict=True):
        with column:
            st.subheader(way)
            st.plotly_chart(_figure(found, way), key=f"retrieval-{way}")
    st.dataframe(
        pd.DataFrame([_said(*row) for row in _directions(found)]), hide_index=True,
        width="stretch", key="retrieval-table",
    )  # fmt: skip
    st.download_button(
        "Table as CSV", table.to_csv(index=False).encode(), "retrieval.csv", key="retrieval-csv",
        icon=":material/download:",
    )  # fmt: skip


def _directions(found: Sequence[CaptionScores]) -> list[tuple[str, str, Direction]]:
    return [
        (scores.model, way, direction)
        for scores in found
        for way, direction in (
            (_FORTH, scores.figures.text_to_image),
            (_BACK, scores.figures.image_to_text),
        )
    ]


def _row(model: str, way: str, direction: Direction) -> dict[str, object]:
    return {"model": model, "direction": way} | direction.as_json()


def _said(model: str, way: str, direction: Direction) -> dict[str, str]:
    """A row as people read it: each figure with its interval."""
    figures = {_HEADS[k]: figure for k, figure in direction.recall.items()} | {"MRR": direction.mrr}
    return {"model": model, "direction": way} | {
        name: f"{figure.value:.1%}  ({figure.low:.1%} – {figure.high:.1%})"
        for name, figure in figures.items()
    }


def _highest(found: Sequence[CaptionScores]) -> float:
    """The highest end of an interval, so that both directions are drawn to one scale."""
    ways = [direction for _, _, direction in _directions(found)]
    return max(figure.high for way in ways for figure in (*way.recall.values(), way.mrr))


def _figure(found: Sequence[CaptionScores], way: str) -> go.Figure:
    """A dot with its interval for each model and figure."""
    figure = go.Figure()
    for index, (model, own, direction) in enumerate(
        row for row in _directions(found) if row[1] == way
    ):
        figures = [*direction.recall.values(), direction.mrr]
        values = [f.value for f in figures]
        figure.add_trace(
            go.Scatter(
                x=[*_HEADS.values(), "MRR"],
                y=values,
                error_y={
                    "array": [f.high - f.value for f in figures],
                    "arrayminus": [f.value - f.low for f in figures],
                    "thickness": 1.5,
                    "width": 4,
                },
                mode="markers",
                marker={"size": 9, "color": class_colour(index)},
                name=charts.plain_label(model),
                hovertemplate=f"{own} %{{x}}: %{{y:.1%}}<extra>%{{fullData.name}}</extra>",
            )
        )
    figure.update_layout(
        height=300,
        **charts.FRAME,
        scattermode="group",
        showlegend=len(found) > 1,
        legend={"orientation": "h"},
        yaxis={"range": [0, min(1.03, 1.1 * _highest(found))], "tickformat": ".0%"},
    )
    return figure
