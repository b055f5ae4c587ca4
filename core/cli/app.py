"""``winnow app``: start the app."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli.shared.opening import folder_of
from core.cli.shared.options import Device, Model, Quiet, WorkspaceFolder, app
from core.cli.shared.terminal import Terminal
from core.store.workspace import is_workspace, load, open_workspace


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
    from core.ui.shell.server import serve

    root: Path | None = None
    if folder is not None:
        folder = folder_of(folder, Terminal(quiet=quiet))
        opened = load(folder) if is_workspace(folder) else open_workspace(folder, workspace)
        root = opened.root
    elif workspace is not None:
        root = load(workspace.expanduser().resolve()).root
    serve(root, model, device, port, address, browser, Terminal(quiet=quiet).note)
