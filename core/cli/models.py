"""``winnow models``: list the encoders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli.shared.options import Json, Quiet, app, megabytes
from core.cli.shared.terminal import Terminal, table
from core.encoders.registry import list_models
from core.encoders.tuned import files


@app.command()
def models(
    add: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help="Take over a tuned encoder that somebody handed on (a .safetensors file) first.",
        ),
    ] = None,
    remove: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Delete a tuned encoder of yours first.", show_default=False
        ),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """List the encoders: what is on this machine and what a download costs."""
    if add is not None:
        files.add(add.expanduser())
    if remove is not None:
        files.remove(remove.removeprefix(files.PREFIX))
    entries = list_models()
    rows = [
        (
            entry.spec,
            str(entry.resolution),
            str(entry.dim),
            "ready" if entry.cached else megabytes(entry.download_bytes),
            entry.licence,
        )
        for entry in entries
    ]
    advice = "\n".join(f"{entry.spec}: {entry.advice}" for entry in entries)
    Terminal(as_json, quiet).result(
        {"models": [dict(vars(entry)) for entry in entries]},
        table(rows, ("model", "pixels", "dim", "download", "licence")) + "\n\n" + advice,
    )
