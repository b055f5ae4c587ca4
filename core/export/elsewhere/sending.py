"""An export to an address: written here, then sent file by file, its manifest last.

Whoever looks there takes an export without ``manifest.json`` as unfinished. A file that is there
with the same content is not sent again, so a run that was interrupted goes on. What the export
says of itself (manifest, reports) stays here in a folder of Winnow's own; its images do not.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b, md5
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout

from core.export.record.run import MANIFEST
from core.images.names import shown
from core.images.sources.address import Address, parse
from core.images.sources.base import mark_of
from core.images.sources.objects import Bucket
from core.images.sources.places import home
from core.runtime import roots
from core.runtime.errors import WinnowError
from core.runtime.progress import Report

T = TypeVar("T")
STEP = "Sending"
_THREADS = 8
_RECORDS = (MANIFEST, "report.txt", "report.html")


def check(out: Path) -> None:
    """Refuse an address that cannot take an export.

    Raises:
        WinnowError: it is none of a bucket, this server may not use it, or an export is there.
    """
    address = _address(out)
    _there(Bucket(address))


def sent(out: Path, write: Callable[[Path], T], report: Report) -> T:
    """Write an export to an address.

    Args:
        out: the address as a path.
        write: writes the export into a folder.

    Returns:
        What ``write`` gave. The folder holds the records of the export, no images.

    Raises:
        WinnowError: as `check`, or another run is writing there.
        SourceGone: the bucket cannot be reached; the same run goes on where it stopped.
        Cancelled: asked to stop; the same run goes on where it stopped.
    """
    address = _address(out)
    folder = _folder(address)
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder.with_name(f".{folder.name}.lock"), timeout=0):
            shutil.rmtree(folder, ignore_errors=True)
            try:
                result = write(folder)
                _send(folder, Bucket(address), report)
            finally:
                _trim(folder)
    except Timeout:
        raise WinnowError(
            f"Another run is writing to {address}: wait for it or name another address."
        ) from None
    return result


def spelled(out: Path) -> str:
    """A destination as people write it, be it an address or a folder."""
    try:
        return str(parse(out))
    except WinnowError:
        return str(out)


def _address(out: Path) -> Address:
    address = parse(out)
    if address.is_web:
        raise WinnowError(
            f"A web server takes no export ({address}): name a bucket, such as s3://BUCKET/FOLDER."
        )
    roots.check_address(str(address))
    return address


def _folder(address: Address) -> Path:
    digest = blake2b(str(address).encode(), digest_size=4).hexdigest()
    name = re.sub(r"[^\w.-]+", "-", address.name).strip("-.")[:60] or "export"
    return home().with_name("sent") / f"{name}-{digest}"


def _there(bucket: Bucket) -> dict[str, int]:
    """Name → mark of what lies there.

    Raises:
        WinnowError: an export that is complete.
    """
    there = {file.path: file.mtime_ns for file in bucket.files()}
    if MANIFEST in there:
        raise WinnowError(
            f"{bucket.address} holds an export already ({MANIFEST}): name another address."
        )
    return there


def _send(folder: Path, bucket: Bucket, report: Report) -> None:
    files = sorted(path.relative_to(folder).as_posix() for path in _files(folder))
    files.remove(MANIFEST)
    there = _there(bucket)
    if others := there.keys() - set(files):
        raise WinnowError(
            f"{bucket.address} holds files of something else ({len(others):,}, such as "
            f"{shown(min(others))}): name another address or delete them."
        )

    def send(name: str) -> None:
        data = (folder / name).read_bytes()
        etag = md5(data, usedforsecurity=False).hexdigest()
        if there.get(name) != mark_of(f'"{etag}"'):
            bucket.write(name, data)

    bucket.patience.begin()
    pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="send")
    try:
        for done, _ in enumerate(pool.map(send, files), start=1):
            report.step(STEP, done, len(files) + 1, bucket.patience.waiting)
    finally:
        bucket.patience.end()  # nobody waits for a bucket that another thread gave up
        pool.shutdown(wait=True, cancel_futures=True)
        bucket.patience.begin()
    send(MANIFEST)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _trim(folder: Path) -> None:
    """Drop all but the records."""
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name not in _RECORDS:
            path.unlink(missing_ok=True)
