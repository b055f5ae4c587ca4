"""What columns cost: importing a table with a row for each image, reading, filtering, sorting.

    python benchmarks/columns.py WORKSPACE [--repeats 5]

WORKSPACE is an embedded one of any size (60,000 images for the figure of the README); it is copied
for the time, its vectors as links, and stays as it is. The table has seven columns beside the
path: two texts, two categories, two numbers and a date. Times are in seconds, the median of the
repeats; the first import of a process pays for the index of spellings and the list of images.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from core.project.project import Project
from core.services.data.metadata.importing import import_metadata, of_table
from core.services.search.filtering import in_order, passing
from core.store.workspace import load


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "ws"
        shutil.copytree(options.workspace, root, copy_function=_linked)
        for line in measured(root, Path(folder) / "products.csv", options.repeats):
            print(line)


def measured(root: Path, table: Path, repeats: int) -> list[str]:
    """The rows of the report."""
    workspace = load(root)
    project = Project(workspace)
    snapshot = project.snapshot()
    size = _write(table, snapshot.pool.paths)
    texts: dict[str, list[float]] = {}

    def clock(what: str, work: Callable[[], object]) -> None:
        begun = time.perf_counter()
        work()
        texts.setdefault(what, []).append(time.perf_counter() - begun)

    def taken() -> None:
        now = project.snapshot()
        import_metadata(now, of_table(now, table), table.name)

    for number in range(repeats):
        clock("import" if number else "import, the first", taken)
        now = Project(load(root)).snapshot()
        clock("columns read anew", lambda now=now: now.metadata.texts("title", now.pool.ids))
        clock("filter", lambda now=now: passing(now, ['"unit price">=100', "maker=Maker 3"]))
        rows = np.arange(len(now))
        clock("order", lambda now=now, rows=rows: in_order(now, rows, "-sold"))
    lines = [f"{len(snapshot):,} images, a table of {size / 1e6:.1f} MB"]
    return lines + [f"{what:20} {statistics.median(t):6.2f} s" for what, t in texts.items()]


def _write(table: Path, paths: list[str]) -> int:
    rows = [
        f'{path},"Title number {n}, in two parts",Maker {n % 50},{n / 7:.2f},{n % 13},'
        f"2024-0{1 + n % 9}-11,group {n % 8},A longer description of product {n} in some words"
        for n, path in enumerate(paths)
    ]
    header = "path,title,maker,unit price,stock,sold,group,description"
    table.write_text("\n".join([header, *rows]))
    return table.stat().st_size


def _linked(source: str, target: str) -> None:
    """Files that are only read are linked; the others are small."""
    if "/vectors/" in source:
        Path(target).hardlink_to(source)
    else:
        shutil.copy2(source, target)


if __name__ == "__main__":
    main()
