"""What embedding a folder would do, counted only: columns in place of an object a file."""

from __future__ import annotations

import polars as pl

from core.embedding.pending import Counts
from core.images.scan import STEP, Scan
from core.images.sources.places import scan
from core.runtime.progress import Report
from core.store.catalog import read_catalog
from core.store.columnar.ids import series_as_bytes
from core.store.vectors import VectorStore
from core.store.workspace import Workspace

_SAME = ("size", "mtime_ns")


def counted(workspace: Workspace, identity: str | None, report: Report) -> tuple[Scan, Counts]:
    """Scan the image folder and count what differs from the catalog, as
    `core.embedding.pending.pending` tells it file by file; arguments and errors as there."""
    seen = scan(workspace.images, [workspace.root], report)
    report.step(STEP, len(seen.files))
    catalog = _catalog(workspace, identity)
    files = pl.DataFrame(
        {
            "path": [file.path for file in seen.files],
            **{name: [getattr(file, name) for file in seen.files] for name in _SAME},
        },
        schema={"path": pl.String, **dict.fromkeys(_SAME, pl.Int64)},
    )
    both = files.join(catalog, on="path", how="left").select(
        listed=pl.col("settled").is_not_null(),
        same=pl.all_horizontal(pl.col(name) == pl.col(f"{name}_right") for name in _SAME),
        settled=pl.col("settled"),
    )
    listed, same = pl.col("listed"), pl.col("same").fill_null(False)
    current = same & pl.col("settled").fill_null(False)
    sums = both.select(
        new=(~listed).sum(), changed=(listed & ~same).sum(), again=(listed & same & ~current).sum(),
        unchanged=current.sum(),
    ).row(0, named=True)  # fmt: skip
    problems = pl.Series([path for path, _ in seen.problems], dtype=pl.String)
    there = pl.concat([files["path"], problems])
    counts = Counts(
        **sums,
        gone=int((~catalog["path"].is_in(there.implode())).sum()),
        problems=len(seen.problems),
        ignored=seen.ignored,
        archives=len(seen.archives),
        passed_over=seen.left_out.count,
        links_out=seen.left_out.links_out.count,
    )
    return seen, counts


def _catalog(workspace: Workspace, identity: str | None) -> pl.DataFrame:
    """Path, size and time of each file of the catalog, and whether its row is settled: it needs no
    second look while the file has not changed."""
    rows = read_catalog(workspace.catalog).select("path", *_SAME, "id", "problem")
    rows = rows.unique("path", keep="last", maintain_order=True)
    good, raw = series_as_bytes(rows["id"])
    has = rows["id"].is_not_null()
    if identity is not None:
        folder, stored = workspace.vectors(identity), pl.zeros(len(rows), pl.Int8, eager=True)
        stored = stored.cast(pl.Boolean)
        if (folder / "meta.json").exists():
            with_vector = VectorStore.peek(folder).find(raw) >= 0
            stored = stored.scatter(good.nonzero()[0], with_vector)
        has &= rows["problem"].is_not_null() | stored
    return rows.select("path", *_SAME).with_columns(settled=has)
