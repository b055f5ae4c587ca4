"""The figure of how many images each class has, by labels, by predictions and in truth."""

from __future__ import annotations

import plotly.graph_objects as go

from core.services.metrics.per_class import Distribution
from core.ui.widgets.colours import NEUTRAL, class_colour
from core.ui.widgets.figures import FRAME, plain_label

_MOST_NAMED = 60  # classes that have room for their names below the bars
_MOST = 200  # bars that can be told apart; the table has all


def sizes_figure(sizes: Distribution) -> go.Figure:
    """Shares of the classes, the largest first."""
    order = sorted(range(len(sizes.names)), key=lambda at: -sizes.truth[at])[:_MOST]
    names = [plain_label(sizes.names[at]) for at in order]
    bars = {
        "truth": (sizes.truth, NEUTRAL),
        "predictions": (sizes.predictions, class_colour(0)),
        "labels": (sizes.labels, class_colour(1)),
    }
    totals = {name: sum(counts) for name, (counts, _) in bars.items()}
    figure = go.Figure(
        [
            go.Bar(
                x=names,
                y=[counts[at] / totals[name] for at in order],
                customdata=[counts[at] for at in order],
                name=f"{name} ({totals[name]:,})",
                marker={"color": colour},
                hovertemplate="%{x}: %{customdata:,} images, %{y:.1%}<extra>" + name + "</extra>",
            )
            for name, (counts, colour) in bars.items()
            if totals[name]
        ]
    )
    figure.update_layout(
        **FRAME,
        height=300,
        barmode="group",
        legend={"orientation": "h", "y": 1.15},
        xaxis={"type": "category", "showticklabels": len(names) <= _MOST_NAMED},
        yaxis={"tickformat": ".0%", "title": "share"},
    )
    return figure
