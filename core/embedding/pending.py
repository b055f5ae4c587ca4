"""What embedding a folder would have to do: its files against the catalog."""

from __future__ import annotations

from dataclasses import dataclass

from core.images.scan import STEP, FoundFile, Scan
from core.images.sources.places import scan
from core.runtime.progress import Report
from core.store.catalog import ImageRow, read_catalog, to_rows
from core.store.vectors import VectorStore
from core.store.workspace import Workspace


@dataclass(frozen=True)
class Counts:
    """What embedding would do, in numbers of files.

    Attributes:
        new: files that the catalog does not know, renamed ones among them: that a new name holds a
            known content is seen only when the file is read, and costs no inference then.
        changed: files whose size or modification time differ from the catalog's.
        again: unchanged files that are read once more, because they could not be read the last
            time, because the encoder's vector is missing, or because the caller asked for it.
        unchanged: files that cost nothing.
        gone: files of the catalog that are no longer in the folder. They leave the active set;
            labels and vectors stay, for the day when they come back.
        problems: files and folders that the scan itself could not use.
        ignored: files that are no images by their names.
        archives: ZIP and TAR files among the ignored ones.
        passed_over: files and folders that were left out for whatever reason, the ignored ones,
            hidden ones and what systems keep beside photos included.
        links_out: links that lead out of the folder and were followed.
    """

    new: int
    changed: int
    again: int
    unchanged: int
    gone: int
    problems: int
    ignored: int
    archives: int
    passed_over: int
    links_out: int

    @property
    def to_read(self) -> int:
        """Files that would be looked at."""
        return self.new + self.changed + self.again


@dataclass(frozen=True)
class Pending:
    """What embedding would do.

    Attributes:
        scan: what is in the folder now.
        catalog: the catalog as it stands, by path.
        current: rows that still hold; to_read: files that must be looked at.
    """

    scan: Scan
    catalog: dict[str, ImageRow]
    current: dict[str, ImageRow]
    to_read: list[FoundFile]

    @property
    def counts(self) -> Counts:
        """How many files of each kind there are."""
        rows = [(f, self.catalog[f.path]) for f in self.to_read if f.path in self.catalog]
        changed = sum(not _unchanged(file, row) for file, row in rows)
        there = {file.path for file in self.scan.files}
        there.update(path for path, _ in self.scan.problems)
        return Counts(
            new=len(self.to_read) - len(rows),
            changed=changed,
            again=len(rows) - changed,
            unchanged=len(self.current),
            gone=len(self.catalog.keys() - there),
            problems=len(self.scan.problems),
            ignored=self.scan.ignored,
            archives=len(self.scan.archives),
            passed_over=self.scan.left_out.count,
            links_out=self.scan.left_out.links_out.count,
        )

    @property
    def settled(self) -> dict[str, ImageRow]:
        """Rows that are final: unchanged files, and what the scan itself could not use."""
        problems = {path: ImageRow(path, 0, 0, problem=why) for path, why in self.scan.problems}
        return problems | self.current


def pending(
    workspace: Workspace, identity: str | None, report: Report, reread: bool = False
) -> Pending:
    """Scan the image folder and compare it with the catalog.

    Args:
        identity: encoder whose vectors are wanted; None compares with the catalog only.
        reread: take no file as unchanged. Otherwise a file whose size and modification time have
            not changed is taken as unchanged.

    Raises:
        WinnowError: the folder or the catalog cannot be read.
        Cancelled: asked to stop.
    """
    seen = scan(workspace.images, [workspace.root], report)
    report.step(STEP, len(seen.files))
    catalog = {row.path: row for row in to_rows(read_catalog(workspace.catalog))}
    vectors = _stored_ids(workspace, identity)
    current: dict[str, ImageRow] = {}
    to_read: list[FoundFile] = []
    for file in seen.files:
        row = catalog.get(file.path)
        if row is not None and not reread and _unchanged(file, row) and _settled(row, vectors):
            current[file.path] = row
        else:
            to_read.append(file)
    return Pending(seen, catalog, current, to_read)


def _unchanged(file: FoundFile, row: ImageRow) -> bool:
    return (row.size, row.mtime_ns) == (file.size, file.mtime_ns)


def _settled(row: ImageRow, vectors: set[str] | None) -> bool:
    """Whether a row needs no second look while its file has not changed."""
    if row.id is None:
        return False
    return row.problem is not None or vectors is None or row.id in vectors


def _stored_ids(workspace: Workspace, identity: str | None) -> set[str] | None:
    if identity is None:
        return None
    folder = workspace.vectors(identity)
    meta = folder / "meta.json"
    if not meta.exists():
        return set()
    return set(VectorStore.peek(folder).ids)
