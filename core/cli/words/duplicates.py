"""``winnow metadata duplicates``: texts that several images share, word for word or nearly."""

from __future__ import annotations

from typing import Annotated

import typer

from core.cli.shared.options import Images, Json, Quiet, WorkspaceFolder
from core.cli.shared.terminal import Terminal, table
from core.cli.words.metadata import embedded_snapshot, metadata_app
from core.images.names import shown

_SPELLINGS, _CELL = 3, 60  # in a line of the list; characters of one


@metadata_app.command("duplicates")
def duplicates(
    images: Images,
    column: Annotated[
        str,
        typer.Option(metavar="COLUMN|all", help="The column whose texts are compared."),
    ] = "all",
    exact: Annotated[
        bool,
        typer.Option(
            "--exact", help="Only texts that are equal but for capitals, signs and spaces."
        ),
    ] = False,
    contains: Annotated[
        str, typer.Option(help="Only texts with this in them.", show_default=False)
    ] = "",
    k: Annotated[int, typer.Option("-k", help="Groups, at most.", min=1)] = 50,
    workspace: WorkspaceFolder = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """List images that say the same, or nearly the same, in words; the largest groups first."""
    from core.services.data.texts.repeated import repeated_texts

    terminal = Terminal(as_json, quiet)
    snapshot = embedded_snapshot(images, workspace, terminal)
    wanted = " ".join(contains.split()).casefold()
    groups = [
        group
        for group in repeated_texts(snapshot, column, not exact)
        if any(wanted in text.casefold() for text, _ in group.texts)
    ]
    paths = snapshot.pool.paths
    rows = [
        (
            f"{len(group.rows):,}",
            f"{len(group.texts):,}",
            " | ".join(_short(text) for text, _ in group.texts[:_SPELLINGS]),
        )
        for group in groups[:k]
    ]
    heads = ("images", "spellings", "text")
    terminal.result(
        {
            "column": column,
            "groups": len(groups),
            "images": sum(len(group.rows) for group in groups),
            "duplicates": [
                {
                    "texts": dict(group.texts),
                    "images": len(group.rows),
                    "paths": [paths[row] for row in group.rows],
                }
                for group in groups[:k]
            ],
        },
        table(rows, heads) if rows else "No two images share a text like that.",
    )


def _short(text: str) -> str:
    line = shown(" ".join(text.split()))
    return line if len(line) <= _CELL else line[: _CELL - 1] + "…"
