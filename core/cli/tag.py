"""``winnow tag``: a column for every tag of a vocabulary."""

from __future__ import annotations

from typing import Annotated

import typer

from core.cli.shared.opening import batch_size_of, folder_of, open_embedded
from core.cli.shared.options import (
    Batch,
    CsvSafe,
    Device,
    Images,
    Json,
    Model,
    Quiet,
    TableFile,
    Vocabulary,
    WorkspaceFolder,
    app,
)
from core.cli.shared.tags import some, tags_of, tags_of_file
from core.cli.shared.terminal import Terminal, table
from core.services.tags.tables import check_target, long_table, wide_table, write_table
from core.services.tags.tagging import tagging_of


@app.command()
def tag(
    images: Images,
    vocabulary: Vocabulary = None,
    out: TableFile = None,
    csv_safe: CsvSafe = False,
    wide: Annotated[
        bool, typer.Option("--wide", help="One row an image instead of one an image and tag.")
    ] = False,
    workspace: WorkspaceFolder = None,
    model: Model = None,
    device: Device = "auto",
    batch_size: Batch = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Score every image for every tag; only new tags and new images cost time."""
    terminal = Terminal(as_json, quiet)
    batch_size_of(batch_size)
    if out is not None:
        check_target(out)
    named = tags_of_file(vocabulary)
    folder = folder_of(images, terminal, workspace)
    project, _ = open_embedded(folder, workspace, model, device, batch_size, terminal)
    tags = some(tags_of(project, named, terminal))
    tagged = tagging_of(project).score(project.snapshot(), tags)
    if out is not None:
        write_table(wide_table(tagged) if wide else long_table(tagged), out, csv_safe)
    content = tagged.as_json() | {"out": str(out) if out is not None else None}
    rows = [
        (
            code,
            *(str(count) for count in column.counts().values()),
            *(
                (f"{column.calibration.centre:.2f}", f"{column.calibration.scale:.2f}")
                if column.calibration
                else ("–", "–")
            ),
        )
        for code, column in tagged.columns.items()
    ]
    head = (
        f"{len(tagged.pool)} images, {len(tagged.columns)} tags: {tagged.computed} computed, "
        f"{tagged.reused} reused, in {tagged.seconds:.1f} s.\n\n"
    )
    columns = ("tag", "accepted", "tentative", "rejected", "centre", "scale")
    tail = f"\n\nWritten to {out}." if out is not None else ""
    terminal.result(content, head + table(rows, columns) + tail)
