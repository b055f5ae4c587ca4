"""``winnow model``: what was learned, as a file that can be handed on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    percent,
)
from core.cli.shared.person import person
from core.cli.shared.speaking import Words, speaking
from core.cli.shared.terminal import Terminal, table
from core.images.names import shown
from core.runtime.errors import WinnowError
from core.services.sorter.differing import difference
from core.sorter.model_file import SUFFIX, read, write
from core.store.people.gate import doing
from core.store.people.roles import EXPORT

if TYPE_CHECKING:
    from core.project.project import Project
    from core.sorter.schema import Content
    from core.sorter.sorter import Sorter

model_app = typer.Typer(
    help="Take what was learned out of a workspace, look at it, compare.", no_args_is_help=True
)
app.add_typer(model_app, name="model")

Out = Annotated[
    Path,
    typer.Argument(
        metavar="NAME.winnow", help="Model file to write.", show_default=False, parser=path
    ),
]
File = Annotated[
    Path, typer.Argument(metavar="NAME.winnow", help="Model file.", show_default=False, parser=path)
]
NoExemplars = Annotated[
    bool,
    typer.Option(
        "--no-exemplars",
        help="Leave out vectors and paths of labeled images: no reasons by example, no search.",
    ),
]
Onnx = Annotated[
    bool,
    typer.Option(
        "--onnx",
        help="Also write NAME.onnx: encoder and classes, without tags, as one graph for other "
        "programs.",
    ),
]
NoTags = Annotated[bool, typer.Option("--no-tags", help="Leave out the workspace's tags.")]


@model_app.command("export")
def export(
    images: Images,
    out: Out,
    no_exemplars: NoExemplars = False,
    no_tags: NoTags = False,
    onnx: Onnx = False,
    prompts: Prompts = None,
    words: Words = None,
    workspace: WorkspaceFolder = None,
    question: Question = None,
    model: Model = None,
    device: Device = "auto",
    batch_size: Batch = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write the model file of a question: classes, head, tags, figures; nothing in it runs code."""
    from core.services.predict.predicting import predict
    from core.services.predict.recording import MODEL_FILE, record
    from core.services.sorter.making import make_sorter
    from core.services.sorter.onnx import ready
    from core.services.tags.tagging import tagging_of

    terminal = Terminal(as_json, quiet)
    if out.suffix != SUFFIX:
        raise WinnowError(f"A model file ends with {SUFFIX}: write {shown(out.stem)}{SUFFIX}.")
    if out.exists():
        raise WinnowError(f"{shown(out)} is there already: choose another name or remove it.")
    folder = folder_of(images, terminal, workspace)
    project, _ = open_embedded(
        folder, workspace, model, device, batch_size, terminal, question=question
    )
    classes = vocabulary_of(folder, workspace, prompts, None, terminal, question)
    snapshot = speaking(project.snapshot(classes), words, terminal)
    if onnx:
        ready(snapshot.encoder, out.with_suffix(".onnx"))
    tags = project.tag_file.tags()
    tagged = None
    if tags.tags and not no_tags:
        tagged = terminal.watch(lambda report: tagging_of(project).score(snapshot, tags, report))
    sorter = terminal.watch(
        lambda report: make_sorter(
            snapshot, out.stem, question or "", tagged, not no_exemplars, report
        )
    )
    with doing(snapshot.workspace.home, EXPORT, f"model file {out}"):
        write(sorter, out)
    graph, line = _graph(sorter, project, out, terminal) if onnx else (None, "")
    record(snapshot, predict(snapshot), MODEL_FILE, out.name, person())
    content = sorter.content
    terminal.result(
        {
            "path": str(out),
            "classes": content.names,
            "labels": content.labels.count,
            "accuracy": content.accuracy.model_dump() if content.accuracy else None,
            "head": content.head.model_dump(),
            **({"words": content.words.model_dump()} if content.words else {}),
            "bytes": out.stat().st_size,
            "onnx": None if graph is None else str(graph),
        },
        f"Written to {shown(out)}: {_line(content)}{line}",
    )


def _graph(sorter: Sorter, project: Project, out: Path, terminal: Terminal) -> tuple[Path, str]:
    """Write the ONNX file beside a model file; its path, and a line about it."""
    from core.services.sorter.onnx import write_onnx

    path = out.with_suffix(".onnx")
    try:
        checked = terminal.watch(
            lambda report: write_onnx(sorter, project.snapshot(), project.file_of, path, report)
        )
    except BaseException:  # both files or none
        out.unlink(missing_ok=True)
        raise
    return path, (
        f"\nWritten to {shown(path)}: on {checked.images} images its probabilities differ by at "
        f"most {checked.difference:.6f}."
    )


@model_app.command("show")
def show(file: File, as_json: Json = False, quiet: Quiet = False) -> None:
    """What a model file holds."""
    terminal = Terminal(as_json, quiet)
    sorter = read(file)
    exemplars = None if sorter.exemplars is None else len(sorter.exemplars)
    content = sorter.content.model_dump(mode="json") | {"exemplars": exemplars}
    terminal.result(content, sorter.card)


@model_app.command("diff")
def diff(before: File, after: File, as_json: Json = False, quiet: Quiet = False) -> None:
    """What changed between two model files."""
    terminal = Terminal(as_json, quiet)
    changes = difference(read(before).content, read(after).content)
    terminal.result(changes, _differences(changes))


def _line(content: Content) -> str:
    accuracy = content.accuracy
    figures = (
        f"accuracy {accuracy.value:.1%} ({accuracy.low:.1%}–{accuracy.high:.1%})"
        if accuracy
        else "accuracy not measured (fewer than 10 random images are labeled)"
    )
    words = f" Words count, too: {content.words.template}." if content.words else ""
    return f"{len(content.classes)} classes, {content.labels.count:,} labels, {figures}.{words}"


def _differences(changes: dict[str, Any]) -> str:
    lines = [f"{what}: {before} → {after}" for what, (before, after) in changes["changed"].items()]
    lines += [f"class added: {name}" for name in changes["classes_added"]]
    lines += [f"class removed: {name}" for name in changes["classes_removed"]]
    lines += [f"prompts changed: {name}" for name in changes["prompts_changed"]]
    lines += [
        f"tag {how}: {code}" for how in ("added", "removed") for code in changes[f"tags_{how}"]
    ]
    rows = [(name, *(percent(value) for value in values)) for name, values in changes["f1"].items()]
    text = "\n".join(map(shown, lines)) or "Nothing is different."
    return f"{text}\n\n{table(rows, ('F1 of the class', 'before', 'after'))}" if rows else text
