"""Columns taken into a collection, from tables, files beside images and cameras; taken back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from core.images.exif import Exif, exif_of
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.services.data.metadata.matching import BY_NAME, BY_PATH
from core.services.data.metadata.review import MetadataReview, review
from core.store.metadata.brought import Brought
from core.store.metadata.merging import merged
from core.store.metadata.reading import read_brought
from core.store.metadata.sidecars import PATH, read_sidecars
from core.store.metadata.versions import (
    Version,
    changing,
    load_metadata,
    save_metadata,
)
from core.store.people.gate import doing
from core.store.people.roles import IMPORT
from core.store.table_rows import Rejected

SIDECARS, EXIF = "files beside images", "EXIF data"
"""What imports without a table are called in the list."""
_TIME, _CAMERA, _LATITUDE, _LONGITUDE = (
    "exif_time", "exif_camera", "exif_latitude", "exif_longitude",
)  # fmt: skip
_STEP = "Reading EXIF data"
_REPORT_EVERY = 200


def of_table(
    snapshot: Snapshot, path: Path, key: str = "", only: Sequence[str] = ()
) -> MetadataReview:
    """What a table would do.

    Args:
        key: the column that names images, or how it does; see `review`.
        only: names of the columns to take; all where empty.

    Raises:
        WinnowError: the file is no table that can be read, or none of its rows names an image.
    """
    wanted = [*only, key] if only and key not in ("", BY_PATH, BY_NAME) else only
    return review(snapshot, read_brought(path, wanted), key, only)


def of_sidecars(
    snapshot: Snapshot, report: Report | None = None, only: Sequence[str] = ()
) -> MetadataReview:
    """What the files beside images would do; see `core.store.metadata.sidecars`.

    Raises:
        WinnowError: there are none, or they name more columns than are taken.
        Cancelled: asked to stop.
    """
    pool, folder = snapshot.pool, snapshot.workspace.images
    table = read_sidecars(folder, list(pool.rows_by_path), report or Report(), only)
    return review(snapshot, table, BY_PATH, only)


def of_exif(snapshot: Snapshot, gps: bool = False, report: Report | None = None) -> MetadataReview:
    """What the EXIF data of the images would do: when, with which camera and, if asked, where.

    Raises:
        WinnowError: no image has any.
        Cancelled: asked to stop.
    """
    pool, report = snapshot.pool, report or Report()
    rows: list[tuple[str, Exif]] = []
    rejected: list[Rejected] = []
    for number, path in enumerate(pool.paths):
        if number % _REPORT_EVERY == 0:
            report.step(_STEP, number, len(pool))
        try:
            rows.append((path, exif_of(snapshot.workspace.file(path))))
        except (OSError, WinnowError) as error:
            rejected.append(Rejected(0, path, "", "the file cannot be read", str(error)[:200]))
    columns = {_TIME: "time", _CAMERA: "camera"}
    if gps:
        columns |= {_LATITUDE: "latitude", _LONGITUDE: "longitude"}
    saying = [
        (path, exif) for path, exif in rows if any(getattr(exif, c) for c in columns.values())
    ]
    if not saying:
        raise WinnowError("No image of the collection says when or with which camera it was taken.")
    cells = {
        name: pl.Series([getattr(exif, part) for _, exif in saying], dtype=pl.String)
        for name, part in columns.items()
    }
    cells = {name: column for name, column in cells.items() if (column != "").any()}
    paths = pl.Series([path for path, _ in saying], dtype=pl.String)
    return review(snapshot, Brought({PATH: paths} | cells, [0] * len(saying), rejected), BY_PATH)


def import_metadata(snapshot: Snapshot, reviewed: MetadataReview, what: str) -> Version:
    """Take columns into the snapshot's workspace; one step, which `undo` takes back.

    Args:
        what: what they come from, for the list of imports: the name of a file.

    Raises:
        WinnowError: together there are too many columns, or the disk does not take them; nothing
            has changed then.
    """
    root = snapshot.workspace.root
    about = f"columns {', '.join(reviewed.cells)} of {what}"
    with doing(root, IMPORT, about), changing(root):
        table = merged(load_metadata(root), reviewed.ids, reviewed.cells, reviewed.kinds)
        return save_metadata(root, table, what, list(reviewed.cells))
