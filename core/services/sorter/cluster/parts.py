"""What lies in a folder of predictions, and what of it is still missing.

``run.json`` says what the parts follow from and is written first. ``part-000000.parquet`` … hold
the rows of 1,024 files each, in the order of the listing, as the table of `winnow classify` does;
``rejected-000000.csv`` the files of no use among them, if any, and is there before its part.
``manifest.json`` comes last: without it the folder is unfinished.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

import polars as pl

from core.images.names import shown
from core.runtime.csv_rows import write_rows
from core.runtime.errors import WinnowError
from core.services.sorter.cluster.placing import Place
from core.services.sorter.results import LISTED, Tally

RUN, MANIFEST = "run.json", "manifest.json"
_OURS = re.compile(r"part-\d{6,}\.parquet|rejected-\d{6,}\.csv|run\.json|manifest\.json")


@dataclass
class Counts:
    """What became of the files of a part.

    Attributes:
        classes: class → images in it, those for review left out.
        rejected: path and reason of files of no use.
    """

    part: int
    classes: dict[str, int]
    review: int = 0
    rejected: list[tuple[str, str]] = field(default_factory=list)

    def as_json(self) -> str:
        """Text for `from_json`."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Counts:
        """The way back from `as_json`."""
        content = json.loads(text)
        pairs = [(path, why) for path, why in content.pop("rejected")]
        return cls(**content, rejected=pairs)


def counts_of(
    part: int, table: pl.DataFrame, rejected: Sequence[tuple[str, str]], below: float | None
) -> Counts:
    """Count a part.

    Args:
        table: its rows, see `core.services.sorter.results.write_table`.
        below: predictions less probable than this are for review.
    """
    sure = table if below is None else table.filter(pl.col("probability") >= pl.lit(below))
    classes = dict(sure.group_by("class").len().iter_rows())
    return Counts(part, classes, len(table) - len(sure), list(rejected))


def write_part(
    place: Place, part: int, table: pl.DataFrame, rejected: Sequence[tuple[str, str]]
) -> None:
    """Write the rows of a part, and what was rejected of it before.

    Raises:
        StorageError: the place cannot be written.
    """
    if rejected:
        text = io.StringIO(newline="")
        write_rows(text, [("path", "reason"), *rejected])
        place.write(_rejected(part), text.getvalue().encode("utf-8", "backslashreplace"))
    buffer = io.BytesIO()
    table.write_parquet(buffer, compression="zstd")
    place.write(_part(part), buffer.getvalue())


def read_counts(place: Place, part: int, names: set[str], below: float | None) -> Counts:
    """Count a part that an earlier run wrote.

    Args:
        names: of what is there.

    Raises:
        WinnowError: it is gone or damaged.
    """
    try:
        data = io.BytesIO(place.read(_part(part)))
        table = pl.read_parquet(data, columns=["class", "probability"])
    except pl.exceptions.PolarsError as error:
        raise WinnowError(
            f"{_part(part)} in {shown(place.where)} is damaged: delete it and classify once more."
        ) from error
    rejected: list[tuple[str, str]] = []
    if _rejected(part) in names:
        text = place.read(_rejected(part)).decode()
        rejected = [(path, why) for path, why in csv.reader(io.StringIO(text, newline=""))][1:]
    return counts_of(part, table, rejected, below)


def begin(place: Place, basis: Mapping[str, str]) -> set[str]:
    """Begin a run, or go on with an earlier one; names of what is there.

    Args:
        basis: what the parts follow from, by what people call it.

    Raises:
        WinnowError: what is there follows from something else.
    """
    names = place.names()
    if others := {name for name in names if not _OURS.fullmatch(name)}:
        raise WinnowError(
            f"{shown(place.where)} holds files of something else ({len(others):,}, such as "
            f"{shown(min(others))}): name another place or delete them."
        )
    if RUN not in names:
        if names:
            raise WinnowError(
                f"{shown(place.where)} holds parts that do not say what they follow from "
                f"({RUN} is gone): name another place or delete them."
            )
        place.write(RUN, json.dumps(dict(basis), indent=1).encode())
        return set()
    try:
        before = dict(json.loads(place.read(RUN)))
    except (ValueError, TypeError):
        before = {}
    if differing := [name for name, value in basis.items() if before.get(name) != value]:
        raise WinnowError(
            f"{shown(place.where)} holds predictions of another run ({differing[0]} was another "
            "then): name another place or delete them."
        )
    return names


def missing(count: int, names: set[str]) -> list[int]:
    """Numbers of the parts that are not there, rising."""
    return [part for part in range(count) if _part(part) not in names]


def add(tally: Tally, counts: Counts) -> None:
    """Add a part to the counts of a run."""
    for name, images in counts.classes.items():
        tally.classes[name] += images
    tally.classified += sum(counts.classes.values()) + counts.review
    tally.review += counts.review
    tally.reasons += Counter(why for _, why in counts.rejected)
    tally.rejections += counts.rejected[: LISTED - len(tally.rejections)]


def _part(number: int) -> str:
    return f"part-{number:06d}.parquet"


def _rejected(number: int) -> str:
    return f"rejected-{number:06d}.csv"
