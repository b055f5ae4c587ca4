"""The Metrics page's view on words: right more often with pictures, with words, or with both?"""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.images.names import shown
from core.learn.judging.intervals import share_interval
from core.learn.words.ablation import Ablation, ClassGap
from core.project.left_out import WORDS as WITHOUT_WORDS
from core.project.snapshot import Snapshot
from core.services.metrics.ablation import (
    Standing,
    headline,
    single_columns,
    standing,
    worth,
    worth_of,
)
from core.services.metrics.truth import truth_beside
from core.ui.metrics import sources, state
from core.ui.metrics.tasks import ABLATION, played, start_ablation
from core.ui.session import session, tasks
from core.ui.shared import progress
from core.ui.widgets import figures, numbers, thumbs
from core.ui.widgets.colours import class_colour
from core.ui.widgets.downloads import csv_of
from core.ui.widgets.numbers import Number
from core.ui.widgets.text import plain

TITLES = {"image": "Pictures alone", "text": "Words alone", "both": "Both"}
_SHOWN = 12  # images of a kind
_BIASED = (
    " Labels are mostly asked for where the model is unsure: with more random images they alone "
    "judge."
)


def title(source: str) -> str:
    """A source in words; a column is called by its name."""
    return TITLES.get(source, f"{shown(source)} alone")


def show(snapshot: Snapshot) -> None:
    """Draw what the labels of now say, and what labeling from the start would."""
    if snapshot.pool.many:
        st.info(WITHOUT_WORDS)
        return
    if not snapshot.words:
        session.empty(
            "No column counts beside the pictures yet, so there is nothing to compare.",
            "Choose which words count on the Prompts page",
            "prompts",
        )
    st.caption(f"Words: {plain(snapshot.words)}")
    columns = st.multiselect(
        "Columns alone", list(single_columns(snapshot)), key=state.COLUMNS_ALONE,
        format_func=plain, bind="query-params", placeholder="none",
        help="Each is judged by itself as well, beside pictures, all words, and both.",
    )  # fmt: skip
    truth = truth_beside(snapshot)
    labeled = int((snapshot.human >= 0).sum())
    if truth is None or labeled:
        sources.need(labeled, "labels")
        with st.spinner("Models of pictures and of words are judged…", show_time=True):
            _standing(snapshot, standing(snapshot, columns))
    if truth is not None:
        _played(snapshot, columns)


def _standing(snapshot: Snapshot, seen: Standing) -> None:
    """The labels there are, by random images."""
    st.markdown(f"**{worth_of(seen)}**")
    n = len(seen.rows)
    drawn = []
    for source, own in seen.right.items():
        low, high = share_interval(int(own.sum()), n)
        span = f"95 %: {low:.1%} to {high:.1%}"
        drawn.append(Number(title(source), f"{own.mean():.1%}", span))
    numbers.show(drawn)
    images = "random images" if seen.random else "labeled images"
    st.caption(
        f"{n:,} {images}, each judged by models that learned from all other labels."
        + ("" if seen.random else _BIASED)
    )
    gaps = pd.DataFrame(
        [
            {"compared": _compared(pair), "difference": gap.value, "from": gap.low, "to": gap.high}
            for pair, gap in seen.gaps.items()
        ]
    )
    _tables("standing", gaps, _by_class(seen.classes), "Per class: share that is right")
    _images(
        snapshot,
        seen.rows[seen.right["both"] & ~seen.right["image"]],
        seen.rows[~seen.right["both"] & seen.right["image"]],
    )


def _played(snapshot: Snapshot, columns: list[str]) -> None:
    """Labels drawn by the truth table beside the images, from none to twenty a class."""
    st.subheader(
        "With more or fewer labels",
        help="Labels are drawn by truth.csv beside the images, several times; all other images "
        "are judged.",
    )
    task = tasks.task(ABLATION, snapshot.key)
    if task is not None and task.running:
        progress.watch(task)
        return
    result = played(snapshot, columns)
    if result is None:
        if task is not None and task.status.error:
            st.error(plain(task.status.error))
        st.button(
            "Compare with 0, 5, 10 and 20 labels a class", key="ablation-play",
            on_click=_start, args=(snapshot, columns),
            help="A model of each for each of five draws of labels: a few minutes.",
        )  # fmt: skip
        return
    st.markdown(f"**{worth(headline(result))}**")
    st.plotly_chart(figure(result), key="ablation-figure")
    heading = "Per class, with the most labels: share of its images that are right"
    _tables("ablation", _gaps(result), _by_class(result.classes), heading)
    _images(snapshot, result.won, result.lost)


