"""How far people agree, on the images that two or more of them labeled."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.learn.judging.reliability import Reliability
from core.project.project import Project
from core.services.people.agreement import Agreement, agreement
from core.ui.widgets import numbers
from core.ui.widgets.numbers import Number
from core.ui.widgets.text import plain


def show(project: Project) -> None:
    """Draw the figures; where there are none, how to come to some."""
    result = agreement(project.labels.answers())
    if not result.alpha.images:
        st.info(
            "No image has answers of two people yet. Label → Options has every n-th image asked of "
            "a second person."
        )
        return
    numbers.show([
        Number(
            "Krippendorff's alpha", _value(result.alpha),
            "How far everybody agrees beyond chance: 1 is full agreement, 0 is what chance gives. "
            "With the 95 % interval by resampling images.",
        ),
        Number("Images with two answers", f"{result.alpha.images:,}"),
        Number("People differ on", f"{result.disagreed:,}"),
        Number("Settled by a reviewer", f"{result.settled:,}"),
    ])  # fmt: skip
    st.caption(_interval(result.alpha))
    _pairs(result)
    _classes(result)
    if result.disagreed:
        st.page_link(
            "../../../pages/label.py", label="Settle where people disagree on the Label page",
            icon=":material/arrow_forward:",
        )  # fmt: skip


def _pairs(result: Agreement) -> None:
    rows = [
        {
            "people": f"{one} and {other}",
            "images": of.images,
            "same answer": result.shares[one, other],
            "Cohen's kappa": of.value,
            "from": of.low,
            "to": of.high,
        }
        for (one, other), of in result.pairs.items()
    ]
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, width="stretch", key="people-pairs",
        column_config={"same answer": st.column_config.NumberColumn(format="percent"), **_NUMBERS},
    )  # fmt: skip


def _classes(result: Agreement) -> None:
    rows = [
        {
            "class": plain(name),
            "images": of.images,
            "alpha": of.value,
            "from": of.low,
            "to": of.high,
        }
        for name, of in sorted(result.of_class.items(), key=lambda item: item[1].value or 0.0)
    ]
    st.markdown("**By class**, against all others; the one that people agree on least first")
    st.dataframe(
        pd.DataFrame(rows).drop(columns="images"), hide_index=True, width="stretch",
        key="people-classes", column_config=_NUMBERS,
    )  # fmt: skip


_NUMBERS = {
    name: st.column_config.NumberColumn(format="%.2f")
    for name in ("Cohen's kappa", "alpha", "from", "to")
}


def _value(of: Reliability) -> str:
    return "–" if of.value is None else f"{of.value:.2f}"


def _interval(of: Reliability) -> str:
    if of.value is None:
        return "All answers are one and the same, so that agreement beyond chance has no meaning."
    if of.low is None or of.high is None:
        return "Too few images for an interval."
    return f"95 % interval of alpha: {of.low:.2f} to {of.high:.2f}."
