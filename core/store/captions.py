"""Captions of images, in the workspace's ``captions.parquet``.

One row a caption with the columns ``id`` (image id, so that captions survive a rename) and
``caption``, in the order in which people gave them; an image may have several. The file is replaced
in one step, so readers see the old captions or the new ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from core.runtime.errors import WinnowError
from core.store.parquet import read_parquet, write_parquet

_SCHEMA = pl.Schema({"id": pl.String, "caption": pl.String})


def save_captions(path: Path, rows: Iterable[tuple[str, str]]) -> None:
    """Keep (image id, caption) rows in place of all there were.

    Raises:
        WinnowError: the disk is full or the folder cannot be written.
    """
    frame = pl.DataFrame(list(rows), schema=_SCHEMA, orient="row")
    write_parquet(path, frame)


def load_captions(path: Path) -> dict[str, tuple[str, ...]]:
    """Image id → its captions; empty when none were ever brought.

    Raises:
        WinnowError: the file is damaged.
    """
    if not path.exists():
        return {}
    try:
        frame = read_parquet(path, list(_SCHEMA)).cast(_SCHEMA).drop_nulls()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise WinnowError(
            f"The captions in {path} are damaged: delete that file and import them again."
        ) from error
    by_image: dict[str, list[str]] = {}
    for image_id, caption in frame.iter_rows():
        by_image.setdefault(image_id, []).append(caption)
    return {image_id: tuple(captions) for image_id, captions in by_image.items()}
