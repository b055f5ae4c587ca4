"""``winnow labels``: labels in and out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from core.cli.shared.opening import project_of
from core.cli.shared.options import (
    Images,
    Json,
    LabelsDb,
    Question,
    Quiet,
    WorkspaceFolder,
    labels_app,
    path,
)
from core.cli.shared.terminal import Terminal
from core.images.names import shown
from core.prompts.vocabulary import Vocabulary
from core.services.data.label_import import import_labels as import_labels_into
from core.services.data.label_loss import warn_of_loss
from core.store.csv_tables import read_labels, write_labels, write_rejected
from core.store.labels.base import ANSWER_NAMES, VERDICTS
from core.store.people.gate import doing
from core.store.people.roles import EXPORT


@labels_app.command("import")
def import_labels(
    images: Images,
    file: Annotated[
        Path, typer.Argument(help="CSV file (path,label).", show_default=False, parser=path)
    ],
    workspace: WorkspaceFolder = None,
    question: Question = None,
    labels_db: LabelsDb = None,
    annotator: Annotated[str, typer.Option(help="Whose labels these are.")] = "import",
    random: Annotated[
        bool,
        typer.Option(
            "--random",
            help="These images were drawn at random, all that were drawn are here, and nobody "
            "chose among them: they count as audit images. Records say that this is your word.",
        ),
    ] = False,
    rejected: Annotated[
        Path | None,
        typer.Option(
            help="CSV file to write: the rows that do not count, with reasons.",
            show_default=False,
            parser=path,
        ),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Take labels from a CSV file into the workspace."""
    labels, terminal = read_labels(file), Terminal(as_json, quiet)
    project = project_of(images, workspace, question, terminal)
    done = import_labels_into(project, labels, annotator, random=random)
    if rejected is not None:
        write_rejected(rejected, done.review.rejected)
    for sentence in done.review.remarks(shown(file.name)):
        terminal.note(sentence)
    classes = ", ".join(f"{name} ({count})" for name, count in done.unknown.items())
    others = Counter(done.review.answers.values())
    named = "".join(f", {count} {ANSWER_NAMES[kind]}" for kind, count in others.items())
    lines = [f"{done.labels} labels{named} imported, {done.missing} paths are no embedded image."]
    if more := len(done.review.rejected) - done.missing:
        lines.append(f"{more} more rows do not count; --rejected FILE lists them.")
    if classes:
        lines.append(f"These are no classes of the workspace yet: {classes}.")
    if random:
        lines.append("They count as drawn at random: records of exports say that on your word.")
    if project.backups.problem:
        terminal.note(project.backups.problem)
    terminal.result(
        {
            "imported": done.labels,
            "unknown_paths": done.missing,
            "unknown_classes": done.unknown,
            "rows": done.review.rows,
            "rejected": done.review.reasons,
            "respelled": done.review.respelled,
        }
        | ({"answers": dict(others)} if others else {})
        | ({"random": done.labels + sum(others.values())} if random else {}),
        "\n".join(lines),
    )


@labels_app.command("export")
def export_labels(
    images: Images,
    file: Annotated[
        Path, typer.Argument(help="CSV file to write.", show_default=False, parser=path)
    ],
    workspace: WorkspaceFolder = None,
    question: Question = None,
    labels_db: LabelsDb = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write the labels that count as a CSV file (path,label,annotator,source,kind)."""
    terminal = Terminal(as_json, quiet)
    project = project_of(images, workspace, question, terminal)
    warn_of_loss(project.workspace, project.labels, terminal.note)
    snapshot = project.snapshot(Vocabulary())  # whatever the classes are
    pool, by_id = snapshot.pool, snapshot.labels.by_id
    rows = []
    for relative, row in pool.rows_by_path.items():
        label = by_id.get(pool.ids[row])
        if label is not None and label.kind in VERDICTS:
            rows.append((relative, label.label or "", label.annotator, label.source, label.kind))
    with doing(project.workspace.home, EXPORT, f"{len(rows):,} labels to {file}"):
        write_labels(file, rows)
    labels = sum(row[4] == "label" for row in rows)
    answers = Counter(row[4] for row in rows if row[4] != "label")
    others = "".join(f", {count} {ANSWER_NAMES[kind]}" for kind, count in answers.items())
    terminal.result(
        {"exported": labels, "file": str(file)} | ({"answers": dict(answers)} if answers else {}),
        f"{labels} labels{others} written to {file}.",
    )
