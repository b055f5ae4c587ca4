"""The Metrics page's view on captions: how well encoders match them with their images."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.project.snapshot import Snapshot
from core.search.retrieval import RECALL_AT, Direction
from core.services.metrics.retrieval import CaptionScores, measured
from core.store.workspace import EncoderRecord
from core.ui.metrics.tasks import RETRIEVAL, start_retrieval
from core.ui.metrics.tuning import together
from core.ui.session import tasks
from core.ui.shared import captions, progress
from core.ui.widgets import way_out
from core.ui.widgets.colours import class_colour
from core.ui.widgets.downloads import csv_of
from core.ui.widgets.figures import FRAME, plain_label
from core.ui.widgets.text import plain

_FORTH, _BACK = "text → image", "image → text"
_HEADS = {k: f"recall@{k}" for k in RECALL_AT}
_HELP = (
    "Recall@5 is the share of captions whose image is among the first five of all images with "
    "captions, and the other way round; MRR is the mean of 1/rank of the first right answer. "
    "Captions of one image hang together, which the 95 % intervals allow for."
)


def show(snapshot: Snapshot) -> None:
    """Draw the figures of the encoders chosen; those not known yet are measured."""
    if not captions.of(snapshot):
        if not snapshot.metadata.names:  # on columns, too, a model can be tuned below
            way_out.show(
                "No captions yet: with them it can be measured how well a model matches words and "
                "images, and a model can be tuned on them.",
                "Import captions, or columns with words, on the Data page.",
            )
        return
    records = snapshot.workspace.encoders()
    selected = st.multiselect(
        "Models", records, records[:1], key="retrieval-models", format_func=lambda r: r.spec,
        help="Those with vectors in this workspace; embed with another one on the Data page to "
        "compare it.",
    )  # fmt: skip
    scores, missing = [], []
    for record in selected:
        measurement = measured(snapshot, record, selected)
        if measurement is None:
            missing.append(record)
        else:
            scores.append(measurement)
    if missing:
        _measure(snapshot, missing, selected)
    if scores:
        _draw(scores)
    if len(scores) == len(selected) == 2:
        together.show(snapshot, selected[0], selected[1])


def _measure(
    snapshot: Snapshot, missing: Sequence[EncoderRecord], selected: Sequence[EncoderRecord]
) -> None:
    """Start what is missing, show how far it is, or why it ended."""
    task = tasks.task(RETRIEVAL, snapshot.key)
    if task is None or task.status.state == "done":
        task = start_retrieval(snapshot, missing, selected)
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
        "Measure", key="retrieval-again",
        on_click=tasks.forget, args=(RETRIEVAL, snapshot.key),
    )  # fmt: skip


def _draw(results: list[CaptionScores]) -> None:
    images = {scores.images for scores in results}
    first = results[0]
    st.caption(
        f"{first.captions:,} captions of {first.images:,} images; only images with captions are "
        "candidates.",
        help=_HELP,
    )
    if first.learned:
        st.caption(
            f"A model of these was tuned on the images of {first.learned:,} further captions: "
            "they would flatter it, so they take no part."
        )
    if len(images) > 1:
        sizes = ", ".join(f"{plain(s.model)}: {s.images:,}" for s in results)
        st.warning(
            f"The models know different numbers of these images ({sizes}), so their figures do not "
            "compare: embed again with each of them."
        )
    table = pd.DataFrame([_row(*row) for row in _directions(results)])
    for column, way in zip(st.columns(2), (_FORTH, _BACK), strict=True):
        with column:
            st.subheader(way)
            st.plotly_chart(_figure(results, way), key=f"retrieval-{way}")
    st.dataframe(
        pd.DataFrame([_readable(*row) for row in _directions(results)]), hide_index=True,
        width="stretch", key="retrieval-table",
    )  # fmt: skip
    st.download_button(
        "Table as CSV", csv_of(table), "retrieval.csv", key="retrieval-csv", on_click="ignore",
        icon=":material/download:",
    )  # fmt: skip


def _directions(results: Sequence[CaptionScores]) -> list[tuple[str, str, Direction]]:
    return [
        (scores.model, way, direction)
        for scores in results
        for way, direction in (
            (_FORTH, scores.figures.text_to_image),
            (_BACK, scores.figures.image_to_text),
        )
    ]


def _row(model: str, way: str, direction: Direction) -> dict[str, object]:
    return {"model": model, "direction": way} | direction.as_json()


def _readable(model: str, way: str, direction: Direction) -> dict[str, str]:
    """A row as people read it: each figure with its interval."""
    figures = {_HEADS[k]: figure for k, figure in direction.recall.items()} | {"MRR": direction.mrr}
    return {"model": model, "direction": way} | {
        name: f"{figure.value:.1%}  ({figure.low:.1%} – {figure.high:.1%})"
        for name, figure in figures.items()
    }


def _highest(results: Sequence[CaptionScores]) -> float:
    """The highest end of an interval, so that both directions are drawn to one scale."""
    ways = [direction for _, _, direction in _directions(results)]
    return max(figure.high for way in ways for figure in (*way.recall.values(), way.mrr))


def _figure(results: Sequence[CaptionScores], way: str) -> go.Figure:
    """A dot with its interval for each model and figure."""
    figure = go.Figure()
    for index, (model, own, direction) in enumerate(
        row for row in _directions(results) if row[1] == way
    ):
        measures = [*direction.recall.values(), direction.mrr]
        values = [f.value for f in measures]
        figure.add_trace(
            go.Scatter(
                x=[*_HEADS.values(), "MRR"],
                y=values,
                error_y={
                    "array": [f.high - f.value for f in measures],
                    "arrayminus": [f.value - f.low for f in measures],
                    "thickness": 1.5,
                    "width": 4,
                },
                mode="markers",
                marker={"size": 9, "color": class_colour(index)},
                name=plain_label(model),
                hovertemplate=f"{own} %{{x}}: %{{y:.1%}}<extra>%{{fullData.name}}</extra>",
            )
        )
    figure.update_layout(
        height=300,
        **FRAME,
        scattermode="group",
        showlegend=len(results) > 1,
        legend={"orientation": "h"},
        yaxis={"range": [0, min(1.03, 1.1 * _highest(results))], "tickformat": ".0%"},
    )
    return figure
