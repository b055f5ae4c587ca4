"""``--none``: a class without prompts, for what is none of the others."""

from __future__ import annotations

from typing import Annotated

import typer

NoneClass = Annotated[
    str | None,
    typer.Option(
        "--none",
        metavar="NAME",
        help="Add a class of this name, without prompts, for what is none of the others; empty: "
        "without one [default: as the prompts file says].",
        show_default=False,
    ),
]
