"""``winnow labels from-export`` and ``winnow labels undo``: corrections of an export as labels."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from core.cli.shared.opening import find_moved, project_of
from core.cli.shared.options import (
    Images,
    Json,
    Question,
    Quiet,
    WorkspaceFolder,
    labels_app,
    path,
)
from core.cli.shared.terminal import Terminal
from core.export.record.run import load_manifest
from core.images.names import shown
from core.project.project import Project
from core.runtime.errors import WinnowError
from core.services.export.returned import words
from core.services.export.returned.origin import question_of
from core.store.people.gate import doing
from core.store.people.roles import IMPORT
from core.store.workspace import check_images


@labels_app.command("from-export")
def from_export(
    out: Annotated[
        list[Path],
        typer.Argument(
            help="Folder of an export that was corrected; two copies of it for two people.",
            show_default=False,
            parser=path,
        ),
    ],
    images: Annotated[
        Path | None,
        typer.Option(
            help="Folder with the images [default: the export's].", show_default=False, parser=path
        ),
    ] = None,
    workspace: WorkspaceFolder = None,
    question: Question = None,
    annotator: Annotated[
        list[str] | None,
        typer.Option(
            help="Whose corrections these are, once for each copy [default: the folder's name].",
            show_default=False,
        ),
    ] = None,
    deleted_unusable: Annotated[
        bool, typer.Option("--deleted-unusable", help="Label deleted images as not usable.")
    ] = False,
    rest: Annotated[
        bool,
        typer.Option("--rest", help="All of it was looked at: what was not moved is a label too."),
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Read corrections back from an export: files moved to another class folder are labels."""
    from core.services.export.returned import corrections

    terminal = Terminal(as_json, quiet)
    names = _names(out, annotator or [])
    project = _project(out[0], images, workspace, question, terminal)
    snapshot = project.snapshot()
    copies = [
        terminal.watch(partial(corrections.read_copy, folder, name, snapshot))
        for folder, name in zip(out, names, strict=True)
    ]
    taken = corrections.take(project, copies, deleted_unusable, rest)
    if project.backups.problem:
        terminal.note(project.backups.problem)
    text = words.as_text(taken)
    if taken.batch is not None:
        text += f"\nTo take them back: winnow labels undo {shown(project.workspace.images)} "
        text += taken.batch
    terminal.result(words.as_json(taken), text)


@labels_app.command("undo")
def undo(
    images: Images,
    batch: Annotated[
        str, typer.Argument(help="Batch, as the command said that stored it.", show_default=False)
    ],
    workspace: WorkspaceFolder = None,
    question: Question = None,
    annotator: Annotated[str, typer.Option(help="Who takes it back.")] = "undo",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Take a batch of labels back."""
    terminal = Terminal(as_json, quiet)
    project = project_of(images, workspace, question, terminal)
    with doing(project.workspace.home, IMPORT, f"the labels of {batch} were taken back"):
        touched = project.labels.undo(batch, annotator)
    if not touched:
        raise WinnowError(
            f"There is no batch {shown(batch)} to take back: it was taken back already, or is "
            "another question's."
        )
    terminal.result({"undone": len(touched)}, f"{len(touched):,} labels taken back.")


def _names(out: Sequence[Path], annotators: Sequence[str]) -> list[str]:
    """Whose each copy is.

    Raises:
        WinnowError: there are more than two copies, or more names than copies.
    """
    if len(out) > 2:
        raise WinnowError("Two copies can be compared at once: name one or two.")
    if annotators and len(annotators) != len(out):
        raise WinnowError(
            f"There are {len(out)} copies and {len(annotators)} annotators: name --annotator once "
            "for each copy."
        )
    return list(annotators) or [shown(folder.expanduser().resolve().name) for folder in out]


def _project(
    out: Path, images: Path | None, workspace: Path | None, question: str | None, terminal: Terminal
) -> Project:
    """The project that an export was written from, and its question."""
    from core.services.export import replay

    manifest = load_manifest(out)
    folder = check_images(images or replay.images_of(manifest))
    if workspace is None:
        find_moved(folder, terminal)
    project = Project.open(folder, workspace, question)
    if question is None:
        own = question_of(project.workspace, out)
        if own is not None and own.slug:
            terminal.note(f"The export is of the question {own.name}.")
            return Project.open(folder, workspace, own.name)
    return project
