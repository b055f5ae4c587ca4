"""``winnow replay``: repeat a run from its manifest, or say what differs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from core.cli.shared.opening import folder_of, open_embedded
from core.cli.shared.options import (
    Batch,
    Device,
    Json,
    Model,
    Question,
    Quiet,
    WorkspaceFolder,
    app,
    path,
)
from core.cli.shared.person import person
from core.cli.shared.terminal import Terminal
from core.export.record.run import load_manifest
from core.prompts.vocabulary import Vocabulary


@app.command()
def replay(
    manifest: Annotated[
        Path,
        typer.Argument(
            help="manifest.json, or the folder of an export.", show_default=False, parser=path
        ),
    ],
    images: Annotated[
        Path | None,
        typer.Argument(
            help="Folder with the images [default: the run's].", show_default=False, parser=path
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="New folder to write the repeated run to.", show_default=False, parser=path
        ),
    ] = None,
    workspace: WorkspaceFolder = None,
    question: Question = None,
    model: Model = None,
    device: Device = "auto",
    batch_size: Batch = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Repeat a run from its manifest; exit code 0 when the assignment is the same, else 1."""
    from core.services.export import replay as replaying
    from core.services.export import runs

    terminal = Terminal(as_json, quiet)
    document = load_manifest(manifest)
    replaying.options_of(document)
    folder = folder_of(images or replaying.images_of(document), terminal, workspace)
    if out is not None:
        runs.check_destination(folder, out)
    spec = model or replaying.spec_of(document)
    project, embedded = open_embedded(
        folder, workspace, spec, device, batch_size, terminal, question=question
    )
    snapshot = project.snapshot(Vocabulary())  # the classes are the manifest's
    replayed = replaying.replay(snapshot, document, embedded.rejected)
    content = replayed.as_json()
    if out is not None:
        written = terminal.watch(
            lambda report: runs.write(
                replayed.snapshot,
                replayed.predictions,
                replayed.plan,
                out,
                report,
                sys.argv,
                refined=replayed.refined,
                person=person(),
            )
        )
        content["run"] = written.as_json()
    terminal.result(content, replayed.as_text())
    if not replayed.same:
        raise typer.Exit(1)
