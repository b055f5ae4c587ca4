"""``winnow tag``: a column for every tag of a vocabulary."""

from __future__ import annotations

from pathlib import Path
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
    path,
    percent,
)
from core.cli.shared.tags import some, tags_of, tags_of_file
from core.cli.shared.terminal import Terminal, table
from core.services.tags.statistics import statistics as statistics_of
from core.services.tags.statistics import statistics_json, statistics_table
from core.services.tags.tables import check_target, long_table, wide_table, write_table
from core.services.tags.tagged import Tagged
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
    statistics: Annotated[
        bool,
        typer.Option(
            "--statistics",
            help="Show the similarities a tag instead: least, mean, most, spread, shares of bands.",
        ),
    ] = False,
    statistics_out: Annotated[
        Path | None,
        typer.Option(
            help="Write that as a table, .parquet or .csv.", show_default=False, parser=path
        ),
    ] = None,
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
    for target in filter(None, (out, statistics_out)):
        check_target(target)
    named = tags_of_file(vocabulary)
    folder = folder_of(images, terminal, workspace)
    project, _ = open_embedded(folder, workspace, model, device, batch_size, terminal)
    tags = some(tags_of(project, named, terminal))
    tagged = tagging_of(project).score(project.snapshot(), tags)
    if out is not None:
        write_table(wide_table(tagged) if wide else long_table(tagged), out, csv_safe)
    if statistics_out is not None:
        write_table(statistics_table(tagged), statistics_out, csv_safe)
    content = tagged.as_json() | {"out": str(out) if out is not None else None}
    for code, figures in statistics_json(tagged).items():
        content["per_tag"][code] |= figures
    content["statistics_out"] = str(statistics_out) if statistics_out is not None else None
    head = (
        f"{len(tagged.pool)} images, {len(tagged.columns)} tags: {tagged.computed} computed, "
        f"{tagged.reused} reused, in {tagged.seconds:.1f} s.\n\n"
    )
    tail = "".join(f"\n\nWritten to {target}." for target in (out, statistics_out) if target)
    terminal.result(content, head + (_figures(tagged) if statistics else _bands(tagged)) + tail)


def _bands(tagged: Tagged) -> str:
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
    return table(rows, ("tag", "accepted", "tentative", "rejected", "centre", "scale"))


def _figures(tagged: Tagged) -> str:
    """A row a tag: its similarities, then the shares of the bands."""

    def figure(value: float | None) -> str:
        return "–" if value is None else f"{value:.4f}"

    rows = [
        (
            code,
            *map(figure, (row.least, row.mean, row.most, row.spread)),
            *map(percent, (row.accepted, row.tentative, row.rejected)),
        )
        for code, row in statistics_of(tagged).items()
    ]
    heads = ("tag", "least", "mean", "most", "spread", "accepted", "tentative", "rejected")
    return table(rows, heads)
