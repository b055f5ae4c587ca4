"""``winnow run``: sort a folder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from core.cli.shared.opening import folder_of, open_embedded, vocabulary_of
from core.cli.shared.options import (
    Batch,
    Classes,
    CsvSafe,
    Device,
    Images,
    Json,
    Labels,
    Mode,
    Model,
    NamesEncoding,
    Prompts,
    Question,
    Quiet,
    Refine,
    Strict,
    WorkspaceFolder,
    app,
    leave,
    path,
)
from core.cli.shared.terminal import Terminal
from core.export.formats import FORMATS
from core.export.options import Unreadable
from core.export.splits import parse_proportions
from core.learn.predictions import Predictions
from core.services.data.duplicates import groups_of
from core.services.data.label_import import with_labels_of
from core.services.export.doubts import check_level, doubts_of
from core.store.csv_tables import read_labels

Out = Annotated[Path, typer.Argument(help="New folder to write.", show_default=False, parser=path)]
How = Annotated[Mode, typer.Option(help="How files come into the class folders.")]
Splits = Annotated[str | None, typer.Option(help="Shares of train,val,test, e.g. 0.7,0.15,0.15.")]
Below = Annotated[
    float | None, typer.Option(help="Predictions less probable than this go to review/.")
]
Margin = Annotated[
    float | None,
    typer.Option(help="Predictions with a smaller lead over the second class go to review/."),
]
Conformal = Annotated[
    float | None,
    typer.Option(
        help="Predictions that leave several classes open at this level, e.g. 0.9, go to review/; "
        "needs labeled audit images."
    ),
]
Formats = Annotated[
    list[str] | None,
    typer.Option("--format", help=f"One or more of {', '.join(FORMATS)} [default: folders]."),
]
Verify = Annotated[
    bool, typer.Option(help="Read everything back and compare it with the originals.")
]
Truth = Annotated[
    Path | None,
    typer.Option(help="CSV file (path,label) to measure against.", show_default=False, parser=path),
]
Convert = Annotated[
    bool,
    typer.Option(
        "--convert-unreadable",
        help="Write files that programs reading the formats do not know as PNG or JPEG.",
    ),
]
DryRun = Annotated[bool, typer.Option(help="Say what would be written, write nothing.")]
Seed = Annotated[int, typer.Option(help="Seed of the splits.")]


@app.command()
def run(
    images: Images,
    out: Out,
    classes: Classes = None,
    prompts: Prompts = None,
    labels: Labels = None,
    mode: How = "copy",
    splits: Splits = None,
    review_below: Below = None,
    review_margin: Margin = None,
    review_conformal: Conformal = None,
    formats: Formats = None,
    verify: Verify = False,
    convert_unreadable: Convert = False,
    csv_safe: CsvSafe = False,
    truth: Truth = None,
    refine: Refine = False,
    dry_run: DryRun = False,
    seed: Seed = 0,
    workspace: WorkspaceFolder = None,
    question: Question = None,
    names_encoding: NamesEncoding = None,
    model: Model = None,
    device: Device = "auto",
    batch_size: Batch = "auto",
    strict: Strict = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Sort the images into class folders below OUT."""
    # The models import scipy.optimize, which no other command should wait for.
    from core.services.export import runs
    from core.services.metrics.comparison import against_truth
    from core.services.predict.predicting import predict

    terminal = Terminal(as_json, quiet)
    images = folder_of(images, terminal, workspace, names_encoding)
    shares = parse_proportions(splits) if splits else None
    named = [name.strip() for part in formats or ["folders"] for name in part.split(",")]
    unreadable: Unreadable = "convert" if convert_unreadable else "rename"
    options = runs.options(
        mode, shares, review_below, seed, review_margin, named, verify, unreadable, csv_safe
    )
    if review_conformal is not None:
        check_level(review_conformal)
    if not dry_run:
        runs.check_destination(images, out)
    human = read_labels(labels) if labels else {}
    expected = read_labels(truth) if truth else None
    vocabulary = vocabulary_of(images, workspace, prompts, classes, terminal, question)
    project, embedded = open_embedded(
        images, workspace, model, device, batch_size, terminal, question=question
    )
    snapshot = with_labels_of(project.snapshot(vocabulary), human, terminal.note)
    predictions = predict(snapshot, refine)
    if refine:
        _tell_refinement(predictions, terminal)
    doubts = None
    if review_conformal is not None:
        doubts = doubts_of(predictions, review_conformal)
    groups = groups_of(snapshot) if shares else None
    plan = runs.plan(snapshot, predictions, embedded.rejected, options, groups, doubts)
    for note in plan.unseen:  # before hours are spent on writing them
        terminal.note(note)
    if dry_run:
        outcome = runs.dry_run(plan, out, embedded.left_out)
    else:
        metrics = None
        if expected:
            compared = against_truth(snapshot, predictions, expected)
            metrics = compared.evaluation.as_json()
            if compared.review is not None:
                for sentence in compared.review.remarks("The truth file"):
                    terminal.note(sentence)
        outcome = terminal.watch(
            lambda report: runs.write(
                snapshot, predictions, plan, out, report, sys.argv, metrics, refine
            )
        )
    terminal.result(outcome.as_json(), outcome.as_text())
    leave(strict and bool(outcome.rejected))


def _tell_refinement(predictions: Predictions, terminal: Terminal) -> None:
    if not predictions.log:
        from core.learn.models.refine import MINIMUM_IMAGES

        terminal.note(
            f"The collection has fewer than {MINIMUM_IMAGES} images, too few to refine from: the "
            "prompts count as they are."
        )
    for step in predictions.log:
        terminal.note(
            f"refining {step.iteration}: text weight {step.weight:.2f}, "
            f"{step.moved_share:.1%} moved, {step.active_classes} classes in use, "
            f"mean confidence {step.mean_confidence:.3f}"
        )
