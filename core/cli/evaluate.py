"""``winnow evaluate``: compare with a truth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli.shared.head import BY, By, Head, headed
from core.cli.shared.opening import folder_of, open_embedded, vocabulary_of
from core.cli.shared.options import (
    Batch,
    Classes,
    Device,
    Family,
    Images,
    Json,
    Labels,
    LabelsDb,
    Model,
    Prompts,
    Question,
    Quiet,
    Refine,
    Truth,
    WorkspaceFolder,
    app,
    path,
    percent,
)
from core.cli.shared.refining import as_set, family_key, tell_refinement
from core.cli.shared.speaking import Words, speaking, words_json
from core.cli.shared.terminal import Terminal, table
from core.cli.shared.truth import Level, expected, folders_json
from core.cli.shared.voters import Encoders, voters_json, voting
from core.learn.models.refining import is_wanted
from core.services.data.label_import import with_labels_of
from core.services.predict.refinement import refinement_json
from core.store.csv_tables import read_labels

if TYPE_CHECKING:
    from core.learn.judging.metrics import Evaluation
    from core.learn.judging.tails import Bucket


PerClass = Annotated[
    Path | None,
    typer.Option(
        help="CSV file to write: every class with precision, recall and F1, their intervals, "
        "support and average precision.",
        show_default=False,
        parser=path,
    ),
]


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
    words: Words = None,
    head: Head = None,
    head_by: By = BY,
    encoders: Encoders = None,
    per_class: PerClass = None,
    workspace: WorkspaceFolder = None,
    question: Question = None,
    labels_db: LabelsDb = None,
    model: Model = None,
    device: Device = "auto",
    batch_size: Batch = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare predictions with a truth; labeled images are left out of the comparison."""
    # The models import scipy.optimize, which no other command should wait for.
    from core.learn.judging.tails import buckets
    from core.services.metrics import confusions, levels
    from core.services.metrics import per_class as classwise
    from core.services.metrics.comparison import against_truth
    from core.services.predict.predicting import predict
    from core.services.predict.shares import class_sizes, sizes_json

    terminal = Terminal(as_json, quiet)
    wanted = expected(truth, truth_level)
    human = read_labels(labels) if labels else {}
    images = folder_of(images, terminal, workspace)
    vocabulary = vocabulary_of(images, workspace, prompts, classes, terminal, question, family)
    project, _ = open_embedded(
        images, workspace, model, device, batch_size, terminal, question=question
    )
    snapshot = with_labels_of(project.snapshot(vocabulary), human, terminal.note)
    snapshot = speaking(snapshot, words, terminal)
    refining = refine or as_set(snapshot)
    refined = is_wanted(refining, len(snapshot))
    snapshot, votes = voting(snapshot, encoders, refined, terminal)
    snapshot, use = headed(snapshot, head, head_by, refined, terminal)
    predictions = predict(snapshot, refined)
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
    rows = classwise.rows_of(compared)
    if per_class is not None:
        sizes = classwise.distribution(predictions, compared)
        classwise.write_per_class(per_class, classwise.per_class_csv(rows, sizes))
    of_levels = levels.levels_of(snapshot, compared)
    content = (
        evaluation.as_json()
        | {
            "labeled_left_out": compared.left_out,
            "family": family_key(vocabulary),
            "refinement": refinement_json(predictions, refining),
            "head": use.as_json(),
            "shares": sizes_json(class_sizes(snapshot, predictions)),
            "buckets": classwise.buckets_json(rows),
            "levels": levels.levels_json(of_levels),
            "top_confusions": confusions.confusions_json(
                snapshot, confusions.top_confusions(snapshot, compared)
            ),
        }
        | words_json(snapshot, predictions)
        | voters_json(votes, predictions)
    )
    if seen is not None:
        content |= {"rows": seen.rows, "rejected": seen.reasons, "unknown_classes": seen.unknown}
    text = _text(evaluation) + _sizes_text(buckets(rows))
    text += "".join(f"\nBy groups: {levels.sentence(one)}" for one in of_levels)
    terminal.result(content | folders_json(folders), text)


def _sizes_text(pooled: Sequence[Bucket]) -> str:
    """A table of the large, the middling and the small classes, each as if they were one."""
    if len(pooled) < 2:
        return ""
    rows = [
        (
            {"head": "largest", "middle": "between", "tail": "smallest"}[bucket.size],
            percent(bucket.precision.value),
            percent(bucket.recall.value),
            percent(bucket.f1.value),
            f"{percent(bucket.f1.low)}–{percent(bucket.f1.high)}",
            str(bucket.support),
        )
        for bucket in pooled
    ]
    return "\n\n" + table(rows, ("classes", "precision", "recall", "F1", "95 % interval", "images"))


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
