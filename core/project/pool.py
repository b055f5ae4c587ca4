"""The images that can be worked with at one moment: a read-only snapshot of catalog and vectors."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import numpy as np

from core.project.columns import Columns, Files, PathIndex, Texts, columns_of
from core.project.spelled import Spellings
from core.runtime.rows import StoredRows
from core.search.exact import numbered, take
from core.store.catalog import ImageRow, read_catalog
from core.store.columnar.ids import IdColumn, IdIndex, as_bytes
from core.store.extent import extent_file, read_extent
from core.store.vectors import VectorStore
from core.store.workspace import Workspace

T = TypeVar("T")
MANY = 200_000
"""Images from which on a pool holds columns and no object an image, and vectors stay on disk."""
_BLOCK = 8_192
_LOOKS = 8  # readings of files that change while they are read


@dataclass(frozen=True)
class Matched(Generic[T]):
    """What was brought along by path, and where it belongs.

    Attributes:
        values: (row of the pool, value), in the order given.
        missing: paths that are no usable image of the pool, in the order given.
        unclear: those of them that could be several images, for none is spelled so.
        respelled: path as it was given → as the collection spells it, where the two differ.
    """

    values: list[tuple[int, T]]
    missing: list[str]
    unclear: list[str] = field(default_factory=list)
    respelled: dict[str, str] = field(default_factory=dict)

    @property
    def by_row(self) -> dict[int, T]:
        """Row → value; the last one where several paths are of one image."""
        return dict(self.values)


@dataclass(frozen=True, eq=False)
class Pool:
    """One row a distinct image (content id), ordered by path.

    Attributes:
        ids: (N,) image ids: a list, of very many a column that reads like one.
        files: (N,) the catalog rows of each id; more than one for exact duplicates.
        version: changes whenever the snapshot would differ.
        shards: the vectors as they are stored, see `core.store.vectors.VectorStore.blocks`:
            memory-mapped, so they take no memory of their own.
        folder: that the paths are relative to.
        places: (N,) int64 the row of each image among all shards.
        rows: id → row.
        waiting: image files of the folder that are still to be embedded.
        basis: what the images follow from as long as all that the catalog lists have vectors; ""
            where some have none.
    """

    ids: Sequence[str]
    files: Sequence[list[ImageRow]]
    version: str
    identity: str
    shards: Sequence[np.ndarray] = ()
    places: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    rows: Mapping[str, int] = field(default_factory=dict)
    folder: str = ""
    waiting: int = 0
    basis: str = ""
    _digests: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def vectors(self) -> np.ndarray:
        """(N, D) float32, unit norm, read-only. Asked for once, the copy stays in memory.

        Who needs some of them, or each only once, takes ``some`` or ``blocks``.
        """
        dim = self.shards[0].shape[1] if self.shards else 1
        vectors = np.empty((len(self), dim), dtype=np.float32)
        for start, block in numbered(self.blocks()):
            vectors[start : start + len(block)] = block
        vectors.setflags(write=False)
        return vectors

    @property
    def many(self) -> bool:
        """Whether there are so many images that what holds one object or copy each is too much."""
        return len(self) > MANY

    @cached_property
    def stored(self) -> np.ndarray:
        """`vectors`, or for very many images what reads like them and stays on disk: who goes
        through it once or takes some rows of it needs no copy."""
        if not self.many:
            return self.vectors
        return cast(np.ndarray, StoredRows(self.shards, self.places))

    def part(self, numbers: slice) -> np.ndarray:
        """Some of the numbers of each of very many vectors, scaled to unit norm, as `stored`."""
        return cast(np.ndarray, StoredRows(self.shards, self.places, numbers, unit=True))

    def some(self, rows: np.ndarray) -> np.ndarray:
        """Vectors (n, D) float32 of some rows, read from the files."""
        return take(self.shards, self.places[rows])

    def blocks(self) -> Iterator[np.ndarray]:
        """All vectors (n, D) float32 in the order of the rows, a few thousand at a time."""
        stored = StoredRows(self.shards, self.places)
        yield from (block for _, block in stored.numbered(_BLOCK))

    def digest(self, choice: int) -> str:
        """A file name for what follows from the vectors, in their order, and a number chosen."""
        if choice not in self._digests:
            self._digests[choice] = self._digest(choice)
        return self._digests[choice]

    def _digest(self, choice: int) -> str:
        content = hashlib.blake2b(f"{self.identity}:{choice}".encode(), digest_size=12)
        raw = self.ids.raw.tobytes() if isinstance(self.ids, IdColumn) else None
        content.update(bytes.fromhex("".join(self.ids)) if raw is None else raw)
        return content.hexdigest()

    @property
    def id_bytes(self) -> np.ndarray:
        """(N, 16) uint8 the ids as they are stored."""
        return as_bytes(self.ids)

    @cached_property
    def paths(self) -> Sequence[str]:
        """(N,) the first path of each image. Read-only."""
        if isinstance(self.files, Files):
            paths = self.files.first("path")
            return Texts(paths) if self.many else paths.to_list()
        return [rows[0].path for rows in self.files]

    @cached_property
    def copies(self) -> np.ndarray:
        """(N,) int64 how many files hold each image. Read-only."""
        if isinstance(self.files, Files):
            return self.files.counts
        return np.fromiter(map(len, self.files), dtype=np.int64, count=len(self))

    def noticed(self, name: str) -> list[Any]:
        """(N,) what the catalog says of the first file of each image: a field of `ImageRow`."""
        if isinstance(self.files, Files):
            return self.files.first(name).to_list()
        return [getattr(rows[0], name) for rows in self.files]

    def noticed_in_parts(self, name: str) -> Iterator[tuple[int, list[Any]]]:
        """`noticed` some thousands at a time, each part with the row of its first."""
        if not isinstance(self.files, Files):
            yield 0, self.noticed(name)
            return
        column = self.files.first(name)
        for begin in range(0, len(column), _BLOCK):
            yield begin, column[begin : begin + _BLOCK].to_list()

    @cached_property
    def noted(self) -> np.ndarray:
        """(N,) bool, images that could be read with a remark only. Read-only."""
        if isinstance(self.files, Files):
            return self.files.first("notes").is_not_null().to_numpy()
        notes = (rows[0].notes is not None for rows in self.files)
        return np.fromiter(notes, dtype=bool, count=len(self))

    @cached_property
    def bytes_total(self) -> int:
        """Bytes of all files, exact duplicates included."""
        if isinstance(self.files, Files):
            return self.files.bytes_total
        return sum(file.size for files in self.files for file in files)

    @cached_property
    def rows_by_path(self) -> Mapping[str, int]:
        """Relative path → row, exact duplicates included. Read-only."""
        if isinstance(self.files, Files):
            paths, rows = self.files.every_path
            if self.many:
                return PathIndex(paths, rows)
            return dict(zip(paths.to_list(), rows.tolist(), strict=True))
        return {file.path: row for row, files in enumerate(self.files) for file in files}

    def rows_of(self, ids: Iterable[str]) -> np.ndarray:
        """Rows (n,) int64 of image ids, in their order, without those of no image here."""
        if isinstance(self.rows, IdIndex):
            return self.rows.all_of(ids)
        return np.fromiter((self.rows[i] for i in ids if i in self.rows), dtype=np.int64)

    def places_of(self, ids: Sequence[str]) -> np.ndarray:
        """Row (n,) int64 of each of some image ids; -1 for those of no image here."""
        if isinstance(self.rows, IdIndex):
            with suppress(ValueError):  # one of them is no id at all
                return self.rows.find(as_bytes(ids))
        return np.fromiter((self.rows.get(i, -1) for i in ids), dtype=np.int64, count=len(ids))

    def match(self, values: Iterable[tuple[str, T]]) -> Matched[T]:
        """Find the images of relative paths, each with a value that belongs to it.

        A path is taken as it is, else as another program spells it (see `core.project.spelled`),
        where that fits one image only.
        """
        rows_by_path = self.rows_by_path
        result: Matched[T] = Matched([], [])
        for path, value in values:
            row = rows_by_path.get(path)
            if row is None:
                names = self._spellings.find(path)
                rows = {rows_by_path[name] for name in names}
                if len(rows) != 1:
                    result.missing.append(path)
                    result.unclear.extend([path] if rows else [])
                    continue
                row = rows.pop()
                result.respelled[path] = names[0]
            result.values.append((row, value))
        return result

    @cached_property
    def _spellings(self) -> Spellings:
        return Spellings(self.rows_by_path, self.folder)


def file_mark(path: Path) -> str:
    """A cheap value that changes when a file is replaced or grows; empty where there is none."""
    try:
        stat = path.stat()
    except OSError:
        return ""
    return f"{stat.st_size}.{stat.st_mtime_ns}"


def pool_version(workspace: Workspace) -> str:
    """A cheap value that changes when the catalog or the active vectors change."""
    if workspace.encoder is None:
        return "empty"
    marks = [workspace.encoder.identity]
    folder = workspace.vectors(workspace.encoder.identity)
    for path in [workspace.catalog, extent_file(workspace), *sorted(folder.glob("*.idx"))]:
        if mark := file_mark(path):
            marks.append(mark)
    return "-".join(marks)


def load_pool(workspace: Workspace, before: Pool | None = None) -> Pool:
    """Read the snapshot; empty when nothing is embedded yet.

    Images may be embedded meanwhile, by this process or another. What is returned is of one moment
    all the same, and two pools of one version are equal: files that changed while they were read
    are read again.

    Args:
        before: an earlier pool, returned as it is where nothing that matters has changed since:
            vectors are stored every two seconds, long before the catalog speaks of them.
    """
    if before is not None and before.basis and before.basis == _basis(workspace):
        return before
    for look in range(_LOOKS):
        version = pool_version(workspace)
        pool = _read(workspace, version)
        if pool_version(workspace) == version:
            return pool
        if look == _LOOKS - 1:  # a name of its own, since nobody can say which moment this is
            return replace(pool, version=f"{version}-{pool.digest(len(pool))}", basis="")
    raise AssertionError


def _basis(workspace: Workspace) -> str:
    encoder = workspace.encoder.identity if workspace.encoder else ""
    files = (workspace.catalog, extent_file(workspace))
    return "-".join([encoder, str(workspace.images), *map(file_mark, files)])


def _read(workspace: Workspace, version: str) -> Pool:
    """The pool as the files are now, which may change while they are read."""
    waiting = read_extent(workspace)
    if workspace.encoder is None:
        return Pool([], [], version, "", waiting=waiting)
    encoder, basis = workspace.encoder, _basis(workspace)
    # The catalog first: it speaks of no vector that is not stored.
    catalog = read_catalog(workspace.catalog)
    store = VectorStore(workspace.vectors(encoder.identity), encoder.dim)
    columns = columns_of(catalog, store, MANY)
    ids, rows = _held(columns)
    return Pool(
        ids,
        columns.files,
        version,
        encoder.identity,
        store.blocks(),
        columns.places,
        rows,
        str(workspace.images),
        columns.lacking + max(0, waiting - len(catalog)),
        "" if columns.lacking else basis,
    )


def _held(of: Columns) -> tuple[Sequence[str], Mapping[str, int]]:
    """Ids, and rows by id; of few images as a list and a dict, which are quicker to ask."""
    if len(of.ids) > MANY:
        return of.ids, of.rows
    ids = list(of.ids)
    return ids, {image_id: row for row, image_id in enumerate(ids)}
