"""How tags cover the collection and fall together."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go
import polars as pl
import streamlit as st

from core.services.tags import views
from core.services.tags.tagged import Tagged
from core.store.spreadsheets import safe_csv
from core.tags.scores import ACCEPTED
from core.ui.tags import query, state
from core.ui.widgets import thumbs
from core.ui.widgets.figures import FRAME
from core.ui.widgets.text import plain

COUNT, SHARE = "Images", "Share of the row's tag"
SHOWN = 24
FEW = 16  # tags up to which the matrix has room for its numbers


def show(key: str, tagged: Tagged, downloads: Callable[[Tagged], None]) -> None:
    """Draw coverage, the images without any tag, and the matrix of pairs."""
    bare = views.untagged(tagged)
    total = len(tagged.pool)
    covered = total - len(bare)
    st.markdown(
        f"**{covered:,}** of {total:,} images ({covered / max(total, 1):.0%}) have at least one "
        f"accepted tag; **{len(bare):,}** have none."
    )
    if len(bare):
        spread = bare[np.linspace(0, len(bare) - 1, min(SHOWN, len(bare))).astype(int)]
        st.caption("Some of those without a tag; what do they show that no tag says?")
        _strip(key, tagged, spread)
    _pairs(key, tagged)
    _coverage(tagged, downloads)


def _coverage(tagged: Tagged, downloads: Callable[[Tagged], None]) -> None:
    st.subheader("Coverage")
    frame = views.coverage(tagged)
    st.dataframe(
        frame, hide_index=True, width="stretch", key="tags-coverage",
        column_config={
            "share": st.column_config.NumberColumn(format="percent"),
            "centre": st.column_config.NumberColumn(format="%.2f"),
            "scale": st.column_config.NumberColumn(format="%.2f"),
        },
    )  # fmt: skip
    table, scores, _ = st.columns([2, 2, 6])
    with scores:
        downloads(tagged)
    table.download_button(
        "Table as CSV", lambda: safe_csv(frame), "coverage.csv",
        key="tags-coverage-csv", icon=":material/download:", on_click="ignore",
    )  # fmt: skip


def _pairs(key: str, tagged: Tagged) -> None:
    st.subheader("Tags that fall together")
    codes, counts = list(tagged.columns), views.cooccurrence(tagged)
    if len(codes) < 2:
        st.caption("With a single tag there is nothing to compare.")
        return
    mode = st.segmented_control(
        "Show", [COUNT, SHARE], default=SHARE, required=True, key="tags-matrix-mode",
        label_visibility="collapsed",
    )  # fmt: skip
    figure = matrix_figure([tagged.tags[code].words for code in codes], counts, mode == SHARE)
    st.plotly_chart(
        figure, key=state.MATRIX, on_select="rerun", selection_mode="points", width="stretch",
        config={"displayModeBar": False},
        alt="Matrix of the images that are accepted for two tags; the table below has the numbers.",
    )  # fmt: skip
    table = pl.DataFrame({"tag": codes, **{c: counts[:, k] for k, c in enumerate(codes)}})
    st.download_button(
        "Matrix as CSV", lambda: safe_csv(table), "together.csv",
        key="tags-matrix-csv", icon=":material/download:", on_click="ignore",
    )  # fmt: skip
    pair = _pressed(len(codes))
    if pair is None:
        st.caption("Press a cell to see its images.")
        return
    row, column = (codes[i] for i in pair)
    both = (tagged[row].bands == ACCEPTED) & (tagged[column].bands == ACCEPTED)
    names = " and ".join(dict.fromkeys(tagged.tags[c].words for c in (row, column)))
    text, act = st.columns([5, 2], vertical_alignment="center")
    text.markdown(f"**{int(both.sum()):,}** images are accepted for {plain(names)}.")
    condition = " AND ".join(f"\"{c}_band\" = 'accepted'" for c in dict.fromkeys((row, column)))
    act.button(
        "Use them", key="tags-pair-use", on_click=query.ask_for, args=(condition,),
        icon=":material/database:", width="stretch", help="As a query.",
    )  # fmt: skip
    _strip(key, tagged, np.flatnonzero(both)[:SHOWN])


def matrix_figure(names: list[str], counts: np.ndarray, shares: bool) -> go.Figure:
    """Pairs of tags; on the diagonal every tag with itself."""
    own = np.maximum(counts.diagonal(), 1)[:, None]
    portions = counts / own
    few = len(names) <= FEW
    places = list(range(len(names)))
    shown = np.vectorize(lambda share: f"{share:.0%}")(portions) if shares else counts
    off = counts - np.diag(counts.diagonal())
    colour = portions if shares else np.sqrt(off / max(int(off.max()), 1))
    figure = go.Figure(
        go.Heatmap(
            z=colour, text=shown, texttemplate="%{text}" if few else None, hoverinfo="skip",
            colorscale="Teal", zmin=0, zmax=1, showscale=False,
        )
    )  # fmt: skip
    # A heatmap takes no clicks; markers as large as nothing seen do.
    safe = [_plain(name) for name in names]
    figure.add_trace(
        go.Scatter(
            x=[x for _ in places for x in places],
            y=[y for y in places for _ in places],
            customdata=[(y, x) for y in places for x in places],
            text=[
                f"{counts[y, x]:,} images: {safe[y]} and {safe[x]}<br>"
                f"{portions[y, x]:.0%} of {safe[y]}"
                for y in places
                for x in places
            ],
            mode="markers",
            marker={"size": 26 if few else 14, "opacity": 0, "symbol": "square"},
            hovertemplate="%{text}<extra></extra>",
            showlegend=False,
        )
    )
    axis = {
        "tickvals": places,
        "ticktext": [_short(name) for name in safe],
        "ticklabeloverflow": "allow",  # else the last name is dropped where it meets the edge
        "showgrid": False,
        "zeroline": False,
    }
    last = len(names) - 0.5
    figure.update_layout(
        height=max(320, min(1_000, 110 + (34 if few else 20) * len(names))),
        **FRAME,
        xaxis={**axis, "range": [-0.5, last]},
        yaxis={**axis, "range": [last, -0.5]},
    )
    return figure


def _pressed(count: int) -> tuple[int, int] | None:
    event = st.session_state.get(state.MATRIX)
    points = event["selection"]["points"] if event else []
    if not points:
        return None
    row, column = (int(i) for i in points[0]["customdata"][:2])
    return (row, column) if max(row, column) < count else None


def _strip(key: str, tagged: Tagged, rows: np.ndarray) -> None:
    pool = tagged.pool
    thumbs.show(
        key,
        [pool.ids[r] for r in rows.tolist()],
        titles=[pool.files[r][0].path for r in rows.tolist()],
        size=84,
        strip=True,
    )


def _short(name: str) -> str:
    return name if len(name) <= 24 else f"{name[:23]}…"


def _plain(text: str) -> str:
    """Text that plotly's small HTML dialect shows as it is."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
