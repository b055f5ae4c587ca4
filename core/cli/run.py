"""``winnow run``: sort a folder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from core.cli.options import (
    Batch,
    Classes,
    Device,
    Images,
    Json,
    Labels,
    Mode,
    Model,
    Prompts,
    Quiet,
    Strict,
    WorkspaceFolder,
    app,
    leave,
)
from core.opening import labels_of, open_embedded, vocabulary_of
from core.store.tables import read_labels
from core.store.workspace import check_images
from core.terminal import Terminal


@app.command()
def run(
    images: Images,
    out: Annotated[Path, typer.Argument(help="New folder to write.", show_default=False)],
    classes: Classes = None,
    prompts: Prompts = None,
    labels: Labels = None,
    mode: Annotated[Mode, typer.Option(help="How files come into the class folders.")] = "copy",
    splits: Annotated[
        str | None, typer.Option(help="Shares of train,val,test, e.g. 0.7,0.15,0.15.")
    ] = None,
    review_below: Annotated[
        float | None, typer.Option(help="Predictions less probable than this go to review/.")
    ] = None,
    refine: Annotated[bool, typer.Option(help="Refine the classes' prototypes first.")] = False,
    dry_run: Annotated[
        bool, typer.Option(help="Say what would be written, write nothing.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of the splits.")] = 0,
    workspace: WorkspaceFolder = None,
    model: Model = None,
    device: Device = "auto",
    batch_size: Batch = "auto",
    strict: Strict = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Sort the images into class folders below OUT."""
    from core import runs
    from core.export.splits import parse_proportions

    terminal = Terminal(as_json, quiet)
    images = check_images(images)
    options = runs.options(mode, parse_proportions(splits) if splits else None, review_below, seed)
    if not dry_run:
        runs.check_destination(images, out)
    given = read_labels(labels) if labels else {}
    vocabulary = vocabulary_of(images, workspace, prompts, classes, terminal)
    project, embedded = open_embedded(images, workspace, model, device, batch_size, terminal)
    predictions = project.predict(
        vocabulary, refine, labels_of(project, vocabulary, given, terminal)
    )
    for step in predictions.log:
        terminal.note(
            f"refining {step.iteration}: text weight {step.weight:.2f}, "
            f"{step.moved_share:.1%} moved, {step.active_classes} classes in use, "
            f"mean confidence {step.mean_confidence:.3f}"
        )
    plan = runs.plan(project, predictions, embedded.rejected, options)
    if dry_run:
        outcome = runs.dry_run(plan, out)
    else:
        outcome = terminal.watch(
            lambda report: runs.write(project, vocabulary, predictions, plan, out, report, sys.argv)
        )
    terminal.result(outcome.as_json(), outcome.as_text())
    leave(strict and bool(outcome.rejected))
