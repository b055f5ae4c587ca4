"""Where predictions go: a folder that all machines see, or one of a bucket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from filelock import FileLock, Timeout

from core.images.names import shown
from core.images.sources import places
from core.images.sources.address import is_address, parse
from core.images.sources.base import Missing
from core.images.sources.objects import Bucket
from core.runtime import inputs, roots
from core.runtime.errors import WinnowError
from core.runtime.files import write_atomic

_LIMIT = 1_000_000_000  # bytes of a file that is read back


@dataclass(frozen=True)
class Place:
    """A folder of files without folders in it. Can be sent to other processes.

    Attributes:
        where: path or address.
    """

    where: str

    @property
    def is_bucket(self) -> bool:
        """Whether it is an address."""
        return is_address(self.where)

    def names(self) -> set[str]:
        """Of all that is there; hidden files are none.

        Raises:
            WinnowError: the bucket does not exist, or may not be read.
            SourceGone: it cannot be reached.
        """
        if self.is_bucket:
            return {file.path for file in _bucket(self.where).files()}
        folder = Path(self.where)
        if not folder.exists():
            return set()
        return {path.name for path in folder.iterdir() if not path.name.startswith(".")}

    def read(self, name: str) -> bytes:
        """A file's bytes.

        Raises:
            WinnowError: it is gone.
        """
        try:
            if self.is_bucket:
                return _bucket(self.where).read(name, _LIMIT)[0]
            return inputs.read_bytes(Path(self.where) / name, _LIMIT)
        except (Missing, FileNotFoundError):
            raise WinnowError(
                f"{name} is not in {shown(self.where)} any more: classify once more."
            ) from None

    def write(self, name: str, data: bytes) -> None:
        """Put a file there in one step: it is whole or not there.

        Raises:
            StorageError: it cannot be written.
            SourceGone: the bucket cannot be reached.
        """
        if self.is_bucket:
            _bucket(self.where).write(name, data)
        else:
            write_atomic(Path(self.where) / name, data)

    def tidy(self) -> None:
        """Remove what killed processes left behind. Nobody else may be writing."""
        if not self.is_bucket:
            for path in Path(self.where).glob(".part-*"):
                path.unlink(missing_ok=True)


def place_of(out: Path, images: Path) -> Place:
    """The place that somebody named, checked.

    Raises:
        WinnowError: nothing can be written there.
    """
    if is_address(out):
        address = parse(out)
        if address.is_web:
            raise WinnowError(
                f"A web server takes no predictions ({address}): name a bucket, such as "
                "s3://BUCKET/FOLDER."
            )
        roots.check_address(str(address))
        if f"{address}/".startswith(f"{places.title(images)}/"):
            raise _inside(str(address), images)
        return Place(str(address))
    if out.suffix.lower() in (".parquet", ".csv") or out.is_file():
        raise WinnowError(f"The engine ray writes a folder of parts: {shown(out)} names a file.")
    roots.check(out)
    real, folder = out.resolve(), images.resolve()
    if real == folder or folder in real.parents:
        raise _inside(shown(out), images)
    return Place(str(real))


@contextmanager
def alone(place: Place) -> Iterator[None]:
    """Keep other processes of this machine from writing to the same place.

    Raises:
        WinnowError: one does already.
    """
    digest = blake2b(place.where.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
    lock = places.home().with_name("sent") / f".{digest}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(lock, timeout=0, thread_local=False):
            yield
    except Timeout:
        raise WinnowError(
            f"Another run writes to {shown(place.where)} at this moment: wait until it has ended, "
            "or name another place."
        ) from None


@lru_cache(maxsize=4)
def _bucket(where: str) -> Bucket:
    return Bucket(parse(where))


def _inside(out: str, images: Path) -> WinnowError:
    return WinnowError(
        f"{out} lies in the image folder {shown(places.title(images))}, where nothing is written: "
        "name a place outside of it."
    )
