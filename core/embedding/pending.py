"""What embedding a folder would have to do: its files against the catalog."""

from __future__ import annotations

from dataclasses import dataclass

from core.images.scan import FoundFile, Scan, scan
from core.store.catalog import ImageRow, read_catalog, to_rows
from core.store.vectors import VectorStore
from core.store.workspace import Workspace
from core.tasks import Report


@dataclass(frozen=True)
class Pending:
    """What embedding would do.

    Attributes:
        found: what is in the folder now.
        known: the catalog as it stands, by path.
        current: rows that still hold; to_read: files that must be looked at.
    """

    found: Scan
    known: dict[str, ImageRow]
    current: dict[str, ImageRow]
    to_read: list[FoundFile]

    @property
    def settled(self) -> dict[str, ImageRow]:
        """Rows that are final: unchanged files, and what the scan itself could not use."""
        problems = {path: ImageRow(path, 0, 0, problem=why) for path, why in self.found.problems}
        return problems | self.current


def pending(workspace: Workspace, identity: str | None, report: Report) -> Pending:
    """Scan the image folder and compare it with the catalog.

    Args:
        identity: encoder whose vectors are wanted; None compares with the catalog only.

    A file whose size and modification time have not changed is taken as unchanged.
    """
    found = scan(
        workspace.images,
        exclude=[workspace.root],
        on_progress=lambda n: report.step("Scanning", n),
        cancelled=lambda: report.cancelled,
    )
    report.step("Scanning", len(found.files))
    known = {row.path: row for row in to_rows(read_catalog(workspace.catalog))}
    vectors = _stored_ids(workspace, identity)
    current: dict[str, ImageRow] = {}
    to_read: list[FoundFile] = []
    for file in found.files:
        row = known.get(file.path)
        unchanged = row is not None and (row.size, row.mtime_ns) == (file.size, file.mtime_ns)
        if row is not None and unchanged and _settled(row, vectors):
            current[file.path] = row
        else:
            to_read.append(file)
    return Pending(found, known, current, to_read)


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
