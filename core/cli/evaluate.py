"""``winnow evaluate``: compare with a truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cli.shared.opening import folder_of, open_embedded, vocabulary_of
from core.cli.shared.options import (
    Batch,
    Classes,
    Device,
    Family,
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
from core.cli.shared.refining import as_set, family_key, tell_refinement
from core.cli.shared.terminal import Terminal, table
from core.cli.shared.truth import Level, expected, folders_json
from core.learn.models.refining import is_wanted
from core.services.data.label_import import with_labels_of
from core.services.predict.refinement import refinement_json
from core.store.csv_tables import read_labels

if TYPE_CHECKING:
    from core.learn.judging.metrics import Evaluation


@app.command()
def evaluate(
    images: Images,
    truth: Truth,
    truth_level: Level = None,
    classes: Classes = None,
    prompts: Prompts = None,
    labels: Labels = None,
    family: Family = "auto",
    refine: Refine = None,
    workspace: WorkspaceFolder = None,
    question: Question = None,
    model: Model = None,
    device: Device = "auto",
    batch_size: Batch = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare predictions with a truth; labeled images are left out of the comparison."""
    # The models import scipy.optimize, which no other command should wait for.
    from core.services.metrics.comparison import against_truth
    from core.services.predict.predicting import predict

    terminal = Terminal(as_json, quiet)
    wanted = expected(truth, truth_level)
    human = read_labels(labels) if labels else {}
    images = folder_of(images, terminal, workspace)
    vocabulary = vocabulary_of(images, workspace, prompts, classes, terminal, question, family)
    project, _ = open_embedded(
        images, workspace, model, device, batch_size, terminal, question=question
    )
    snapshot = with_labels_of(project.snapshot(vocabulary), human, terminal.note)
    refining = refine or as_set(snapshot)
    predictions = predict(snapshot, is_wanted(refining, len(snapshot)))
    tell_refinement(predictions, refining, terminal)
    true, folders = wanted.of(snapshot, terminal.note)
    compared = against_truth(snapshot, predictions, true)
    evaluation, seen = compared.evaluation, compared.review
    if seen is not None:
        for sentence in (*seen.remarks(wanted.title), *seen.outside(wanted.title)):
            terminal.note(sentence)
    if compared.left_out:
        terminal.note(
            f"{compared.left_out} images of the truth file are labeled and trained the model: "
            "they are not part of these figures."
        )
    content = evaluation.as_json() | {
        "labeled_left_out": compared.left_out,
        "family": family_key(vocabulary),
        "refinement": refinement_json(predictions, refining),
    }
    if seen is not None:
        content |= {"rows": seen.rows, "rejected": seen.reasons, "unknown_classes": seen.unknown}
    terminal.result(content | folders_json(folders), _text(evaluation))


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
        f"macro F1 {evaluation.macro_f1:.1%} "
        f"({evaluation.macro_f1_low:.1%}–{evaluation.macro_f1_high:.1%}), "
        f"{evaluation.n} images\n\n"
    )
    columns = ("class", "precision", "recall", "F1", "95 % interval", "images")
    return head + table(rows, columns)
