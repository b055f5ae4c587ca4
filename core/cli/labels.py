"""``winnow labels``: labels in and out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli.shared.options import Images, Json, WorkspaceFolder, labels_app
from core.cli.shared.terminal import Terminal
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.services.data.label_import import import_labels as import_labels_into
from core.store.csv_tables import read_labels, write_labels


@labels_app.command("import")
def import_labels(
    images: Images,
    file: Annotated[Path, typer.Argument(help="CSV file (path,label).", show_default=False)],
    workspace: WorkspaceFolder = None,
    annotator: Annotated[str, typer.Option(help="Whose labels these are.")] = "import",
    as_json: Json = False,
) -> None:
    """Take labels from a CSV file into the workspace."""
    labels, project = read_labels(file), Project.open(images, workspace)
    done = import_labels_into(project.snapshot(), project.labels, labels, annotator)
    classes = ", ".join(f"{name} ({count})" for name, count in done.unknown.items())
    lines = [f"{done.labels} labels imported, {done.missing} paths are no embedded image."]
    if classes:
        lines.append(f"These are no classes of the workspace yet: {classes}.")
    Terminal(as_json).result(
        {"imported": done.labels, "unknown_paths": done.missing, "unknown_classes": done.unknown},
        "\n".join(lines),
    )


@labels_app.command("export")
def export_labels(
    images: Images,
    file: Annotated[Path, typer.Argument(help="CSV file to write.", show_default=False)],
    workspace: WorkspaceFolder = None,
    as_json: Json = False,
) -> None:
    """Write the labels that count as a CSV file (path,label,annotator,source)."""
    snapshot = Project.open(images, workspace).snapshot(Vocabulary())  # whatever the classes are
    pool, by_id = snapshot.pool, snapshot.labels.by_id
    rows = []
    for path, row in pool.rows_by_path.items():
        label = by_id.get(pool.ids[row])
        if label is not None and label.label:
            rows.append((path, label.label, label.annotator, label.source))
    write_labels(file, rows)
    Terminal(as_json).result(
        {"exported": len(rows), "file": str(file)}, f"{len(rows)} labels written to {file}."
    )
