"""Which question of a workspace an export was written for."""

from __future__ import annotations

import filecmp
from pathlib import Path

from core.export.record.past import runs_of
from core.export.record.run import MANIFEST
from core.store.questions import Question, questions_of
from core.store.workspace import Workspace


def question_of(workspace: Workspace, export: Path) -> Question | None:
    """The question whose records hold the very manifest of an export, or of a copy of it.

    Returns:
        None where no question's records do: they were taken away, or the export is another
        workspace's.
    """
    manifest = export / MANIFEST
    for question in questions_of(workspace.root):
        for run in reversed(runs_of(workspace.asking(question.slug).runs)):
            record = run.folder / MANIFEST
            try:
                if filecmp.cmp(record, manifest, shallow=False):
                    return question
            except OSError:  # a record without a manifest is none
                continue
    return None