def _start(snapshot: Snapshot, columns: list[str]) -> None:
    start_ablation(snapshot, columns)


def figure(result: Ablation) -> go.Figure:
    """Accuracy by labels a class, a line a source; bars go from the worst to the best draw."""
    counts = sorted({point.per_class for point in result.points})
    chart = go.Figure()
    for number, source in enumerate(_sources(result)):
        each = [
            [p.accuracy for p in result.points if (p.source, p.per_class) == (source, count)]
            for count in counts
        ]
        means = [float(np.mean(values)) for values in each]
        chart.add_scatter(
            x=counts, y=means, name=title(source), mode="lines+markers",
            line={"color": class_colour(number)},
            error_y={
                "array": [max(v) - m for v, m in zip(each, means, strict=True)],
                "arrayminus": [m - min(v) for v, m in zip(each, means, strict=True)],
                "thickness": 1.5, "width": 4,
            },
            hovertemplate="%{x} labels a class: %{y:.1%}",
        )  # fmt: skip
    chart.update_layout(
        height=340, **figures.FRAME, legend={"orientation": "h", "y": -0.2},
        xaxis={"title": "labels a class"}, yaxis={"title": "accuracy", "tickformat": ".0%"},
    )  # fmt: skip
    return chart


def _sources(result: Ablation) -> list[str]:
    return list(dict.fromkeys(point.source for point in result.points))


def _compared(pair: tuple[str, str]) -> str:
    return " − ".join(map(title, pair))


def _gaps(result: Ablation) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "labels a class": gap.per_class,
                "compared": _compared(gap.pair),
                "difference": gap.mean,
                "from": gap.low,
                "to": gap.high,
            }
            for gap in result.gaps
        ]
    )


def _by_class(classes: list[ClassGap]) -> pd.DataFrame:
    """The classes that words help most first."""
    return pd.DataFrame(
        [
            {"class": one.name, "images": one.images}
            | {title(source): right for source, right in one.right.items()}
            | {"gain by words": one.gain, "from": one.low, "to": one.high}
            for one in sorted(classes, key=lambda one: -one.gain)
        ]
    )


def _tables(key: str, gaps: pd.DataFrame, classes: pd.DataFrame, of_classes: str) -> None:
    """Paired differences, and those by class."""
    for heading, table, file in (
        ("Differences, with 95 % intervals", gaps, "differences"),
        (of_classes, classes, "classes"),
    ):
        st.markdown(heading)
        shares = [name for name in table.columns if table[name].dtype == float]
        st.dataframe(
            table.round(3), hide_index=True, width="stretch", key=f"{key}-{file}",
            column_config=dict.fromkeys(shares, st.column_config.NumberColumn(format="percent")),
        )  # fmt: skip
        st.download_button(
            "Table as CSV", csv_of(table), f"words-{file}.csv", key=f"{key}-{file}-csv",
            icon=":material/download:", on_click="ignore",
        )  # fmt: skip


def _images(snapshot: Snapshot, won: np.ndarray, lost: np.ndarray) -> None:
    """Images that words put right, and those that they put wrong."""
    for heading, rows in (("Right only with words", won), ("Wrong only with words", lost)):
        if not len(rows):
            continue
        st.markdown(f"**{heading}** ({len(rows):,})")
        some = [int(row) for row in rows[:_SHOWN]]
        paths = [snapshot.pool.paths[row] for row in some]
        names = [path.rpartition("/")[2] for path in paths]
        ids = [snapshot.pool.ids[row] for row in some]
        thumbs.show(snapshot.key, ids, names, paths, strip=True)
