"""``winnow evaluate``: compare with a truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cli.shared.opening import folder_of, open_embedded, vocabulary_of
from core.cli.shared.options import (
    Batch,
    Classes,
    Device,
    Images,
    Json,
    Labels,
    Model,
    Prompts,
    Question,
    Quiet,
    Refine,
    Truth,
    WorkspaceFolder,
    app,
    percent,
)
from core.cli.shared.terminal import Terminal, table
from core.services.data.label_import import with_labels_of
from core.store.csv_tables import read_labels

if TYPE_CHECKING:
    from core.learn.judging.metrics import Evaluation


@app.command()
def evaluate(
    images: Images,
    truth: Truth,
    classes: Classes = None,
    prompts: Prompts = None,
    labels: Labels = None,
    refine: Refine = False,
    workspace: WorkspaceFolder = None,
    question: Question = None,
    model: Model = None,
    device: Device = "auto",
    batch_size: Batch = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare predictions with a truth file; labeled images are left out of the comparison."""
    # The models import scipy.optimize, which no other command should wait for.
    from core.services.metrics.comparison import against_truth
    from core.services.predict.predicting import predict

    terminal = Terminal(as_json, quiet)
    expected = read_labels(truth)
    human = read_labels(labels) if labels else {}
    images = folder_of(images, terminal, workspace)
    vocabulary = vocabulary_of(images, workspace, prompts, classes, terminal, question)
    project, _ = open_embedded(
        images, workspace, model, device, batch_size, terminal, question=question
    )
    snapshot = with_labels_of(project.snapshot(vocabulary), human, terminal.note)
    compared = against_truth(snapshot, predict(snapshot, refine), expected)
    evaluation, seen = compared.evaluation, compared.review
    if seen is not None:
        for sentence in (*seen.remarks("The truth file"), *seen.outside("The truth file")):
            terminal.note(sentence)
    if compared.left_out:
        terminal.note(
            f"{compared.left_out} images of the truth file are labeled and trained the model: "
            "they are not part of these figures."
        )
    content = evaluation.as_json() | {"labeled_left_out": compared.left_out}
    if seen is not None:
        content |= {"rows": seen.rows, "rejected": seen.reasons, "unknown_classes": seen.unknown}
    terminal.result(content, _text(evaluation))


def _text(evaluation: Evaluation) -> str:
    """The headline figures and a table with a row a class."""
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
    return head + table(rows, columns)
