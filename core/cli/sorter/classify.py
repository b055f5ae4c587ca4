"""``winnow classify``: any folder, with a model file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli.shared.opening import batch_size_of, images_of
from core.cli.shared.options import (
    Batch,
    CsvSafe,
    Device,
    Images,
    Json,
    Mode,
    NamesEncoding,
    Quiet,
    Strict,
    TableFile,
    app,
    leave,
    path,
)
from core.cli.shared.terminal import Terminal
from core.cli.sorter.options import SHOWN, Encoder, ModelFile
from core.images.names import shown

if TYPE_CHECKING:
    from core.services.sorter.results import Tally

Folders = Annotated[
    Path | None,
    typer.Option(
        metavar="OUT", help="New folder for class folders.", show_default=False, parser=path
    ),
]
Below = Annotated[
    float | None,
    typer.Option(help="Predictions less probable than this are for review, in review/."),
]


@app.command()
def classify(
    images: Images,
    model_file: ModelFile,
    out: TableFile = None,
    folders: Folders = None,
    mode: Annotated[Mode, typer.Option(help="How files come into the class folders.")] = "copy",
    review_below: Below = None,
    model: Encoder = None,
    device: Device = "auto",
    batch_size: Batch = "auto",
    names_encoding: NamesEncoding = None,
    csv_safe: CsvSafe = False,
    strict: Strict = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Classify a folder or archive with a model file; needs no workspace and makes none."""
    from core.services.sorter import folders as class_folders
    from core.services.sorter import loading, running
    from core.sorter.model_file import read

    terminal = Terminal(as_json, quiet)
    size = batch_size_of(batch_size)
    options = class_folders.options(mode, review_below, csv_safe)
    wanted = running.Wanted(options, out, folders)
    sorter = read(model_file)
    folder = images_of(images, terminal, names_encoding)
    wanted.check(folder)
    encoder = terminal.watch(
        lambda report: loading.load(sorter.content, device, model, report, terminal.note)
    )
    outcome = terminal.watch(
        lambda report: running.run(
            folder, sorter, encoder, wanted, report, size, terminal.note, sys.argv
        )
    )
    _tell_rejected(outcome.counted, terminal)
    terminal.result(outcome.as_json(), outcome.as_text())
    leave(strict and bool(outcome.counted.rejected))


def _tell_rejected(counted: Tally, terminal: Terminal) -> None:
    """The first rejected files one by one, then all of them by reason."""
    for name, why in counted.rejections[:SHOWN]:
        terminal.note(f"rejected {shown(name)}: {why}")
    if counted.rejected > SHOWN:
        for why, count in counted.reasons.most_common():
            terminal.note(f"rejected in all {count:,}: {why}")
