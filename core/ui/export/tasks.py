"""The long work of the Export page: writing a plan, making a model file."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from core.export.plan import Plan
from core.learn.predictions import Predictions
from core.project.project import Project
from core.project.snapshot import Snapshot
from core.runtime.progress import Report
from core.services.export import runs
from core.services.export.outcome import RunOutcome
from core.services.predict.predicting import predict
from core.services.predict.recording import MODEL_FILE, record
from core.services.sorter.making import make_sorter
from core.services.tags.tagging import tagging_of
from core.sorter.model_file import write
from core.sorter.schema import Content
from core.store.people import roles
from core.store.people.gate import doing
from core.store.questions import of_slug
from core.ui.export import state
from core.ui.session import session, tasks

EXPORT, MODEL = "export", "model-file"
"""Kinds of work, see ``tasks``."""


@dataclass(frozen=True)
class Written:
    """What was written, and all that it follows from: another basis is another export."""

    outcome: RunOutcome
    basis: Hashable


def start_export(
    snapshot: Snapshot, predictions: Predictions, plan: Plan, out: Path, basis: Hashable
) -> None:
    """Write a plan to a new folder.

    Args:
        snapshot: what the plan was made of.
        predictions: those that it was made of.
        basis: all that it follows from.
    """
    st.session_state[state.BEGUN] = out
    person = session.annotator()
    tasks.start(
        EXPORT,
        snapshot.key,
        "Export",
        lambda report: Written(
            runs.write(snapshot, predictions, plan, out, report, person=person), basis
        ),
    )


@dataclass(frozen=True)
class ModelFile:
    """A model file that was made: where it is, its bytes, and what it holds."""

    path: Path
    size: int
    content: Content
    card: str


def start_model(
    project: Project, snapshot: Snapshot, out: Path, exemplars: bool, with_tags: bool
) -> None:
    """Make a model file.

    Args:
        snapshot: what it is made of.
        exemplars, with_tags: what goes along.
    """

    person = session.annotator()

    def work(report: Report) -> ModelFile:
        tags = project.tag_file.tags()
        tagged = tagging_of(project).score(snapshot, tags, report) if with_tags else None
        made = make_sorter(snapshot, out.stem, _question(snapshot), tagged, exemplars, report)
        report.step("Writing the file")
        with doing(snapshot.workspace.home, roles.EXPORT, f"model file {out}"):
            write(made, out)
        record(snapshot, predict(snapshot), MODEL_FILE, out.name, person)
        return ModelFile(out, out.stat().st_size, made.content, made.card)

    tasks.start(MODEL, snapshot.key, "Model file", work)


def _question(snapshot: Snapshot) -> str:
    """The question's name; "" for the first."""
    slug = snapshot.workspace.question
    question = of_slug(snapshot.workspace.root, slug) if slug else None
    return question.name if question else ""
