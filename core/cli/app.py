"""``winnow app``: start the app."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli.shared.opening import folder_of
from core.cli.shared.options import (
    Device,
    LabelsDb,
    Model,
    NamesEncoding,
    Question,
    Quiet,
    WorkspaceFolder,
    app,
    images_path,
    out_path,
)
from core.cli.shared.terminal import Terminal
from core.images.sources.address import is_address, parse
from core.runtime import roots
from core.store.places import own_folders
from core.store.questions import named
from core.store.workspace import is_workspace, load, open_workspace


@app.command("app")
def app_(
    folder: Annotated[
        Path | None,
        typer.Argument(
            help="Image folder, its address, or workspace to open.",
            show_default=False,
            parser=images_path,
        ),
    ] = None,
    workspace: WorkspaceFolder = None,
    question: Question = None,
    labels_db: LabelsDb = None,
    names_encoding: NamesEncoding = None,
    model: Model = None,
    device: Device = "auto",
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Port [default: 8501 or the next free]."),
    ] = None,
    address: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    root: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FOLDER",
            help="Open and write only in this folder, or at this address; can be repeated.",
            show_default=False,
            parser=out_path,
        ),
    ] = None,
    no_token: Annotated[
        bool, typer.Option("--no-token", help="Let everybody on this machine in.")
    ] = False,
    new_token: Annotated[
        bool, typer.Option("--new-token", help="Make a new token; the old one opens no more.")
    ] = False,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Further name to be reached by, such as a proxy's; can be repeated.",
            show_default=False,
        ),
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open a browser window.")] = True,
    quiet: Quiet = False,
) -> None:
    """Start the app in your browser."""
    from core.ui.shell.server import Access, serve

    addresses = [each for each in root or () if is_address(each)]
    folders = [each for each in root or () if each not in addresses]
    roots.limit_to(folders, own_folders(), map(str, map(parse, addresses)))
    first: Path | None = None
    if folder is not None:
        inside = workspace or (folder if is_workspace(folder.expanduser().resolve()) else None)
        folder = folder_of(folder, Terminal(quiet=quiet), inside, names_encoding)
        opened = load(folder) if is_workspace(folder) else open_workspace(folder, workspace)
        first = opened.root
    elif workspace is not None:
        first = load(workspace.expanduser().resolve()).root
    access = Access(address, port, not no_token, new_token, tuple(allow_host or ()))
    slug = named(first, question).slug if first is not None and question is not None else None
    serve(first, slug, model, device, access, browser, Terminal(quiet=quiet).note)
