"""``winnow report``: a sorting on one page, for whoever ordered it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli.shared.opening import folder_of, open_embedded, vocabulary_of
from core.cli.shared.options import (
    Batch,
    Device,
    Images,
    Json,
    Model,
    Prompts,
    Question,
    Quiet,
    WorkspaceFolder,
    app,
    path,
)
from core.cli.shared.terminal import Terminal
from core.project.project import Project
from core.runtime.files import write_atomic


@app.command()
def report(
    images: Images,
    out: Annotated[
        Path,
        typer.Argument(help="File to write, .pdf or .html.", show_default=False, parser=path),
    ],
    now: Annotated[
        bool, typer.Option("--now", help="Of the predictions as they are now, not of an export.")
    ] = False,
    prompts: Prompts = None,
    workspace: WorkspaceFolder = None,
    question: Question = None,
    model: Model = None,
    device: Device = "auto",
    batch_size: Batch = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write a one-page report with pictures: of the last export, else of the predictions."""
    from core.services.export.one_page import facts as collecting
    from core.services.export.one_page import page as pages

    terminal = Terminal(as_json, quiet)
    writer = pages.writer_of(out)
    folder = folder_of(images, terminal, workspace)
    project = Project.open(folder, workspace, question)
    run = None if now or prompts is not None else collecting.latest_export(project.workspace)
    if run is not None:
        facts = collecting.of_export(run)
    else:
        from core.services.predict.predicting import predict

        vocabulary = vocabulary_of(folder, workspace, prompts, None, terminal, question)
        project, _ = open_embedded(
            folder, workspace, model, device, batch_size, terminal, question=question
        )
        snapshot = project.snapshot(vocabulary)
        facts = collecting.of_predictions(snapshot, predict(snapshot))
    page = pages.page_of(project.workspace, facts)
    write_atomic(out, writer(page))
    terminal.result(
        {"file": str(out), "export": facts.export or None, "classes": dict(facts.counts)},
        "\n".join([*pages.lines(facts), f"The report is in {out}."]),
    )
