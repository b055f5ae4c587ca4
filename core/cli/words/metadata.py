"""``winnow metadata``: columns that come with images: imported, shown, taken back."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli.shared.opening import project_of
from core.cli.shared.options import Images, Json, Quiet, WorkspaceFolder, app, path
from core.cli.shared.terminal import Terminal, table
from core.images.names import shown
from core.project.snapshot import Snapshot
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.store.csv_tables import write_rejected
from core.store.metadata.versions import take_back, versions_of

if TYPE_CHECKING:
    from core.services.data.metadata.review import MetadataReview

metadata_app = typer.Typer(
    help="Columns that come with images: prices, dates, titles.", no_args_is_help=True
)
app.add_typer(metadata_app, name="metadata")
_LISTED = 20  # columns in a line
_CELL = 40  # characters of an example


@metadata_app.command("import")
def import_(
    images: Images,
    file: Annotated[
        Path | None,
        typer.Argument(
            help="Table (CSV, Parquet, JSON Lines or Excel), a row an image.",
            show_default=False,
            parser=path,
        ),
    ] = None,
    key: Annotated[
        str,
        typer.Option(
            metavar="path|name|COLUMN",
            help="How rows name images: by relative path, by file name, or by a column that holds "
            "either, or file names without their ending [default: found out].",
            show_default=False,
        ),
    ] = "",
    columns: Annotated[
        str,
        typer.Option(metavar="A,B", help="Columns to take [default: all].", show_default=False),
    ] = "",
    sidecars: Annotated[
        bool, typer.Option("--sidecars", help="Read NAME.json and NAME.txt beside the images.")
    ] = False,
    exif: Annotated[
        bool, typer.Option("--exif", help="Read when and with which camera images were taken.")
    ] = False,
    gps: Annotated[
        bool, typer.Option("--gps", help="With --exif: read where they were taken, too.")
    ] = False,
    rejected: Annotated[
        Path | None,
        typer.Option(
            help="CSV file to write: the rows that do not count, with reasons.",
            show_default=False,
            parser=path,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, do nothing.")
    ] = False,
    workspace: WorkspaceFolder = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Take columns from a table, from files beside the images or from what cameras wrote."""
    from core.services.data.metadata import importing

    terminal = Terminal(as_json, quiet)
    _check_source(file, sidecars, exif, gps, bool(key))
    only = [name for name in (part.strip() for part in columns.split(",")) if name]
    snapshot = embedded_snapshot(images, workspace, terminal)
    if file is not None:
        done, what = importing.of_table(snapshot, file, key, only), shown(file.name)
    elif sidecars:
        done = terminal.watch(lambda report: importing.of_sidecars(snapshot, report, only))
        what = importing.SIDECARS
    else:
        done = terminal.watch(lambda report: importing.of_exif(snapshot, gps, report))
        what = importing.EXIF
    if not dry_run:
        importing.import_metadata(snapshot, done, what)
    if rejected is not None:
        write_rejected(rejected, done.rejected)
    for sentence in done.remarks(what[0].upper() + what[1:] if file is None else what):
        terminal.note(sentence)
    terminal.result(_content(done), _as_text(done, dry_run))


@metadata_app.command("show")
def show(
    images: Images,
    workspace: WorkspaceFolder = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """List the columns with their types, how many images have a value, and the imports."""
    from core.services.data.metadata.review import looks

    terminal = Terminal(as_json, quiet)
    snapshot = embedded_snapshot(images, workspace, terminal)
    columns, imports = looks(snapshot), versions_of(snapshot.workspace.root)
    rows = [
        (shown(one.name), one.kind, f"{one.filled:,}", ", ".join(map(_short, one.examples)))
        for one in columns
    ]
    text = table(rows, ("column", "type", "images", "examples"))
    if imports:
        last = imports[-1]
        text += f"\n\nLast import: {shown(last.what)}, {_when(last.time)}; 'undo' takes it back."
    if not columns:
        text = "No columns were imported yet: winnow metadata import IMAGES FILE."
    terminal.result(
        {
            "images": len(snapshot),
            "columns": {
                one.name: {"type": one.kind, "filled": one.filled, "examples": list(one.examples)}
                for one in columns
            },
            "imports": [
                {"what": each.what, "time": _when(each.time), "columns": each.added}
                for each in imports
            ],
        },
        text,
    )


@metadata_app.command("undo")
def undo(
    images: Images, workspace: WorkspaceFolder = None, as_json: Json = False, quiet: Quiet = False
) -> None:
    """Take the last import of columns back."""
    terminal = Terminal(as_json, quiet)
    snapshot = embedded_snapshot(images, workspace, terminal)
    gone = take_back(snapshot.workspace.root)
    left = embedded_snapshot(images, workspace, terminal).metadata
    listed = ", ".join(map(shown, gone.added[:_LISTED])) + (
        " …" if len(gone.added) > _LISTED else ""
    )
    terminal.result(
        {"undone": gone.what, "columns": dict(left.kinds)},
        f"The import of {shown(gone.what)} is taken back ({listed}); the collection has "
        f"{len(left.names)} columns now.",
    )


def _check_source(file: Path | None, sidecars: bool, exif: bool, gps: bool, key: bool) -> None:
    if (file is not None) + sidecars + exif != 1:
        raise WinnowError("Name one source: a table, --sidecars or --exif.")
    if gps and not exif:
        raise WinnowError("--gps goes with --exif: add that, or leave --gps out.")
    if key and file is None:
        raise WinnowError("--key names a column of a table: name the table, or leave --key out.")


def embedded_snapshot(images: Path, workspace: Path | None, terminal: Terminal) -> Snapshot:
    """The collection of a folder; one that was moved finds its workspace again."""
    snapshot = project_of(images, workspace, None, terminal).snapshot(Vocabulary())
    if not len(snapshot):
        raise WinnowError(
            f"No image of {shown(images)} is embedded yet: run winnow embed on that folder first."
        )
    return snapshot


def _content(done: MetadataReview) -> dict[str, object]:
    return {
        "rows": done.rows,
        "matched": done.matched,
        "unmatched": done.unmatched,
        "columns": dict(done.kinds),
        "key": done.key,
        "replaced": [column.name for column in done.columns if column.replaces],
        "rejected": done.reasons,
    }


def _as_text(done: MetadataReview, dry_run: bool) -> str:
    listed = [f"{shown(name)} ({kind})" for name, kind in done.kinds.items()]
    more = " …" if len(listed) > _LISTED else ""
    verb = "would get" if dry_run else "got"
    return (
        f"{done.matched:,} images {verb} {len(listed)} columns: "
        f"{', '.join(listed[:_LISTED])}{more}.\n"
        f"{done.unmatched:,} of {done.rows:,} rows name no embedded image."
    )


def _short(text: str) -> str:
    line = shown(" ".join(text.split()))
    return line if len(line) <= _CELL else line[: _CELL - 1] + "…"


def _when(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
