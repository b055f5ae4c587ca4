"""The choices of an export, as widgets, as options of a run and as a command line."""

from __future__ import annotations

import shlex
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import streamlit as st

from core.export.formats import FORMATS
from core.export.options import ExportOptions, Mode, Unreadable
from core.export.record.past import Run
from core.images.sources import places
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.services.data.metadata import carried
from core.services.export import beside, runs
from core.services.export.delta import Delta, compare, exported, of_pool
from core.services.export.doubts import doubts_of
from core.services.export.promises.request import NOTHING as NOTHING_ASKED
from core.services.export.promises.request import Request
from core.services.export.summary import Summary
from core.store.metadata.versions import load_metadata
from core.store.workspace import Workspace
from core.ui.export import promises, state
from core.ui.widgets.text import plain

MODES: dict[Mode, str] = {
    "copy": "Copy the files",
    "hardlink": "Hard links (no extra space, same disk)",
    "symlink": "Symbolic links (break when originals move)",
}
PROBABILITY, MARGIN, RATIO, SETS = (
    "Less probable than",
    "Lead smaller than",
    "Ratio to the second class below",
    "More than one class possible",
)


@dataclass(frozen=True)
class Settings:
    """What the widgets say.

    Attributes:
        level: that of the conformal sets, None without them.
        only_new: leave out what earlier exports hold.
        beside: of which moment the labels of other questions and the columns are that the tables
            show.
        request: what is promised.
    """

    options: ExportOptions
    level: float | None
    only_new: bool = False
    beside: Hashable = ()
    request: Request = NOTHING_ASKED


def settings(snapshot: Snapshot, last: Run | None) -> Settings:
    """Draw the choices; WinnowError when they make no sense together.

    Args:
        last: the latest export of the question.
    """
    left, right = st.columns([3, 2])
    formats = left.multiselect(
        "Formats", list(FORMATS), ["folders"], key="export-formats",
        format_func=lambda name: FORMATS[name].title,
        help="All from one plan, below one folder, with the same names.",
    )  # fmt: skip
    mode = right.selectbox("How", list(MODES), format_func=MODES.__getitem__, key="export-mode")
    request = promises.choose(snapshot)
    review, splits, more = st.columns(3)
    with review:
        # A promise settles what goes to review.
        below, margin, ratio, level = (None,) * 4 if request else _review()
    with splits:
        shares = _shares()
    with more:
        only_new = _only_new(last)
        verify = st.toggle(
            "Read everything back", key="export-verify",
            help="Compares every file with its original, by hash. Takes about twice as long.",
        )  # fmt: skip
        convert = st.toggle(
            "Convert what programs pass over", key="export-convert",
            help="Files of kinds that a program reading the formats does not know, such as AVIF, "
            "HEIC or GIF, are written as JPEG or PNG. Originals stay as they are.",
        )  # fmt: skip
        csv_safe = st.toggle(
            "CSV safe for spreadsheets", key="export-csv-safe",
            help="Puts an apostrophe before names that Excel would take for formulas; scripts then "
            "see the apostrophe too.",
        )  # fmt: skip
        questions = _questions(snapshot.workspace)
        columns = _columns(snapshot)
    unreadable: Unreadable = "convert" if convert else "rename"
    options = runs.options(
        mode, shares, below, 0, margin, formats, verify, unreadable, csv_safe, ratio,
        questions, columns,
    )  # fmt: skip
    moment = (beside.version(snapshot, questions), carried.version(snapshot, columns))
    return Settings(options, level, only_new, moment, request)


def _questions(workspace: Workspace) -> list[str]:
    """Columns of the other questions whose labels the tables show."""
    others = beside.others_of(workspace)
    if not others:
        return []
    return st.multiselect(
        "Labels of other questions", list(others), key="export-questions", placeholder="None",
        format_func=lambda column: others.get(column, column),
        help="Each becomes a column of the CSV and Parquet tables, and stands in metadata.json and "
        "manifest.json.",
    )  # fmt: skip


def _columns(snapshot: Snapshot) -> carried.Columns:
    """The columns that people brought and that the tables carry on."""
    names = list(snapshot.metadata.names)
    if not names:
        return ()
    wanted = st.multiselect(
        "Columns to carry on", names, names, key="export-columns", placeholder="None",
        format_func=plain,
        help="Columns that you imported on the Data page: in the CSV and Parquet tables, and in "
        "metadata.json and manifest.json.",
    )  # fmt: skip
    return carried.columns(snapshot, wanted or [carried.NONE])


