"""The figures that stay in view while people label."""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

from core.learn.judging.estimates import Estimates
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.services.label.labeling import Standing
from core.ui.session import fitting, session

LEAST = 10  # audit images before anything is said of the accuracy
GOAL = 0.9
WINDOW = 180.0  # seconds over which labels a minute are counted


def goal() -> float:
    """The accuracy that this session labels for."""
    return float(st.session_state.get("goal", 100 * GOAL)) / 100


def tick(answers: int) -> None:
    """Note that so many answers were given now."""
    now = time.monotonic()
    ticks: list[float] = st.session_state.setdefault("answer-times", [])
    ticks.extend([now] * answers)
    st.session_state["answers"] = st.session_state.get("answers", 0) + answers
    st.session_state["answer-times"] = [t for t in ticks if now - t <= WINDOW]


def speed() -> str:
    """Answers a minute over the last three minutes; a dash before there is enough to say."""
    ticks: list[float] = st.session_state.get("answer-times", [])
    if len(ticks) < 5:
        return "–"
    span = max(time.monotonic() - ticks[0], 5.0)
    return f"{60 * len(ticks) / span:.0f}"


def follow(project: Project, vocabulary: Vocabulary) -> None:
    """Draw the page anew as soon as the meter has something to say of the accuracy."""
    if not fitting.told(project, vocabulary):
        session.follow(lambda: fitting.told(project, vocabulary), 1.0)


def of(project: Project, vocabulary: Vocabulary, standing: Standing) -> dict[str, Any]:
    """The ``meter`` of a project as it stands."""
    estimates = fitting.estimates(project, vocabulary)
    audited = estimates.n if estimates else session.audited(project, vocabulary)
    return meter(standing, len(project.pool()), audited, estimates, goal())


def meter(
    standing: Standing, images: int, audited: int, estimates: Estimates | None, goal: float
) -> dict[str, Any]:
    """What the labeling element shows below its buttons.

    Args:
        audited: random images that have a class.
        estimates: what they say; None before that is worked out.
        goal: the accuracy at which labeling may stop.
    """
    lines = [
        f"{standing.labeled:,} of {images:,} labeled · {speed()} a minute · "
        f"{st.session_state.get('answers', 0):,} this session",
    ]
    if standing.skipped or standing.unsure:
        lines.append(f"{standing.skipped:,} skipped · {standing.unsure:,} unsure")
    if standing.conflicts:
        lines.append(f"{standing.conflicts:,} images on which people disagree")
    nothing = {"lines": lines, "accuracy": None, "verdict": "", "reached": False}
    if audited < LEAST:
        lines.append(f"{audited} of {LEAST} random images until the accuracy can be told")
        return nothing
    share = audited / max(standing.labeled, 1)
    lines.append(f"{audited} of them drawn at random, for the audit ({share:.0%})")
    if estimates is None or estimates.accuracy.value is None:
        lines.append("The accuracy is being worked out…")
        return nothing
    if (gain := estimates.gain) is not None:
        lines.append(
            f"{gain.extra} more labels: about {100 * gain.gain:+.1f} points "
            f"({100 * gain.low:.1f} to {100 * gain.high:.1f})"
        )
    accuracy, sure = estimates.accuracy, estimates.stop.low
    reached = sure >= goal
    return {
        "lines": lines,
        "accuracy": {
            "value": accuracy.value,
            "low": accuracy.low,
            "high": accuracy.high,
            "target": goal,
            "text": f"Accuracy {accuracy.value:.0%} ({accuracy.low:.0%}–{accuracy.high:.0%})",
        },
        "verdict": (
            f"Goal of {goal:.0%} reached: you can stop."
            if reached
            else f"Goal {goal:.0%}; at least {sure:.0%} is certain so far."
        ),
        "reached": reached,
    }
