"""``winnow changed``: which images two model files see differently."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from core.cli.shared.opening import batch_size_of, images_of
from core.cli.shared.options import (
    Batch,
    CsvSafe,
    Device,
    Images,
    Json,
    NamesEncoding,
    Quiet,
    app,
    path,
)
from core.cli.shared.terminal import Terminal, table

_PAIRS = 30  # that are listed for people

Before = Annotated[
    Path,
    typer.Option(metavar="A.winnow", help="Earlier model file.", show_default=False, parser=path),
]
After = Annotated[
    Path,
    typer.Option(metavar="B.winnow", help="Later model file.", show_default=False, parser=path),
]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="F.csv", help="List the images in a table.", show_default=False, parser=path
    ),
]


@app.command()
def changed(
    images: Images,
    before: Before,
    after: After,
    out: Out = None,
    device: Device = "auto",
    batch_size: Batch = "auto",
    names_encoding: NamesEncoding = None,
    csv_safe: CsvSafe = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Classify a folder with two model files and list what another class is given."""
    from core.services.deliveries import changed as service
    from core.services.sorter import loading
    from core.services.sorter.results import check_target
    from core.sorter.model_file import read

    terminal = Terminal(as_json, quiet)
    size = batch_size_of(batch_size)
    old, new = read(before), read(after)
    folder = images_of(images, terminal, names_encoding)
    if out is not None:
        check_target(out, folder)
    encoder = terminal.watch(
        lambda report: loading.load(new.content, device, None, report, terminal.note)
    )
    with tempfile.TemporaryDirectory(prefix="winnow-") as place:
        flipped = terminal.watch(
            lambda report: service.changed(
                folder, old, new, encoder, Path(place) / "parts", report, size, terminal.note
            )
        )
    if out is not None:
        service.write(flipped.flips, out, csv_safe)
    rows = [(f"{a} → {b}", f"{n:,}") for (a, b), n in list(flipped.pairs.items())[:_PAIRS]]
    head = f"{len(flipped.flips):,} of {flipped.images:,} images are given another class."
    text = f"{head}\n\n{table(rows, ('class', 'images'))}" if rows else head
    terminal.result(flipped.as_json() | {"out": str(out) if out else None}, text)
