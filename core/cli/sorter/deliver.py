"""``winnow deliver``: the next batch of images, received by a model file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli.shared.opening import batch_size_of, images_of
from core.cli.shared.options import (
    Batch,
    CsvSafe,
    Device,
    Json,
    NamesEncoding,
    Quiet,
    Strict,
    TableFile,
    app,
    leave,
    path,
)
from core.cli.shared.terminal import Terminal, table
from core.cli.sorter.options import SHOWN, Encoder, ModelFile
from core.images.names import shown

if TYPE_CHECKING:
    from core.services.deliveries.receiving import Delivery

Source = Annotated[
    Path,
    typer.Argument(metavar="ARCHIVE|FOLDER", help="The delivery.", show_default=False, parser=path),
]
Required = Annotated[
    str,
    typer.Option(metavar="A,B", help="Fields that each image must have.", show_default=False),
]
FieldFile = Annotated[
    Path | None,
    typer.Option(
        metavar="F.csv",
        help="Table (CSV or Parquet) with a column path and one for each field.",
        show_default=False,
        parser=path,
    ),
]
Field = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=VALUE",
        help="A field of the whole delivery; may be repeated.",
        show_default=False,
    ),
]
Deliveries = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Where deliveries are on record [default: one in your user data folder for each "
        "name of a model file].",
        show_default=False,
        parser=path,
    ),
]


@app.command()
def deliver(
    source: Source,
    model_file: ModelFile,
    required: Required = "",
    fields: FieldFile = None,
    field: Field = None,
    deliveries: Deliveries = None,
    out: TableFile = None,
    model: Encoder = None,
    device: Device = "auto",
    batch_size: Batch = "auto",
    names_encoding: NamesEncoding = None,
    csv_safe: CsvSafe = False,
    strict: Strict = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Receive the next delivery: classify it and say how it differs from what was before."""
    from core.services.deliveries import receiving, telling
    from core.services.deliveries.field_table import read_fields
    from core.services.deliveries.fields import Fields, from_pairs, names_of
    from core.services.sorter import loading
    from core.services.sorter.results import check_target
    from core.sorter.model_file import read
    from core.store.places import deliveries_root

    terminal = Terminal(as_json, quiet)
    size, whole = batch_size_of(batch_size), from_pairs(field or ())
    sorter = read(model_file)
    about = Fields(whole, names_of(required), read_fields(fields) if fields else None)
    about.check()
    folder = images_of(source, terminal, names_encoding)
    if out is not None:
        check_target(out, folder)
    encoder = terminal.watch(
        lambda report: loading.load(sorter.content, device, model, report, terminal.note)
    )
    place = (deliveries or deliveries_root(sorter.content.name)).absolute()
    delivery = terminal.watch(
        lambda report: receiving.receive(
            folder, sorter, encoder, about, place, source.absolute().name, report, size,
            terminal.note,
        )
    )  # fmt: skip
    if out is not None:
        telling.write_table(delivery.record, delivery.frame, out, csv_safe)
    _tell(delivery, terminal)
    content = telling.as_json(delivery)
    content |= {"deliveries": str(place), "out": str(out) if out else None}
    terminal.result(content, _text(delivery))
    leave(strict and bool(delivery.record.rejected or delivery.record.missing))


def _text(delivery: Delivery) -> str:
    from core.services.deliveries.telling import summary

    rows = [
        (one.name, f"{one.share:.1%}", f"{one.low:.1%}–{one.high:.1%}", f"{one.before:.1%}")
        for one in delivery.record.shares
    ]
    heads = ("class", "share", "95 % interval", "before")
    return "\n".join([*summary(delivery.record), "", table(rows, heads)])


def _tell(delivery: Delivery, terminal: Terminal) -> None:
    """What concerns single files: those of no use, rows of the table, fields that are missing."""
    from core.services.deliveries.telling import missing
    from core.store.table_rows import in_words

    if delivery.before:
        terminal.note(
            f"The same images were received on {delivery.before[:10]} already: they are compared "
            "with what came before, and that record is renewed."
        )
    for name, why in delivery.problems[:SHOWN]:
        terminal.note(f"rejected {shown(name)}: {why}")
    if (more := len(delivery.problems) - SHOWN) > 0:
        terminal.note(f"{more:,} more rejected")
    if delivery.filled.rejected:
        terminal.note(f"Rows of the table that do not count: {in_words(delivery.filled.rejected)}")
    lacking = missing(delivery.record, delivery.frame)
    for name, names in lacking[:SHOWN]:
        terminal.note(f"{shown(name)} lacks {', '.join(names)}")
    if (more := len(lacking) - SHOWN) > 0:
        terminal.note(f"{more:,} more lack a required field")