def _only_new(last: Run | None) -> bool:
    since = f"{last.name} of {last.date}" if last else ""
    wanted = st.toggle(
        "Only what is new", key="export-only-new", disabled=last is None,
        help=f"Leaves out what {since} and those before it hold with the same class. The manifest "
        "says so, and no file gets a name that one of them has."
        if last else "Nothing of this question is exported yet.",
    )  # fmt: skip
    return bool(wanted) and last is not None


def _review() -> tuple[float | None, float | None, float | None, float | None]:
    """From which probability, lead, ratio and level of conformal sets on an image is sure.

    One at most is asked for; the others are None.
    """
    if not st.toggle("Put unsure images into review/", key="export-review"):
        return None, None, None, None
    by = st.selectbox(
        "Unsure means", [PROBABILITY, MARGIN, RATIO, SETS], key="review-by",
        help="“More than one class possible” uses conformal prediction sets: the true "
        "class is in the set as often as you ask, measured on the random images.",
    )  # fmt: skip
    if by == RATIO:
        ratio = st.number_input(
            "Times", 1.0, 1_000.0, 1.1, 0.05, key=f"review-{by}",
            help="The best class must be at least this many times as probable as the second.",
        )  # fmt: skip
        return None, None, ratio, None
    share = st.slider("%", 1, 99, 90 if by == SETS else 50, key=f"review-{by}") / 100
    below, margin, level = (share if by == kind else None for kind in (PROBABILITY, MARGIN, SETS))
    return below, margin, None, level


def _shares() -> tuple[float, float, float] | None:
    """The shares of train, val and test; None without splits."""
    if not st.toggle("Make train, val and test splits", key="export-splits"):
        return None
    cells = st.columns(3)
    train, val, test = (
        cell.number_input(f"{name} %", 0, 100, share, key=f"split-{name}") / 100
        for cell, name, share in zip(cells, ("train", "val", "test"), (70, 15, 15), strict=True)
    )
    st.caption("Near-duplicates share a split; who has one keeps it when images are added.")
    return train, val, test


def doubts(predictions: Predictions, settings: Settings) -> list[str | None] | None:
    """Why images go to review/ by conformal sets, (N,); None where those were not asked for."""
    return None if settings.level is None else doubts_of(predictions, settings.level)


def change(
    snapshot: Snapshot, predictions: Predictions, settings: Settings, whole: Summary
) -> Delta | None:
    """What earlier exports lack; None where everything is to be written.

    Args:
        whole: the counts of everything.

    Raises:
        WinnowError: the record of an earlier export cannot be read.
    """
    before = exported(snapshot) if settings.only_new else None
    if before is None:
        return None
    key = (snapshot.pool.version, settings)
    last = st.session_state.get(state.CHANGE)
    if last is not None and last[0] == key and last[1] is predictions and last[2].before is before:
        return last[2]
    made = compare(of_pool(snapshot.pool, whole), before)
    st.session_state[state.CHANGE] = (key, predictions, made)
    return made


def command(workspace: Workspace, settings: Settings, out: str) -> str:
    """The same run as a line for a shell."""
    options = settings.options
    parts = [
        "winnow",
        "run",
        str(places.title(workspace.images)),
        out,
        "--prompts",
        str(workspace.vocabulary),
    ]
    parts += ["--workspace", str(workspace.root), "--mode", options.mode]
    parts += ["--question", workspace.question] if workspace.question else []
    parts += ["--refine", "yes"] if workspace.refining.exists() else []
    parts += _flag("--review-below", options.review_below)
    parts += _flag("--review-margin", options.review_margin)
    parts += _flag("--review-ratio", options.review_ratio)
    parts += _flag("--review-conformal", settings.level)
    request = settings.request
    parts += _flag("--precision", request.level)
    for name, level in request.classes:
        parts += ["--precision", f"{name}={level:g}"]
    for name, level in request.recall:
        parts += ["--recall", f"{name}={level:g}"]
    parts += ["--signed"] if request.signed else []
    parts += ["--costs", "prices.csv"] if request.prices is not None else []
    if options.splits is not None:
        parts += ["--splits", ",".join(f"{share:g}" for share in options.splits)]
    for name in options.formats if options.formats != ("folders",) else ():
        parts += ["--format", name]
    others = beside.others_of(workspace) if options.questions else {}
    for column in options.questions:
        parts += ["--with-question", others[column]]
    names = [name for name, _ in options.columns]
    if set(names) != set(load_metadata(workspace.root).names):
        parts += ["--with-columns", ",".join(names) or carried.NONE]
    parts += ["--only-new"] if settings.only_new else []
    parts += ["--verify"] if options.verify else []
    parts += ["--convert-unreadable"] if options.unreadable == "convert" else []
    return shlex.join([*parts, *(["--csv-safe"] if options.csv_safe else [])])


def _flag(name: str, value: float | None) -> Sequence[str]:
    return [] if value is None else [name, f"{value:g}"]
