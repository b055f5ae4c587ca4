"""Tables in JSON: an object a line, or one list of objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl

from core.images.names import shown
from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.store.metadata.brought import (
    MOST_COLUMNS,
    Brought,
    and_nul,
    check_cells,
    check_names,
    check_size,
    check_text,
    column_name,
    names_wanted,
    without_nul,
)
from core.store.table_rows import Rejected

JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")
_NO_OBJECT = "no JSON object"
_BATCH = 4_096
_MOST_KEYS = 50_000  # different ones in a file; beyond that they are values, not names
_DEEPEST = 4


def read_json(path: Path, only: Sequence[str] = ()) -> Brought:
    """Read a table in JSON; see `core.store.metadata.reading.read_brought`.

    Objects within objects become columns ``outer.inner``, lists are written with commas.
    """
    text = _text(path)
    rejected: list[Rejected] = []
    names: dict[str, str] = {}
    frames, lines = [], list[int]()
    length = zeros = 0
    rows = _objects(path, text, rejected)
    while batch := list(islice(rows, _BATCH)):
        flats = [_named(flat(each), names) for _, each in batch]
        every = list(names.values())
        if len(every) > (_MOST_KEYS if only else MOST_COLUMNS):
            check_names(str(path), every, only)
        wanted = set(names_wanted(every, only))
        at = [line for line, _ in batch]
        length += sum(len(cell) for each in flats for cell in each.values())
        check_text(str(path), length)
        frame, nul = without_nul(
            pl.DataFrame(
                [
                    pl.Series(str(place), [each.get(name) for each in flats], pl.String)
                    for place, name in enumerate(every)
                    if name in wanted
                ]
            )
        )
        zeros += nul
        check_cells(str(path), every, frame, at)
        lines += at
        check_size(str(path), len(lines), len(names))
        frames.append(frame if frame.width else pl.DataFrame({"": [None] * len(at)}))
    if not lines:
        raise WinnowError(f"{path} holds no JSON object: write one on each line.")
    check_names(str(path), list(names.values()), only)
    whole = pl.concat(frames, how="diagonal_relaxed")
    places = {name: str(place) for place, name in enumerate(names.values())}
    cells = {name: whole[place] for name, place in places.items() if place in whole.columns}
    return Brought(cells, lines, rejected, and_nul("", zeros))


def flat(content: Mapping[str, Any], before: str = "", depth: int = 0) -> dict[str, str]:
    """An object as cells of text: its names, those of objects within joined by points."""
    cells: dict[str, str] = {}
    for key, value in content.items():
        name = f"{before}{key}"
        if isinstance(value, Mapping) and value and depth < _DEEPEST:
            cells |= flat(value, f"{name}.", depth + 1)
        else:
            cells[name] = _cell(value)
    return cells


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, list):
        return ", ".join(map(_cell, value))
    return str(value)


def _named(cells: Mapping[str, str], names: dict[str, str]) -> dict[str, str]:
    """Cells under the names of columns; new ones are added to ``names`` (key → name)."""
    for key in cells:
        if key not in names:
            names[key] = column_name(key) or "column"
    return {names[key]: cell for key, cell in cells.items()}


def _text(path: Path) -> str:
    try:
        return inputs.read_text(path, inputs.TABLE_BYTES)
    except FileNotFoundError:
        raise WinnowError(f"The file {path} does not exist: check its name.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise WinnowError(
            f"{path} cannot be read as JSON ({error}): save it as JSON Lines in UTF-8."
        ) from error


def _objects(
    path: Path, text: str, rejected: list[Rejected]
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Line and content of each object; what is none is put into ``rejected``."""
    if text.lstrip()[:1] == "[":
        try:
            listed = inputs.parse_json(text)
        except ValueError as error:
            raise WinnowError(f"{path} cannot be read as JSON ({error}): correct it.") from None
        pairs: Iterator[tuple[int, Any]] = iter(enumerate(listed, 1))
    else:
        pairs = ((n, _parsed(line)) for n, line in enumerate(text.split("\n"), 1) if line.strip())
    for line, content in pairs:
        if isinstance(content, Mapping):
            yield line, content
        else:
            rejected.append(Rejected(line, "", shown(str(content)[:200]), _NO_OBJECT))


def _parsed(line: str) -> Any:
    try:
        return inputs.parse_json(line)
    except ValueError:
        return line
