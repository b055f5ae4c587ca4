"""The figures that stay in view while people label."""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

from core.learn.judging.estimates import Estimates
from core.project.snapshot import Snapshot
from core.services.label.tally import Tally
from core.ui.session import fitting, session
from core.ui.shared import accuracy as accuracies
from core.ui.shared.state import ACCURACY_GOAL, ANSWER_TIMES, ANSWERS

LEAST = 10  # random images before anything is said of the accuracy
GOAL = 0.9
WINDOW = 180.0  # seconds over which labels a minute are counted


def goal() -> float:
    """The accuracy that this session labels for."""
    return float(st.session_state.get(ACCURACY_GOAL, 100 * GOAL)) / 100


def tick(answers: int) -> None:
    """Note that so many answers were given now; fewer than none: the latest were taken back."""
    now = time.monotonic()
    ticks: list[float] = list(st.session_state.get(ANSWER_TIMES, []))
    ticks = ticks[:answers] if answers < 0 else ticks + [now] * answers
    st.session_state[ANSWERS] = max(0, st.session_state.get(ANSWERS, 0) + answers)
    st.session_state[ANSWER_TIMES] = [t for t in ticks if now - t <= WINDOW]


def speed() -> str:
    """Answers a minute over the last three minutes; a dash before there is enough to say."""
    ticks: list[float] = st.session_state.get(ANSWER_TIMES, [])
    if len(ticks) < 5:
        return "–"
    span = max(time.monotonic() - ticks[0], 5.0)
    return f"{60 * len(ticks) / span:.0f}"


def follow(snapshot: Snapshot) -> None:
    """Draw the page anew as soon as the meter has something to say of the accuracy."""
    if not fitting.has_estimates(snapshot):
        session.follow(lambda: fitting.has_estimates(snapshot), 1.0)


def of(snapshot: Snapshot, counted: Tally) -> dict[str, Any]:
    """The ``meter`` of a snapshot."""
    # Counted now: estimates may be of some answers ago.
    return meter(counted, len(snapshot), len(snapshot.audit), fitting.estimates(snapshot), goal())


def meter(
    counted: Tally, images: int, audited: int, estimates: Estimates | None, goal: float
) -> dict[str, Any]:
    """What the labeling element shows below its buttons.

    Args:
        audited: random images that have a class.
        estimates: what they say; None before that is worked out.
        goal: the accuracy at which labeling may stop.
    """
    lines = [
        f"{counted.labeled:,} of {images:,} labeled · {speed()} a minute · "
        f"{st.session_state.get(ANSWERS, 0):,} this session",
    ]
    others = {
        "with a group alone": counted.of_groups, "skipped": counted.skipped,
        "unsure": counted.unsure, "none of these": counted.none, "not usable": counted.unusable,
    }  # fmt: skip
    if any(others.values()):
        lines.append(" · ".join(f"{count:,} {what}" for what, count in others.items() if count))
    if counted.conflicts:
        lines.append(f"{counted.conflicts:,} images on which people disagree")
    nothing = {"lines": lines, "accuracy": None, "verdict": "", "reached": False}
    if audited < LEAST:
        lines.append(f"{audited} of {LEAST} random images until the accuracy can be told")
        return nothing
    share = audited / max(counted.labeled, 1)
    lines.append(f"{audited} of them are random images ({share:.0%})")
    if estimates is None or estimates.accuracy.value is None:
        lines.append("The accuracy is being worked out…")
        return nothing
    if more := accuracies.ahead(estimates):
        lines.append(more)
    accuracy, reached = estimates.accuracy, estimates.stop.low >= goal
    newer = "" if estimates.n >= audited else f" from the first {estimates.n} of them"
    return {
        "lines": lines,
        "accuracy": {
            "value": accuracy.value,
            "low": accuracy.low,
            "high": accuracy.high,
            "target": goal,
            "text": f"Accuracy {accuracy.value:.0%} ({accuracy.low:.0%}–{accuracy.high:.0%})"
            + newer,
        },
        "verdict": accuracies.verdict(estimates, goal),
        "reached": reached,
    }
