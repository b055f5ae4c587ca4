"""``winnow evaluate``: compare with a truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli.shared.opening import folder_of, labels_of, open_embedded, vocabulary_of
from core.cli.shared.options import (
    Batch,
    Classes,
    Device,
    Images,
    Json,
    Labels,
    Model,
    Prompts,
    Quiet,
    WorkspaceFolder,
    app,
    percent,
)
from core.cli.shared.terminal import Terminal, table
from core.store.csv_tables import read_labels


@app.command()
def evaluate(
    images: Images,
    truth: Annotated[Path, typer.Option(help="CSV file (path,label) with the true classes.")],
    classes: Classes = None,
    prompts: Prompts = None,
    labels: Labels = None,
    refine: Annotated[bool, typer.Option(help="Refine the classes' prototypes first.")] = False,
    workspace: WorkspaceFolder = None,
    model: Model = None,
    device: Device = "auto",
    batch_size: Batch = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare predictions with a truth file; labeled images are left out of the comparison."""
    terminal = Terminal(as_json, quiet)
    expected = read_labels(truth)
    given = read_labels(labels) if labels else {}
    images = folder_of(images, terminal)
    vocabulary = vocabulary_of(images, workspace, prompts, classes, terminal)
    project, _ = open_embedded(images, workspace, model, device, batch_size, terminal)
    predictions = project.predict(
        vocabulary, refine, labels_of(project, vocabulary, given, terminal)
    )
    evaluation, left_out = project.evaluate(predictions, expected)
    if left_out:
        terminal.note(
            f"{left_out} images of the truth file are labeled and trained the model: "
            "they are not part of these figures."
        )
    content = evaluation.as_json() | {"labeled_left_out": left_out}
    rows = [
        (
            name,
            percent(metrics.precision),
            percent(metrics.recall),
            percent(metrics.f1),
            f"{percent(metrics.f1_low)}–{percent(metrics.f1_high)}",
            str(metrics.support),
        )
        for name, metrics in evaluation.per_class.items()
    ]
    head = (
        f"accuracy {evaluation.accuracy:.1%} "
        f"({evaluation.accuracy_low:.1%}–{evaluation.accuracy_high:.1%}), "
        f"macro F1 {evaluation.macro_f1:.1%}, {evaluation.n} images\n\n"
    )
    columns = ("class", "precision", "recall", "F1", "95 % interval", "images")
    terminal.result(content, head + table(rows, columns))
