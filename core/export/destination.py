"""Is this a place an export can go? Asked before any work, and once more before writing."""

import os
import shutil
from pathlib import Path

from core.export.elsewhere import sending
from core.images.sources.address import is_address
from core.runtime import roots
from core.runtime.errors import WinnowError

_MOUNTS = Path("/proc/self/mountinfo")


def check_destination(images: Path, out: Path, needed_bytes: int = 0) -> None:
    """Refuse a destination that cannot take an export or would endanger the originals.

    A folder that does not exist yet is fine (missing parents are made when writing), so is an empty
    one. Nothing is created or changed here.

    Args:
        images: the image folder.
        out: the folder to be written, or the address of a bucket; a symbolic link to a folder
            stands for that folder.
        needed_bytes: bytes the export will take, 0 when unknown.

    Raises:
        WinnowError: `out` is, contains or lies in the image folder; it exists and is a file, a
            broken link, a mount point or not empty; its place cannot be written or has too little
            space.
    """
    if is_address(out):
        sending.check(out)
        return
    roots.check(out)
    # A broken link is refused first: resolving it would quietly write somewhere else.
    if out.is_symlink() and not out.exists():
        raise WinnowError(
            f"{out} is a link to {out.readlink()}, which does not exist; "
            "create that folder or name another one."
        )
    _check_apart(images, out)
    if out.exists():
        _check_empty_folder(out)
    _check_writable(out)
    _check_space(out, needed_bytes)


def _check_apart(images: Path, out: Path) -> None:
    source, target = images.resolve(), out.resolve()
    if _same(source, target):
        raise WinnowError(
            f"{out} is the image folder itself; name a folder outside it for the export."
        )
    if any(_same(source, parent) for parent in target.parents):
        raise WinnowError(
            f"{out} lies inside the image folder {images}, so the export would become input; "
            "name a folder outside it."
        )
    if any(_same(target, parent) for parent in source.parents):
        raise WinnowError(
            f"{out} contains the image folder {images}; name another folder for the export."
        )


def _same(one: Path, other: Path) -> bool:
    """Whether two paths are one folder, also where case does not count or through a bind mount."""
    if one == other:
        return True
    try:
        return one.samefile(other)
    except OSError:
        return False


def _check_empty_folder(out: Path) -> None:
    if not out.is_dir():
        raise WinnowError(f"{out} is a file; name a folder that does not exist yet.")
    try:
        occupied = any(out.iterdir())
    except OSError as error:
        raise WinnowError(
            f"{out} cannot be opened ({error.strerror}); name another folder for the export."
        ) from error
    if occupied:
        raise WinnowError(
            f"{out} is not empty, and an export never overwrites anything; "
            "name a folder that does not exist yet."
        )
    # The finished export is moved into place in one step, which a mount point cannot be replaced by
    if _is_mount_point(out):
        raise WinnowError(
            f"{out} is a mount point; name a new folder inside it, such as {out / 'export'}."
        )


def _is_mount_point(folder: Path) -> bool:
    real = folder.resolve()
    if os.path.ismount(real):
        return True
    # ismount misses a bind mount from the same file system, the usual case in a container.
    try:
        table = _MOUNTS.read_bytes()
    except OSError:
        return False
    places = {line.split(b" ")[4] for line in table.splitlines() if line.count(b" ") > 4}
    escaped = os.fsencode(real)
    for char in (b"\\", b" ", b"\t", b"\n"):
        escaped = escaped.replace(char, b"\\%03o" % ord(char))
    return escaped in places


def nearest_existing(path: Path) -> Path:
    """`path` itself or the closest folder above it that exists."""
    real = path.resolve()
    return next(place for place in (real, *real.parents) if place.exists())


def _check_writable(out: Path) -> None:
    place = nearest_existing(out.resolve().parent)
    if not place.is_dir():
        raise WinnowError(
            f"{out} cannot be made, because {place} is a file; name another folder for the export."
        )
    if not os.access(place, os.W_OK | os.X_OK):
        raise WinnowError(
            f"{out} cannot be written, because {place} does not allow it; "
            "change its permissions or name another folder."
        )


def _check_space(out: Path, needed: int) -> None:
    place = nearest_existing(out.resolve().parent)
    free = shutil.disk_usage(place).free
    if needed > free:
        raise WinnowError(
            f"The export needs {size_text(needed)} and {place} has {size_text(free)} free; "
            "make room, choose another place, or use --mode hardlink or symlink."
        )


def size_text(count: float) -> str:
    """Bytes for people, in powers of 1000: 1500000 gives "1.5 MB"."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
