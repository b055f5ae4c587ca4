"""``winnow labels``: labels in and out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli.shared.options import Images, Json, WorkspaceFolder, labels_app
from core.cli.shared.terminal import Terminal
from core.project.project import Project
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
    given = read_labels(file)
    done = import_labels_into(Project.open(images, workspace), given, annotator)
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
    project = Project.open(images, workspace)
    pool, current = project.pool(), project.labels.current()
    rows = [
        (item.path, current[image_id].label or "", current[image_id])
        for image_id, files in zip(pool.ids, pool.files, strict=True)
        if image_id in current and current[image_id].label
        for item in files
    ]
    write_labels(file, [(path, label, said.annotator, said.source) for path, label, said in rows])
    Terminal(as_json).result(
        {"exported": len(rows), "file": str(file)}, f"{len(rows)} labels written to {file}."
    )
