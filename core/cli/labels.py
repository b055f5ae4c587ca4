"""``winnow labels``: labels in and out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli.options import Images, Json, WorkspaceFolder, labels_app
from core.errors import WinnowError
from core.project import Project
from core.store.labels import Event
from core.store.tables import read_labels, write_labels
from core.terminal import Terminal


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
    project = Project.open(images, workspace)
    rows = project.pool().row_of_path()
    ids = project.pool().ids
    events = [Event(ids[rows[path]], label) for path, label in given.items() if path in rows]
    if not events:
        raise WinnowError(
            f"None of the {len(given)} paths of {file} is an embedded image of {images}: write "
            "paths relative to that folder, and run 'winnow embed' first."
        )
    project.labels.add(events, annotator, "import")
    missing = len(given) - len(events)
    Terminal(as_json).result(
        {"imported": len(events), "unknown_paths": missing},
        f"{len(events)} labels imported, {missing} paths are no embedded image.",
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
