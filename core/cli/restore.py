"""``winnow labels restore``: backups of labels and classes, listed and put back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli.shared.options import (
    Json,
    LabelsDb,
    Question,
    Quiet,
    WorkspaceFolder,
    labels_app,
    path,
)
from core.cli.shared.terminal import Terminal, table
from core.images.names import shown
from core.project.vocabulary_file import VocabularyFile
from core.services.data.restoring import preview
from core.services.data.restoring import restore as put_back
from core.store.backups.listing import Backup, backups_of, pick, restore_command
from core.store.questions import named
from core.store.workspace import Workspace, check_images, is_workspace, load, root_of

Where = Annotated[
    Path,
    typer.Argument(help="Folder with the images, or a workspace.", show_default=False, parser=path),
]
Which = Annotated[
    str | None,
    typer.Argument(
        help="Number or name of a backup to put back, or newest [default: list them].",
        show_default=False,
    ),
]


@labels_app.command("restore")
def restore(
    images: Where,
    backup: Which = None,
    labels_only: Annotated[
        bool, typer.Option("--labels-only", help="Leave classes, prompts and tags as they are.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, change nothing.")
    ] = False,
    workspace: WorkspaceFolder = None,
    question: Question = None,
    labels_db: LabelsDb = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """List the backups, or put one back; the state before is backed up first."""
    opened = workspace_of(images, workspace)
    opened = opened.asking(named(opened.root, question).slug)
    if backup is None:
        _list(opened, as_json, quiet)
        return
    wanted = pick(opened.home, backup)
    if dry_run:
        made = preview(opened, wanted, labels_only)
    else:
        file = VocabularyFile(opened.vocabulary, opened.vocabulary_history)
        made = put_back(opened, file, wanted, labels_only)
    content = made.as_json() | {"dry_run": dry_run}
    Terminal(as_json, quiet).result(content, made.as_text(opened.home, dry_run))


def workspace_of(images: Path, workspace: Path | None) -> Workspace:
    """The workspace; its labels may be damaged and its images gone."""
    if workspace is not None:
        return load(workspace.expanduser().resolve())
    folder = images.expanduser().resolve()
    return load(folder if is_workspace(folder) else root_of(check_images(folder)))


def _list(opened: Workspace, as_json: bool, quiet: bool) -> None:
    backups = backups_of(opened.home)
    rows = [_row(number, backup) for number, backup in enumerate(backups, start=1)]
    text = f"There is no backup in {shown(opened.home)} yet."
    if rows:
        columns = ("number", "time", "labels", "tag labels", "why", "name")
        text = f"{table(rows, columns)}\n\nTo put one back: {restore_command(opened.home)}"
    content = {"workspace": str(opened.root), "backups": [backup.as_json() for backup in backups]}
    Terminal(as_json, quiet).result(content, text)


def _row(number: int, backup: Backup) -> tuple[str, ...]:
    answers = (f"{backup.labels:,}", f"{backup.tag_labels:,}")
    return (str(number), backup.when, *answers, backup.why, backup.name)
