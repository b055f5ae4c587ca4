"""``winnow labels copy``: labels into a label database, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli.restore import workspace_of
from core.cli.shared.options import Json, Quiet, WorkspaceFolder, labels_app, path
from core.cli.shared.terminal import Terminal
from core.images.names import shown
from core.runtime.errors import WinnowError
from core.services.data.label_copy import Copied, to_database, to_files
from core.store.labels.postgres.address import is_address

SQLITE = "sqlite"


@labels_app.command("copy")
def copy(
    images: Annotated[
        Path,
        typer.Argument(
            help="Folder with the images, or a workspace.", show_default=False, parser=path
        ),
    ],
    to: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="postgresql://PERSON@HOST/DATABASE#COLLECTION, or sqlite for the workspace's own "
            "files.",
            show_default=False,
        ),
    ],
    workspace: WorkspaceFolder = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Copy all labels, of every question, into a PostgreSQL database or back; they are used there
    from then on."""
    if to != SQLITE and not is_address(to):
        raise WinnowError(
            "Labels can be copied to postgresql://PERSON@HOST/DATABASE#COLLECTION or to sqlite: "
            "name one of them with --to."
        )
    opened = workspace_of(images, workspace)
    done = to_files(opened) if to == SQLITE else to_database(opened, to)
    Terminal(as_json, quiet).result(done.as_json(), _text(done))


def _text(done: Copied) -> str:
    undone = sum(one["undone"] for one in done.questions.values())
    many = len(done.questions)
    lines = [
        f"{done.events:,} answers of {many} question{'' if many == 1 else 's'} were copied and "
        f"compared, {undone:,} of them taken back."
    ]
    if done.to == SQLITE:
        lines.append("The workspace has its labels in its own files from now on.")
    else:
        lines.append(f"The workspace has its labels in {done.to} from now on.")
    if done.aside is not None:
        lines.append(f"The label files of before lie in {shown(done.aside)}.")
    return "\n".join(lines)
