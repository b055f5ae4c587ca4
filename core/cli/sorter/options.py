"""Options that the commands around a model file share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli.shared.options import path

ModelFile = Annotated[
    Path,
    typer.Option(
        "--with", metavar="NAME.winnow", help="Model file.", show_default=False, parser=path
    ),
]
Encoder = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="The encoder's name on this machine [default: as the model file has it].",
        show_default=False,
    ),
]
SHOWN = 10
"""Files that are named one by one."""
