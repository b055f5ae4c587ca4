"""The command line: ``winnow …``. Arguments in, one call into the project, a result out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from core.errors import WinnowError
from core.images.names import shown
from core.opening import batch_size_of, labels_of, open_embedded, unchanged, vocabulary_of
from core.project import Project
from core.store.labels import Event
from core.store.tables import read_labels, write_labels
from core.store.workspace import check_images, is_workspace, load, open_workspace
from core.tasks import Cancelled
from core.terminal import Terminal, table

app = typer.Typer(
    name="winnow",
    help="Sort a folder of unlabeled images into your own classes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
labels_app = typer.Typer(help="Move labels in and out of a workspace.", no_args_is_help=True)
app.add_typer(labels_app, name="labels")

Images = Annotated[Path, typer.Argument(help="Folder with the images.", show_default=False)]
Classes = Annotated[
    list[str] | None, typer.Argument(help="Class names, instead of --prompts.", show_default=False)
]
Prompts = Annotated[
    Path | None, typer.Option(help="YAML file with classes and their prompts.", show_default=False)
]
Labels = Annotated[
    Path | None,
    typer.Option(help="CSV file (path,label) with labels that people gave.", show_default=False),
]
WorkspaceFolder = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        help="Folder for vectors and labels [default: one in your user data folder].",
        show_default=False,
    ),
]
Model = Annotated[
    str | None,
    typer.Option(
        help="Encoder, see 'winnow models' [default: the workspace's, else starter].",
        show_default=False,
    ),
]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notes.")]
Strict = Annotated[bool, typer.Option(help="Exit with 1 when images were rejected.")]
Batch = Annotated[str, typer.Option(help="Images a forward pass: auto or a number.")]
Mode = Literal["copy", "hardlink", "symlink"]


@app.command("app")
def app_(
    folder: Annotated[
        Path | None,
        typer.Argument(help="Image folder or workspace to open.", show_default=False),
    ] = None,
    workspace: WorkspaceFolder = None,
    model: Model = None,
    device: Device = "auto",
    port: Annotated[int | None, typer.Option(help="Port [default: 8501 or the next free].")] = None,
    address: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    browser: Annotated[bool, typer.Option(help="Open a browser window.")] = True,
    quiet: Quiet = False,
) -> None:
    """Start the app in your browser."""
    from core.ui.server import serve

    root: Path | None = None
    if folder is not None:
        folder = check_images(folder)
        found = load(folder) if is_workspace(folder) else open_workspace(folder, workspace)
        root = found.root
    elif workspace is not None:
        root = load(workspace.expanduser().resolve()).root
    serve(root, model, device, port, address, browser, Terminal(quiet=quiet))


@app.command()
def models(as_json: Json = False) -> None:
    """List the encoders: what is on this machine and what a download costs."""
    from core.encoders.registry import list_models

    entries = list_models()
    rows = [
        (
            entry.spec,
            str(entry.resolution),
            str(entry.dim),
            "ready" if entry.cached else _megabytes(entry.download_bytes),
            entry.licence,
        )
        for entry in entries
    ]
    advice = "\n".join(f"{entry.spec}: {entry.advice}" for entry in entries)
    Terminal(as_json).result(
        {"models": [dict(vars(entry)) for entry in entries]},
        table(rows, ("model", "pixels", "dim", "download", "licence")) + "\n\n" + advice,
    )


@app.command()
def embed(
    images: Images,
    workspace: WorkspaceFolder = None,
    model: Model = None,
    device: Device = "auto",
    batch_size: Batch = "auto",
    strict: Strict = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Read the images and keep their vectors; only what is new or changed costs time."""
    terminal = Terminal(as_json, quiet)
    batch_size_of(batch_size)
    # Asked for a GPU, the command must say when there is none, even if it would not need it.
    result = None
    if device in ("auto", "cpu"):
        result = unchanged(images, workspace, model, terminal)
    if result is None:
        result = open_embedded(images, workspace, model, device, batch_size, terminal)[1]
    content = {
        "images": result.images,
        "embedded": result.embedded,
        "reused": result.reused,
        "rejected": len(result.rejected),
        "seconds": round(result.seconds, 3),
        "images_per_second": round(result.images_per_second, 1),
        "device": result.device,
        "model": result.model,
        "ignored": result.ignored,
        "rejections": [{"path": path, "reason": why} for path, why in result.rejected],
    }
    lines = [
        f"{result.images} images: {result.embedded} embedded, {result.reused} reused, "
        f"{len(result.rejected)} rejected, in {result.seconds:.1f} s ({result.model}, "
        f"{result.device})."
    ]
    lines += [f"rejected {shown(path)}: {why}" for path, why in result.rejected]
    terminal.result(content, "\n".join(lines))
    _leave(strict and bool(result.rejected))


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
    _leave(strict and bool(outcome.rejected))


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
    images = check_images(images)
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
            _percent(metrics.precision),
            _percent(metrics.recall),
            _percent(metrics.f1),
            f"{_percent(metrics.f1_low)}–{_percent(metrics.f1_high)}",
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


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry of the console command; every expected failure is one sentence and exit code 2."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    terminal = Terminal(as_json="--json" in given)
    try:
        app(given)
    except WinnowError as error:
        terminal.error(str(error))
        sys.exit(2)
    except (KeyboardInterrupt, Cancelled):
        terminal.note("Stopped; what was finished is kept, the same command goes on from there.")
        sys.exit(130)


def _leave(with_rejects: bool) -> None:
    if with_rejects:
        raise typer.Exit(1)


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _megabytes(count: int | None) -> str:
    return "unknown" if count is None else f"{count / 1e6:,.0f} MB"
