"""The choices of an export, as widgets, as options of a run and as a command line."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.export.options import ExportOptions, Format, Mode
from core.export.plan import Plan
from core.project.project import Predictions, Project
from core.services.data.duplicates import groups_of
from core.services.data.overview import overview
from core.services.export import runs
from core.services.export.doubts import doubts_of

MODES: dict[Mode, str] = {
    "copy": "Copy the files",
    "hardlink": "Hard links (no extra space, same disk)",
    "symlink": "Symbolic links (break when originals move)",
}
FORMATS: dict[Format, str] = {
    "folders": "Class folders",
    "yolo": "YOLO classification",
    "huggingface": "Hugging Face image folder",
    "hf-parquet": "Hugging Face Parquet",
    "coco": "COCO-style JSON",
    "csv": "CSV",
    "parquet": "Parquet",
    "zip": "ZIP archive",
}
PROBABILITY, MARGIN, SETS = (
    "Less probable than",
    "Lead smaller than",
    "More than one class possible",
)
_KEPT = "export-plan"


@dataclass(frozen=True)
class Chosen:
    """What the widgets say. ``level`` is that of the conformal sets, None without them."""

    options: ExportOptions
    level: float | None


def settings() -> Chosen:
    """Draw the choices; WinnowError when they make no sense together."""
    left, right = st.columns([3, 2])
    formats = left.multiselect(
        "Formats", list(FORMATS), ["folders"], key="export-formats",
        format_func=FORMATS.__getitem__,
        help="All from one plan, below one folder, with the same names.",
    )  # fmt: skip
    mode = right.selectbox("How", list(MODES), format_func=MODES.__getitem__, key="export-mode")
    review, splits, more = st.columns(3)
    below = margin = level = shares = None
    with review:
        if st.toggle("Put unsure images into review/", key="export-review"):
            by = st.selectbox(
                "Unsure means", [PROBABILITY, MARGIN, SETS], key="review-by",
                help="“More than one class possible” uses conformal prediction sets: the true "
                "class is in the set as often as you ask, measured on the audit images.",
            )  # fmt: skip
            share = st.slider("%", 1, 99, 90 if by == SETS else 50, key=f"review-{by}") / 100
            below, margin, level = (share if by == kind else None for kind in
                                    (PROBABILITY, MARGIN, SETS))  # fmt: skip
    with splits:
        if st.toggle("Make train, val and test splits", key="export-splits"):
            cells = st.columns(3)
            train, val, test = (
                cell.number_input(f"{name} %", 0, 100, share, key=f"split-{name}") / 100
                for cell, name, share in zip(
                    cells, ("train", "val", "test"), (70, 15, 15), strict=True
                )
            )
            shares = (train, val, test)
            st.caption("Near-duplicates share a split; who has one keeps it when images are added.")
    with more:
        verify = st.toggle(
            "Read everything back", key="export-verify",
            help="Compares every file with its original, by hash. Takes about twice as long.",
        )  # fmt: skip
    options = runs.options(mode, shares, below, 0, margin, formats, verify)
    return Chosen(options, level)


def doubts(predictions: Predictions, chosen: Chosen) -> list[str | None] | None:
    """Why images go to review/ by conformal sets; None where those were not chosen."""
    return None if chosen.level is None else doubts_of(predictions, chosen.level)


def plan(
    project: Project,
    predictions: Predictions,
    chosen: Chosen,
    unsure: list[str | None] | None,
) -> Plan:
    """The plan of these choices, made once: it takes a second for a large collection.

    Args:
        unsure: the ``doubts`` of the same predictions and choices.
    """
    key = (project.pool().version, chosen)
    kept = st.session_state.get(_KEPT)
    if kept is not None and kept[0] == key and kept[1] is predictions:
        return kept[2]
    with st.spinner("Settling the name of each file…", show_time=True):
        problems = overview(project.workspace).problems
        rejected = list(problems.select("path", "problem").iter_rows())
        groups = groups_of(project) if chosen.options.splits else None
        made = runs.plan(project, predictions, rejected, chosen.options, groups, unsure)
    st.session_state[_KEPT] = (key, predictions, made)
    return made


def command(project: Project, chosen: Chosen, out: str) -> str:
    """The same run as a line for a shell."""
    workspace, options = project.workspace, chosen.options
    parts = ["winnow", "run", str(workspace.images), out, "--prompts", str(workspace.vocabulary)]
    parts += ["--workspace", str(workspace.root), "--mode", options.mode]
    parts += _flag("--review-below", options.review_below)
    parts += _flag("--review-margin", options.review_margin)
    parts += _flag("--review-conformal", chosen.level)
    if options.splits is not None:
        parts += ["--splits", ",".join(f"{share:g}" for share in options.splits)]
    for name in options.formats if options.formats != ("folders",) else ():
        parts += ["--format", name]
    return shlex.join([*parts, *(["--verify"] if options.verify else [])])


def _flag(name: str, value: float | None) -> Sequence[str]:
    return [] if value is None else [name, f"{value:g}"]
