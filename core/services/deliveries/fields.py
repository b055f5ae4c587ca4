"""Fields of a delivery: metadata that comes with it, of the whole and of each image."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.images.names import as_text, shown
from core.project.spelled import Spellings
from core.runtime.errors import WinnowError
from core.runtime.spelling import clean, same
from core.services.deliveries.field_table import MOST_FIELDS, MOST_NAME, MOST_VALUE, FieldTable
from core.store.table_rows import Rejected

_UNCLEAR = "means several images"
_NO_IMAGE = "no image of the delivery"


@dataclass(frozen=True)
class Fields:
    """What is said of a delivery and its images.

    Attributes:
        whole: field → value, of all images.
        required: names of the fields that each image must have.
        table: of single images, which goes before ``whole``; None without one.
    """

    whole: Mapping[str, str] = field(default_factory=dict)
    required: Sequence[str] = ()
    table: FieldTable | None = None

    def check(self) -> None:
        """Refuse a delivery in which nothing can hold a required field.

        Raises:
            WinnowError: a field is neither one of the whole nor a column of the table.
        """
        there = {same(name) for name in (*self.whole, *(self.table.columns if self.table else ()))}
        lacks = [name for name in self.required if same(name) not in there]
        if lacks:
            raise WinnowError(
                f"The delivery lacks {', '.join(map(shown, lacks))}: give --field {lacks[0]}=VALUE "
                f"for all of its images, or a table with a column {lacks[0]} with --fields."
            )


@dataclass(frozen=True)
class Filled:
    """The fields of each image.

    Attributes:
        values: (N,) field → value; missing: (N,) required fields that an image lacks.
        rejected: rows of the table that do not count.
    """

    values: list[dict[str, str]]
    missing: list[list[str]]
    rejected: list[Rejected]


def from_pairs(pairs: Iterable[str]) -> dict[str, str]:
    """Fields of a whole delivery, from texts ``name=value``.

    Raises:
        WinnowError: one is no such text, or two are of one name.
    """
    result: dict[str, str] = {}
    for pair in map(as_text, pairs):
        name, sign, value = pair.partition("=")
        if not sign or not clean(name) or not clean(value):
            raise WinnowError(f"{pair[:200]!r} is no field: write --field name=value.")
        result |= _one(clean(name), clean(value), result)
    return result


def _one(name: str, value: str, before: Mapping[str, str]) -> dict[str, str]:
    if len(name) > MOST_NAME or len(value) > MOST_VALUE or len(before) >= MOST_FIELDS:
        raise WinnowError(
            f"The field {name[:MOST_NAME]} is too much: at most {MOST_FIELDS} fields, with "
            f"{MOST_NAME} characters for the name and {MOST_VALUE:,} for the value."
        )
    if same(name) in map(same, before):
        raise WinnowError(f"The field {name} is there twice: give it once.")
    return {name: value}


def names_of(text: str) -> list[str]:
    """Names of required fields, from "a,b"; each once."""
    result: dict[str, str] = {}
    for name in map(clean, as_text(text).split(",")):
        if name:
            result.setdefault(same(name), name)
    return list(result.values())


def fill(fields: Fields, paths: Sequence[str], folder: Path) -> Filled:
    """Match the rows of the table to images, and see what each image lacks.

    Args:
        paths: (N,) relative paths of the images in ``folder``.
    """
    own: list[dict[str, str]] = [{} for _ in paths]
    rejected: list[Rejected] = []
    if fields.table is not None:
        rejected += fields.table.rejected
        _lay(fields.table, paths, folder, own, rejected)
    spelled = _spelled(fields)
    values = [_merged(fields.whole, single, spelled) for single in own]
    missing = [[name for name in fields.required if name not in one] for one in values]
    return Filled(values, missing, sorted(rejected, key=lambda row: row.line))


def _lay(
    table: FieldTable,
    paths: Sequence[str],
    folder: Path,
    own: list[dict[str, str]],
    rejected: list[Rejected],
) -> None:
    rows = {path: row for row, path in enumerate(paths)}
    spellings = Spellings(paths, str(folder))
    for path, values in table.rows.items():
        places = [path] if path in rows else spellings.find(path)
        if len(places) != 1:
            why = _UNCLEAR if places else _NO_IMAGE
            rejected.append(Rejected(table.lines[path], path, "", why))
            continue
        before = own[rows[places[0]]]
        if before and before != values:
            rejected.append(Rejected(table.lines[path], path, "", "another row of the same image"))
            continue
        before |= values


def _spelled(fields: Fields) -> dict[str, str]:
    """What names of fields share → one spelling, that of the required one first."""
    columns = fields.table.columns if fields.table else []
    result: dict[str, str] = {}
    for name in (*fields.required, *fields.whole, *columns):
        result.setdefault(same(name), name)
    return result


def _merged(
    whole: Mapping[str, str], single: Mapping[str, str], spelled: Mapping[str, str]
) -> dict[str, str]:
    both = {spelled[same(name)]: value for name, value in whole.items()}
    return both | {spelled[same(name)]: value for name, value in single.items()}
