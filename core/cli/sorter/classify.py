"""``winnow classify``: any folder, with a model file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli.shared import engines
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
    app,
    leave,
    out_path,
    path,
)
from core.cli.shared.terminal import Terminal
from core.cli.sorter.options import SHOWN, Encoder, ModelFile
from core.images.names import shown
from core.images.sources.address import is_address
from core.runtime.errors import WinnowError

if TYPE_CHECKING:
    from core.services.sorter.cluster.running import Outcome as ClusterOutcome
    from core.services.sorter.results import Tally
    from core.services.sorter.running import Outcome
    from core.services.sorter.words.speech import Speech
    from core.sorter.sorter import Sorter

Table = Annotated[
    Path | None,
    typer.Option(
        help="Table to write, .parquet or .csv; with --engine ray a folder for its parts, or its "
        "address.",
        show_default=False,
        parser=out_path,
    ),
]
Folders = Annotated[
    Path | None,
    typer.Option(
        metavar="OUT",
        help="New folder for class folders, or its address.",
        show_default=False,
        parser=out_path,
    ),
]
Below = Annotated[
    float | None,
    typer.Option(help="Predictions less probable than this are for review, in review/."),
]
Words = Annotated[
    Path | None,
    typer.Option(
        help="Table with words, a row an image, for a model file that reads them [default: "
        "pictures alone].",
        show_default=False,
        parser=path,
    ),
]
Key = Annotated[
    str,
    typer.Option(
        metavar="path|name|COLUMN",
        help="How rows of the table name images: by relative path, by file name, or by a column "
        "that holds either [default: found out].",
        show_default=False,
    ),
]
OtherWords = Annotated[
    str | None,
    typer.Option(
        metavar="TEMPLATE",
        help='Columns of the table that speak, such as "{title}. {keywords}" [default: those of '
        "the model file].",
        show_default=False,
    ),
]


@app.command()
def classify(
    images: Images,
    model_file: ModelFile,
    out: Table = None,
    folders: Folders = None,
    mode: Annotated[Mode, typer.Option(help="How files come into the class folders.")] = "copy",
    review_below: Below = None,
    metadata: Words = None,
    key: Key = "",
    words: OtherWords = None,
    model: Encoder = None,
    device: Device = "auto",
    batch_size: Batch = "auto",
    engine: engines.Engine = "local",
    ray_address: engines.RayAddress = None,
    gpus: engines.Gpus = 0,
    names_encoding: NamesEncoding = None,
    csv_safe: CsvSafe = False,
    strict: Strict = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Classify a folder or archive with a model file; needs no workspace and makes none.

    With --engine ray a cluster does it, for many millions of images: see docs/scale.md.
    """
    from core.services.sorter import folders as class_folders
    from core.services.sorter import loading, running
    from core.sorter.model_file import read

    terminal = Terminal(as_json, quiet)
    size = batch_size_of(batch_size)
    options = class_folders.options(mode, review_below, csv_safe)
    if (ray := engines.engine_of(engine, ray_address, gpus, device)) is not None:
        from core.cli.sorter import on_cluster

        refused = {"--folders": folders, "--metadata": metadata, "--key": key, "--words": words}
        place = on_cluster.check(out, refused | {"--csv-safe": csv_safe})
        ended = on_cluster.classify(
            images, model_file, place, ray, terminal, model, size, review_below, names_encoding
        )
        _tell(ended, terminal, strict)
        return
    if out is not None and is_address(out):
        raise WinnowError(f"{out} is an address: name a file of this machine, or add --engine ray.")
    wanted = running.Wanted(options, out, folders)
    sorter = read(model_file)
    speech = _speech(sorter, metadata, key, words, terminal)
    folder = images_of(images, terminal, names_encoding)
    wanted.check(folder)
    encoder = terminal.watch(
        lambda report: loading.load(sorter.content, device, model, report, terminal.note)
    )
    outcome = terminal.watch(
        lambda report: running.run(
            folder, sorter, encoder, wanted, report, size, terminal.note, sys.argv, speech
        )
    )
    _tell(outcome, terminal, strict)


def _speech(
    sorter: Sorter, table: Path | None, key: str, words: str | None, terminal: Terminal
) -> Speech | None:
    """What the table says; None without one."""
    from core.services.sorter.words.speech import of_table, template_of

    if table is None:
        if key or words is not None:
            raise WinnowError(
                "--key and --words are about a table: name it with --metadata, or leave them out."
            )
        return None
    return of_table(table, template_of(sorter, words), key, terminal.note)


def _tell(outcome: Outcome | ClusterOutcome, terminal: Terminal, strict: bool) -> None:
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
