"""Files beside images that say something of them: ``photo.json`` or ``photo.txt``.

Both ``photo.jpg.json`` and ``photo.json`` are of ``photo.jpg``. An object in JSON gives a column
for each of its names, a text the column ``text``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path, PurePosixPath

import polars as pl

from core.images.names import located
from core.runtime import inputs, roots
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.store.metadata.brought import (
    MOST_CHARACTERS,
    MOST_COLUMNS,
    Brought,
    check_names,
    check_size,
    check_text,
    column_name,
    names_wanted,
)
from core.store.metadata.json_tables import flat
from core.store.table_rows import Rejected

PATH, TEXT = "path", "text"
"""The column of the images' paths, and that of texts."""
STEP = "Reading files beside images"
_ENDS = (".json", ".txt")
_MOST_BYTES = 1_000_000
_REPORT_EVERY = 500


def read_sidecars(
    folder: Path, paths: Sequence[str], report: Report, only: Sequence[str] = ()
) -> Brought:
    """Read what lies beside images.

    Args:
        folder: of the images; paths: theirs, relative to it.
        only: names of the columns that are wanted; all where empty.

    Returns:
        A table with a column for paths; files that cannot be read are among its rejected rows.

    Raises:
        WinnowError: there is none, or they name more columns or hold more than is taken.
        Cancelled: asked to stop.
    """
    rows: list[dict[str, str]] = []
    rejected: list[Rejected] = []
    names: dict[str, None] = {}
    files = length = 0
    for number, (path, beside) in enumerate(_pairs(folder, paths)):
        if number % _REPORT_EVERY == 0:
            report.step(STEP, number, len(paths))
        row: dict[str, str] = {}
        for file in beside:
            files += 1
            row |= _read(file, path, rejected)
        if row:
            rows.append(row | {PATH: path})
            length += sum(map(len, row.values()))
            check_text(str(folder), length)
            names |= dict.fromkeys(row)
            if len(names) > MOST_COLUMNS and not only:
                check_names(str(folder), list(names))
    if not files:
        raise WinnowError(
            f"No file NAME.json or NAME.txt lies beside an image in {folder}: name a table instead."
        )
    check_names(str(folder), list(names), only)
    taken = [PATH, *names_wanted(list(names), only)]
    check_size(str(folder), len(rows), len(taken))
    cells = {name: pl.Series([row.get(name) for row in rows], dtype=pl.String) for name in taken}
    return Brought(cells, [0] * len(rows), rejected)


def _pairs(folder: Path, paths: Sequence[str]) -> Iterator[tuple[str, list[Path]]]:
    """Each image and the files that are of it; each folder is listed once."""
    for parent, group in groupby(sorted(paths, key=_parent), key=_parent):
        where = located(folder, parent) if parent else folder
        try:
            names = {entry.name: entry.name for entry in os.scandir(where)}
        except OSError:
            names = {}
        for path in group:
            name = PurePosixPath(path).name
            stem = name.rpartition(".")[0]
            wanted = [start + end for end in _ENDS for start in (stem, name) if start]
            yield path, [where / each for each in wanted if each in names and each != name]


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _read(file: Path, path: str, rejected: list[Rejected]) -> Mapping[str, str]:
    """The cells of one file; none where it cannot be read, which is put into ``rejected``."""
    try:
        roots.check(file)
        text = inputs.read_text(file, _MOST_BYTES)
        if file.suffix == ".txt":
            cells = {TEXT: text.replace("\0", "").strip()}
        else:
            content = inputs.parse_json(text)
            if not isinstance(content, Mapping):
                raise ValueError("it holds no JSON object")
            named = [(column_name(name), cell) for name, cell in flat(content).items()]
            if len({name for name, _ in named}) < len(named):
                raise ValueError("two of its names are one but for white space")
            cells = {n: cell.replace("\0", "") for n, cell in named if n and n != PATH}
    except (OSError, ValueError, WinnowError) as error:
        rejected.append(Rejected(0, path, "", f"{file.suffix} cannot be read", str(error)[:200]))
        return {}
    if any(len(cell) > MOST_CHARACTERS for cell in cells.values()):
        more = f"more than {MOST_CHARACTERS:,} characters"
        rejected.append(Rejected(0, path, "", "a cell is too long", more))
        return {}
    return cells
