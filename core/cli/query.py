"""``winnow query``: questions in SQL."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from core.cli.shared.opening import folder_of, open_embedded
from core.cli.shared.options import (
    Batch,
    CsvSafe,
    Device,
    Images,
    Json,
    Model,
    Question,
    Quiet,
    TableFile,
    Vocabulary,
    WorkspaceFolder,
    app,
)
from core.cli.shared.tags import tags_of, tags_of_file
from core.cli.shared.terminal import Terminal, table
from core.services.tags.tables import check_target, write_table
from core.services.tags.tagging import tagging_of
from core.store.metadata.table import as_text

SHOWN = 50
_JSON = (str, int, float, list, dict)


@app.command()
def query(
    images: Images,
    sql: Annotated[
        str,
        typer.Argument(
            help="A SELECT over the tables images (one row an image) and tags (one row an image "
            "and tag), e.g. \"SELECT path FROM images WHERE label = 'hat'\".",
            show_default=False,
        ),
    ],
    vocabulary: Vocabulary = None,
    out: TableFile = None,
    csv_safe: CsvSafe = False,
    workspace: WorkspaceFolder = None,
    question: Question = None,
    model: Model = None,
    device: Device = "auto",
    batch_size: Batch = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Ask for images by any column: file, label, class, tag. Reads tables, changes nothing."""
    from core.search import sql as engine
    from core.services.tags import querying

    terminal = Terminal(as_json, quiet)
    if out is not None:
        check_target(out)
    engine.read(sql)  # what cannot be asked is refused before anything is embedded
    named = tags_of_file(vocabulary)
    folder = folder_of(images, terminal, workspace)
    project, _ = open_embedded(
        folder, workspace, model, device, batch_size, terminal, question=question
    )
    tags = tags_of(project, named, terminal)
    answer = querying.ask(project.snapshot(), tagging_of(project), sql, tags)
    if answer.note:
        terminal.note(answer.note)
    if out is not None:
        write_table(answer.frame, out, csv_safe)
    content = {
        "rows": None if out is not None else list(map(_plain, answer.frame.iter_rows(named=True))),
        "count": answer.frame.height,
        "cut": answer.cut,
        "ids": answer.ids,
        "out": str(out) if out is not None else None,
    }
    shown = answer.frame.head(0 if out is not None else SHOWN)
    text = table([tuple(map(_cell, row)) for row in shown.iter_rows()], tuple(shown.columns))
    more = answer.frame.height - shown.height
    tail = f"\n{more} more rows: write them with --out rows.csv." if more and out is None else ""
    whole = f"{answer.frame.height} rows written to {out}." if out is not None else text + tail
    terminal.result(content, whole)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row as JSON can hold it: dates, times and what else it lacks as text."""
    return {
        name: value if isinstance(value, _JSON) or value is None else as_text(value)
        for name, value in row.items()
    }


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if isinstance(value, float) else str(value).replace("\n", " ")
