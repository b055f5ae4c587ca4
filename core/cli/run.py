"""``winnow run``: sort a folder."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from core.cli.shared.head import BY, By, Head, headed
from core.cli.shared.none_class import NoneClass
from core.cli.shared.opening import folder_of, open_embedded, vocabulary_of
from core.cli.shared.options import (
    Batch,
    Classes,
    CsvSafe,
    Device,
    Family,
    Images,
    Json,
    Labels,
    LabelsDb,
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
    out_path,
    path,
)
from core.cli.shared.person import person
from core.cli.shared.refining import as_set, family_key, tell_refinement
from core.cli.shared.speaking import Words, speaking, words_json
from core.cli.shared.terminal import Terminal
from core.cli.shared.truth import Level, expected
from core.cli.shared.voters import Encoders, voters_json, voting
from core.export.formats import FORMATS
from core.export.options import Unreadable
from core.export.plan import Plan
from core.export.splits import parse_proportions
from core.learn.models.refining import is_wanted
from core.project.project import Project
from core.project.snapshot import Snapshot
from core.services.data.duplicates import groups_of
from core.services.data.label_import import with_labels_of
from core.services.data.metadata import carried
from core.services.export import beside
from core.services.export.doubts import check_level, doubts_of
from core.services.predict.refinement import refinement_json
from core.store.csv_tables import read_labels

Out = Annotated[
    Path,
    typer.Argument(
        help="New folder to write, or the address of one in a bucket.",
        show_default=False,
        parser=out_path,
    ),
]
How = Annotated[Mode, typer.Option(help="How files come into the class folders.")]
Splits = Annotated[str | None, typer.Option(help="Shares of train,val,test, e.g. 0.7,0.15,0.15.")]
Below = Annotated[
    float | None, typer.Option(help="Predictions less probable than this go to review/.")
]
Margin = Annotated[
    float | None,
    typer.Option(help="Predictions with a smaller lead over the second class go to review/."),
]
Ratio = Annotated[
    float | None,
    typer.Option(
        help="Predictions whose class is fewer times as probable as the second, e.g. 1.10, go to "
        "review/."
    ),
]
Conformal = Annotated[
    float | None,
    typer.Option(
        help="Predictions that leave several classes open at this level, e.g. 0.9, go to review/; "
        "needs labeled random images."
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
    typer.Option(
        help="Table (path,label) to measure against, or the word folders for their names.",
        show_default=False,
        parser=path,
    ),
]
Convert = Annotated[
    bool,
    typer.Option(
        "--convert-unreadable",
        help="Write files that programs reading the formats do not know as PNG or JPEG.",
    ),
]
OnlyNew = Annotated[
    bool,
    typer.Option(
        "--only-new",
        help="Write only what the question's earlier exports lack, or have in another class.",
    ),
]
Precision = Annotated[
    list[str] | None,
    typer.Option(
        metavar="P",
        help="Promise that this share of all that is sorted is right, e.g. 0.95, or of one class "
        "or group with CLASS=P; what cannot be promised goes to review/. Needs labels of random "
        "images; may be repeated.",
        show_default=False,
    ),
]
Recall = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CLASS=P",
        help="Promise that this share of a class or group is in its folder or in review/, e.g. "
        "damaged=0.9: what may be of it goes to review/. Goes together with --precision; may be "
        "repeated.",
        show_default=False,
    ),
]
Signed = Annotated[
    bool,
    typer.Option("--signed", help="Sort only what was signed; all else goes to review/."),
]
Costs = Annotated[
    Path | None,
    typer.Option(
        help="CSV file of prices: the true class in rows, what it is sorted as in columns, and a "
        "column review with the price of a look. The cheapest decision is taken.",
        show_default=False,
        parser=path,
    ),
]
WithQuestion = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="Labels of another question of the workspace as a column of the tables; may be "
        "repeated.",
        show_default=False,
    ),
]
WithColumns = Annotated[
    str,
    typer.Option(
        metavar="all|none|A,B",
        help="Columns of winnow metadata import that the tables carry on.",
    ),
]
DryRun = Annotated[bool, typer.Option(help="Say what would be written, write nothing.")]
_NOTHING = "Nothing is new since the last export, so nothing is written."
Seed = Annotated[int, typer.Option(help="Seed of the splits.")]


@app.command()
def run(
    images: Images,
    out: Out,
    classes: Classes = None,
    prompts: Prompts = None,
    none: NoneClass = None,
    labels: Labels = None,
    mode: How = "copy",
    splits: Splits = None,
    review_below: Below = None,
    review_margin: Margin = None,
    review_ratio: Ratio = None,
    review_conformal: Conformal = None,
    precision: Precision = None,
    recall: Recall = None,
    signed: Signed = False,
    costs: Costs = None,
    formats: Formats = None,
    verify: Verify = False,
    convert_unreadable: Convert = False,
    csv_safe: CsvSafe = False,
    only_new: OnlyNew = False,
    with_question: WithQuestion = None,
    with_columns: WithColumns = carried.ALL,
    truth: Truth = None,
    truth_level: Level = None,
    family: Family = "auto",
    refine: Refine = None,
    words: Words = None,
    head: Head = None,
    head_by: By = BY,
    encoders: Encoders = None,
    dry_run: DryRun = False,
    seed: Seed = 0,
    workspace: WorkspaceFolder = None,
    question: Question = None,
    labels_db: LabelsDb = None,
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
    from core.services.export.promises.promise import promise_of
    from core.services.export.promises.promised import promised
    from core.services.export.promises.request import alone, requested
    from core.services.metrics.comparison import against_truth
    from core.services.predict.predicting import predict
    from core.services.predict.unclaimed import none_json

    terminal = Terminal(as_json, quiet)
    images = folder_of(images, terminal, workspace, names_encoding)
    shares = parse_proportions(splits) if splits else None
    named = [name.strip() for part in formats or ["folders"] for name in part.split(",")]
    unreadable: Unreadable = "convert" if convert_unreadable else "rename"
    options = runs.options(
        mode,
        shares,
        review_below,
        seed,
        review_margin,
        named,
        verify,
        unreadable,
        csv_safe,
        review_ratio,
        _columns(images, workspace, question, with_question),
    )
    if review_conformal is not None:
        check_level(review_conformal)
    if not dry_run:
        runs.check_destination(images, out)
    human = read_labels(labels) if labels else {}
    wanted = expected(truth, truth_level) if truth else None
    vocabulary = vocabulary_of(images, workspace, prompts, classes, terminal, question, family)
    vocabulary = vocabulary if none is None else vocabulary.with_none(none.strip() or None)
    request = requested(
        precision, signed, costs, vocabulary.names, recall, [name for name, *_ in vocabulary.groups]
    )
    if request:
        alone(options, review_conformal)
    project, embedded = open_embedded(
        images, workspace, model, device, batch_size, terminal, question=question
    )
    snapshot = with_labels_of(project.snapshot(vocabulary), human, terminal.note)
    snapshot = speaking(snapshot, words, terminal)
    brought = carried.columns(snapshot, [name.strip() for name in with_columns.split(",")])
    options = replace(options, columns=brought)
    refining = refine or as_set(snapshot)
    refined = is_wanted(refining, len(snapshot))
    snapshot, votes = voting(snapshot, encoders, refined, terminal)
    snapshot, use = headed(snapshot, head, head_by, refined, terminal)
    predictions = predict(snapshot, refined)
    tell_refinement(predictions, refining, terminal)
    doubts = None
    if review_conformal is not None:
        doubts = doubts_of(predictions, review_conformal)
    promise = promise_of(snapshot, predictions, request) if request else None
    if promise is not None:
        predictions, doubts = promise.predictions, promise.doubts
    groups = groups_of(snapshot) if shares else None
    plan = whole = runs.plan(snapshot, predictions, embedded.rejected, options, groups, doubts)
    if only_new:
        plan = _only_new(snapshot, plan, terminal)
    if promise is not None:
        plan = promised(snapshot, promise, whole, plan)
    for note in plan.unseen:  # before hours are spent on writing them
        terminal.note(note)
    nothing = only_new and not plan.items
    if dry_run or nothing:
        outcome = runs.dry_run(plan, out, embedded.left_out)
    else:
        metrics = None
        if wanted is not None:
            true, _ = wanted.of(snapshot, terminal.note)
            compared = against_truth(snapshot, predictions, true)
            metrics = compared.evaluation.as_json()
            if compared.review is not None:
                for sentence in compared.review.remarks(wanted.title):
                    terminal.note(sentence)
        outcome = terminal.watch(
            lambda report: runs.write(
                snapshot, predictions, plan, out, report, sys.argv, metrics, refined, person()
            )
        )
    content = (
        outcome.as_json()
        | {
            "family": family_key(vocabulary),
            "refinement": refinement_json(predictions, refining),
            "head": use.as_json(),
            "dry_run": dry_run,
        }
        | words_json(snapshot, predictions)
        | voters_json(votes, predictions)
        | none_json(snapshot, predictions)
    )
    terminal.result(content, _NOTHING if nothing else outcome.as_text())
    leave(strict and bool(outcome.rejected))


def _columns(
    images: Path, workspace: Path | None, question: str | None, names: list[str] | None
) -> tuple[str, ...]:
    """The columns with the labels of other questions; WinnowError before any long work."""
    if not names:
        return ()
    return beside.columns(Project.open(images, workspace, question).workspace, names)


def _only_new(snapshot: Snapshot, plan: Plan, terminal: Terminal) -> Plan:
    """The part of a plan that the question's earlier exports lack; all of it without any."""
    from core.services.export import delta

    before = delta.exported(snapshot)
    if before is None:
        terminal.note("Nothing of this question is exported yet, so everything is new.")
        return plan
    change = delta.compare(delta.of_plan(plan), before)
    terminal.note(change.as_text())
    return delta.only_new(plan, change)
