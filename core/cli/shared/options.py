"""What the commands share: the Typer apps, the options that many take, small formatting."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from core.images.sources.address import is_address, parse
from core.images.sources.places import folder_for
from core.learn.models.refining import MINIMUM_IMAGES, RefineMode
from core.prompts.families import FAMILIES
from core.runtime.errors import WinnowError
from core.runtime.typed import address_path
from core.store.labels.postgres import address as label_database

_FAMILIES = [family.key for family in FAMILIES[1:]]

app = typer.Typer(
    name="winnow",
    help="Sort a folder of unlabeled images into your own classes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
labels_app = typer.Typer(help="Move labels in and out of a workspace.", no_args_is_help=True)
app.add_typer(labels_app, name="labels")


def path(text: str) -> Path:
    """A path, also where it comes as a file:// address; named so for the help."""
    if is_address(text):
        raise WinnowError(f"{text.partition('?')[0]} is an address: name a file of this machine.")
    return address_path(text)


def _name_database(text: str | None) -> str | None:
    """Have this process use a label database; the address may hold a password."""
    label_database.name(text)
    return text


def out_path(text: str) -> Path:
    """`path`, also the address of a bucket, which stays one."""
    return Path(str(parse(text))) if is_address(text) else path(text)


def images_path(text: str) -> Path:
    """`path`, also of a bucket or web server: the folder that stands for it."""
    return folder_for(text, named=True) if is_address(text) else path(text)


out_path.__name__ = images_path.__name__ = path.__name__  # what the help calls them

Images = Annotated[
    Path,
    typer.Argument(
        help="Folder with the images, or their address (s3://, gs://, az://, https://).",
        show_default=False,
        parser=images_path,
    ),
]
Classes = Annotated[
    list[str] | None, typer.Argument(help="Class names, instead of --prompts.", show_default=False)
]
Prompts = Annotated[
    Path | None,
    typer.Option(help="YAML file with classes and their prompts.", show_default=False, parser=path),
]
Labels = Annotated[
    Path | None,
    typer.Option(
        help="Table (path,label; CSV or Parquet) with labels that people gave.",
        show_default=False,
        parser=path,
    ),
]
Truth = Annotated[
    Path,
    typer.Option(
        help="Table (path,label; CSV or Parquet) with the true classes, or the word folders for "
        "the names of the folders.",
        parser=path,
    ),
]
Family = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Prompts that bare class names get: auto (those of digits, letters or signs where "
        f"names are numbers or letters), none (general ones), {', '.join(_FAMILIES)}.",
    ),
]
Refine = Annotated[
    RefineMode | None,
    typer.Option(
        help="Refine the classes' prototypes first: auto does from "
        f"{MINIMUM_IMAGES} images on. --refine alone is yes, --no-refine is no "
        "[default: as the question is set in the app, else no].",
        show_default=False,
    ),
]
Vocabulary = Annotated[
    Path | None,
    typer.Option(
        "--vocabulary",
        help="YAML file with tags [default: the workspace's own].",
        show_default=False,
        parser=path,
    ),
]
TableFile = Annotated[
    Path | None,
    typer.Option(help="Table to write, .parquet or .csv.", show_default=False, parser=path),
]
WorkspaceFolder = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        help="Folder for vectors and labels [default: one in your user data folder].",
        show_default=False,
        parser=path,
    ),
]
Question = Annotated[
    str | None,
    typer.Option(
        "--question",
        metavar="NAME",
        help="Which of the workspace's questions, see 'winnow questions' [default: the first].",
        show_default=False,
    ),
]
LabelsDb = Annotated[
    str | None,
    typer.Option(
        "--labels-db",
        metavar="ADDRESS",
        help="PostgreSQL database that the labels are in, postgresql://PERSON@HOST/DATABASE"
        "#COLLECTION; a workspace stays with it [default: the workspace's, else "
        f"{label_database.VARIABLE}, else its own file].",
        callback=_name_database,
        show_default=False,
    ),
]
NamesEncoding = Annotated[
    str | None,
    typer.Option(
        "--names-encoding",
        help="Encoding of the names in an archive, e.g. shift-jis, big5, gbk, cp1252 "
        "[default: found out].",
        show_default=False,
    ),
]
CsvSafe = Annotated[
    bool,
    typer.Option("--csv-safe", help="Put ' before cells of CSV files that look like formulas."),
]
Model = Annotated[
    str | None,
    typer.Option(
        help="Encoder, see 'winnow models' [default: the workspace's, else starter].",
        show_default=False,
    ),
]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notes.")]
Strict = Annotated[bool, typer.Option(help="Exit with 1 when images were rejected.")]
Batch = Annotated[str, typer.Option(help="Images a forward pass: auto or a number.")]
Mode = Literal["copy", "hardlink", "symlink"]


def leave(with_rejects: bool) -> None:
    """Exit with 1 when images were rejected and the user asked to be told so."""
    if with_rejects:
        raise typer.Exit(1)


def percent(value: float | None) -> str:
    """A share for people; a dash for none."""
    return "–" if value is None else f"{value:.1%}"


def megabytes(count: int | None) -> str:
    """A size for people."""
    return "unknown" if count is None else f"{count / 1e6:,.0f} MB"
