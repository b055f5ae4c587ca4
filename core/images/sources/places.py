"""Folders that stand for addresses: a workspace's images always lie in a folder.

As an archive stands for the folder into which it is unpacked, an address stands for a small folder
of Winnow's own, which holds nothing but the address. A path below it is a file of the source: read
here by whoever would open it. No other folder is ever taken for one.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Collection, Generator, Iterator
from contextlib import contextmanager
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

import platformdirs

from core.images.names import shown
from core.images.scan import Scan
from core.images.scan import scan as scan_folder
from core.images.sources.address import Address, is_address, of_file, parse
from core.images.sources.base import Missing, Source, TooLarge
from core.images.sources.scanning import scan_source
from core.images.unreadable import UnreadableImage
from core.runtime import inputs, roots
from core.runtime.errors import WinnowError
from core.runtime.files import write_atomic
from core.runtime.progress import Report

RECORD = "address.json"
TABLES = (".csv", ".parquet")
"""Ends of the names of files of this machine that hold images or their addresses."""
READERS = 16
"""Files that are fetched at the same time: most of the time of each is waiting."""

T = TypeVar("T")
_lock = threading.Lock()
_sources: dict[str, Source] = {}


def home() -> Path:
    """Where such folders lie."""
    return _real(platformdirs.user_data_dir("winnow", appauthor=False))


@lru_cache(maxsize=8)
def _real(data: str) -> Path:
    return Path(os.path.realpath(data)) / "addresses"


def folder_for(text: str | os.PathLike[str] | Address, named: bool = False) -> Path:
    """The folder that stands for an address, made where there is none.

    Args:
        named: whoever runs this machine names it, so that its server may be a private one.

    Raises:
        WinnowError: it is no address, or this server may not use it.
    """
    address = text if isinstance(text, Address) else parse(text)
    _check(address)
    digest = blake2b(str(address).encode(), digest_size=4).hexdigest()
    name = re.sub(r"[^\w.-]+", "-", address.name).strip("-.")[:60] or "images"
    folder = home() / f"{name}-{digest}"
    hosts = [address.host] if named and address.is_web else []
    record = _record(folder)
    if record is None or (hosts and record[1] != hosts):
        content = {"address": str(address), "hosts": hosts}
        write_atomic(folder / RECORD, json.dumps(content).encode())
        _sources.pop(folder.name, None)
    return folder


def local(folder: Path, named: bool = False) -> Path:
    """The folder itself, or the one that stands for it if it is an address or a table."""
    if folder.suffix.lower() in TABLES and inputs.is_file(file := folder.expanduser().resolve()):
        return folder_for(of_file(file))
    return folder_for(folder, named) if is_address(folder) and not folder.exists() else folder


def address_of(folder: Path) -> str | None:
    """The address for which a folder stands; None for any other folder."""
    name = _name(folder)
    record = _record(home() / name) if name and not _below(folder) else None
    return record and str(record[0])


def is_elsewhere(path: str | os.PathLike[str]) -> bool:
    """Whether a path is a folder that stands for an address, or below one; asks nobody."""
    return bool(_name(path))


def check_writable(folder: Path) -> None:
    """Refuse to put files into a collection that lies elsewhere.

    Raises:
        WinnowError: the folder stands for an address.
    """
    if is_elsewhere(folder):
        raise WinnowError(
            f"{title(folder)} is only read here: put the images there by other means, then embed "
            "the new ones."
        )


def find(path: str | os.PathLike[str]) -> tuple[Source, str] | None:
    """The source and the name there of a path below such a folder; None for any other path.

    Raises:
        WinnowError: this server may not use the address, or it cannot be set up.
    """
    name = _name(path)
    return (_source(name), _below(path)) if name else None


def scan(root: Path, exclude: Collection[Path] = (), report: Report | None = None) -> Scan:
    """What is in a folder, or in the source for which it stands; see `core.images.scan.scan`.

    Raises:
        SourceGone: the source cannot be reached.
        WinnowError: there is no such folder or source, or it may not be read.
        Cancelled: asked to stop.
    """
    there = find(root)
    if there is None:
        return scan_folder(root, exclude, report)
    return scan_source(there[0], report or Report())


def fetched(path: str | os.PathLike[str], limit: int) -> tuple[bytes, int] | None:
    """The bytes of a file of a source and its mark; None for any other path.

    Raises:
        UnreadableImage: it is gone or too large.
        SourceGone: the source cannot be reached.
    """
    there = find(path)
    if there is None:
        return None
    try:
        return there[0].read(there[1], limit)
    except Missing as error:
        raise UnreadableImage(str(error) or "the file is no longer there", path) from None
    except TooLarge:
        reason = f"the file has more than {limit:,} bytes, the limit for one image"
        raise UnreadableImage(reason, path) from None


def readers(folder: Path) -> int | None:
    """How many files to fetch at the same time; None for a folder of this machine."""
    return READERS if is_elsewhere(folder) else None


def title(folder: Path) -> Path | str:
    """What to call a folder in messages: its address, if it stands for one."""
    return address_of(folder) or folder


def waiting(folder: Path) -> str:
    """What to tell people while a source does not answer; "" for nothing."""
    patience = getattr(_sources.get(_name(folder)), "patience", None)
    return patience.waiting if patience else ""


@contextmanager
def closing(folder: Path, results: Generator[T, None, None]) -> Iterator[Generator[T, None, None]]:
    """As ``contextlib.closing``, for work on the files of a folder.

    When the block ends nobody waits any longer for a source to come back, so that closing is quick.
    """
    patience = getattr(_sources.get(_name(folder)), "patience", None)
    try:
        yield results
    finally:
        if patience:
            patience.end()
        results.close()
        if patience:
            patience.begin()


def _name(path: str | os.PathLike[str]) -> str:
    """The name of the folder that stands for an address, of a path in or below it; else ""."""
    text, top = os.fspath(path), f"{home()}{os.sep}"
    return text[len(top) :].partition(os.sep)[0] if text.startswith(top) else ""


def _below(path: str | os.PathLike[str]) -> str:
    rest = os.fspath(path)[len(str(home())) + 1 :].partition(os.sep)[2]
    return rest.replace(os.sep, "/")


def _source(name: str) -> Source:
    source = _sources.get(name)
    if source is None:
        folder = home() / name
        record = _record(folder)
        if record is None:
            raise WinnowError(f"{shown(folder)} holds no address: name the address again.")
        from core.images.sources.kinds import source_of  # needs what most commands do not

        with _lock:
            source = _sources.get(name)
            if source is None:
                source = _sources[name] = source_of(record[0], frozenset(record[1]), folder)
    if not source.address.startswith("file:"):
        roots.check_address(source.address)
    return source


def _check(address: Address) -> None:
    """Refuse what this server may not use; a file is looked at again whenever it is opened."""
    if address.scheme == "file":
        roots.check(f"/{address.path}")
    else:
        roots.check_address(str(address))


def _record(folder: Path) -> tuple[Address, list[str]] | None:
    try:
        content = inputs.load_json(folder / RECORD)
        text = str(content["address"])
        local = Address("file", "", text[8:]) if text.startswith("file:///") else None
        return local or parse(text), list(map(str, content["hosts"]))
    except (OSError, ValueError, KeyError, TypeError, WinnowError):
        return None
