"""Lists of addresses: a CSV file, or a Parquet table as img2dataset takes them.

The list is read anew in each process and kept nowhere, for its addresses may be signed.
"""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Iterator
from hashlib import blake2b
from urllib.parse import unquote

from core.images.names import shown
from core.images.scan import IMAGE_SUFFIXES, FoundFile
from core.images.sources.address import Address, is_address, parse
from core.images.sources.base import Missing, SourceGone, Store, mark_of
from core.images.sources.columns import ADDRESSES, address_column, opened
from core.images.sources.objects import Bucket
from core.images.sources.retrying import Passing
from core.images.sources.scanning import is_path
from core.images.sources.web import get
from core.runtime import inputs, roots
from core.runtime.errors import WinnowError

_TRIES = 3
_FAILURES = 50
"""Servers one after the other that do not answer: then it is our own connection."""


class AddressList:
    """Images anywhere, by a list; whatever is listed is taken for an image."""

    holds_only_images = True

    def __init__(self, store: Store, where: Address, name: str, hosts: frozenset[str]) -> None:
        """
        Args:
            store: holds the list; ``name``: of the list there.
            hosts: web servers that may be private.
        """
        self.address = str(where)
        self.patience = getattr(store, "patience", None)
        self._store, self._name, self._hosts = store, name, hosts
        self._by_path: dict[str, str] | None = None
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._failures = 0
        self._lock = threading.Lock()

    def files(self) -> Iterator[FoundFile]:
        """All that is listed. Another list can only be told by its addresses, so marks are theirs:
        a picture that changes at its address is seen by reading everything again."""
        self._by_path = None
        for path, address in self._paths().items():
            yield FoundFile(path, 0, mark_of(address))

    def read(self, path: str, limit: int) -> tuple[bytes, int]:
        """The bytes of a listed image, and its mark."""
        text = self._paths().get(path)
        if text is None:
            raise Missing
        if not is_address(text):  # beside the list
            if not is_path(text):
                raise Missing("the list names it by a path that leads elsewhere")
            return self._store.read(text, limit)[0], mark_of(text)
        try:
            address = parse(text, signed=True)
            roots.check_address(str(address))
        except WinnowError as error:
            raise Missing(str(error)) from None
        if not address.is_web:
            return self._of_bucket(address, limit), mark_of(text)
        return self._fetched(str(address), limit), mark_of(text)

    def _fetched(self, url: str, limit: int) -> bytes:
        reason = ""
        for _ in range(_TRIES):
            try:
                data, _ = get(url, self._hosts, limit)
            except Passing as error:
                reason = str(error)
            else:
                self._failures = 0
                return data
        self._failures += 1
        if self._failures >= _FAILURES:
            self._failures = 0
            raise SourceGone(
                f"{_FAILURES} servers of {self.address} one after the other do not answer "
                f"({reason}): check the connection and run the same step again, what was finished "
                "is kept."
            )
        raise Missing(f"its server does not answer ({reason})")

    def _of_bucket(self, address: Address, limit: int) -> bytes:
        try:
            return self._bucket(address).read(address.path, limit)[0]
        except SourceGone:
            raise
        except WinnowError as error:  # one of many buckets is no reason to stop
            raise Missing(str(error)) from None

    def _bucket(self, address: Address) -> Bucket:
        key = address.scheme, address.host
        with self._lock:
            if key not in self._buckets:
                self._buckets[key] = Bucket(Address(*key, ""))
            return self._buckets[key]

    def _paths(self) -> dict[str, str]:
        with self._lock:
            if self._by_path is None:
                self._by_path = {}
                for text in self._listed():
                    self._by_path.setdefault(path_of(text), text)
            return self._by_path

    def _listed(self) -> Iterator[str]:
        try:
            if self._name.partition("?")[0].lower().endswith(".parquet"):
                return _of_table(self._store, self._store.stat(self._name))
            data = self._store.read(self._name, inputs.TABLE_BYTES)[0]
            return _of_csv(inputs.as_text(data), self.address)
        except Missing:
            raise WinnowError(f"There is no {self.address}: check the address.") from None
        except UnicodeDecodeError:
            raise WinnowError(f"{self.address} is no text in UTF-8: save it as one.") from None


def path_of(address: str) -> str:
    """A path for a row: what follows the scheme, made different where a query tells apart."""
    if not is_address(address) and is_path(address):
        return address
    rest, _, query = address.partition("://")[2].partition("?")
    path = unquote(rest.rpartition("@")[2] if "@" in rest.partition("/")[0] else rest)
    suffix = path.rpartition("/")[2].rpartition(".")[2].lower()
    if not query and is_path(path) and path.isprintable():
        return path
    digest = blake2b(address.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    host = path.partition("/")[0]
    return f"{host}/{digest}" + (f".{suffix}" if suffix in IMAGE_SUFFIXES else "")


def _of_csv(text: str, name: str) -> Iterator[str]:
    rows = csv.reader(io.StringIO(text))
    try:
        first = next(rows, [])
        header = {cell.strip().lower(): at for at, cell in reversed(list(enumerate(first)))}
        column = next((header[each] for each in ADDRESSES if each in header), None)
        if column is None:
            column = next((at for at, cell in enumerate(first) if is_address(cell.strip())), None)
            if column is None:
                raise WinnowError(
                    f"No column of {shown(name)} holds addresses: call the one with them url."
                )
            yield first[column].strip()
        for row in rows:
            if column < len(row) and row[column].strip():
                yield row[column].strip()
    except csv.Error as error:
        raise WinnowError(f"{shown(name)} is no CSV file ({error}): save it anew.") from error


def _of_table(store: Store, file: FoundFile) -> Iterator[str]:
    table = opened(store, file)
    column = address_column(table.schema_arrow)
    for batch in table.iter_batches(columns=[column]):
        yield from (str(value).strip() for value in batch.column(0).to_pylist() if value)
