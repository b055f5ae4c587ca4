"""Which folders this process may open and write, once whoever started it has set limits.

The limit belongs to the process, as what the operating system grants does: it is asked where paths
become files, so that no page and no service can forget to pass it on. Without one everything is
allowed that the operating system allows. Paths are compared after every link and ".." is resolved.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from core.runtime.errors import WinnowError


class _Limit:
    """``folders`` are those that people named, None for no limit; ``own`` are Winnow's."""

    folders: tuple[str, ...] | None = None
    own: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


_limit = _Limit()


def limit_to(
    folders: Iterable[Path], own: Iterable[Path] = (), addresses: Iterable[str] = ()
) -> None:
    """Allow only what lies in ``folders``, and what Winnow keeps for itself in ``own``.

    Args:
        folders: existing folders; none, without addresses either, lifts the limit.
        own: folders of Winnow's own, which need not exist yet.
        addresses: of images elsewhere, such as s3://BUCKET/FOLDER.

    Raises:
        WinnowError: one of ``folders`` is no folder.
    """
    named = []
    for folder in folders:
        full = folder.expanduser()
        if not full.is_dir():
            raise WinnowError(f"There is no folder {full}: name an existing one with --root.")
        named.append(os.path.realpath(full))
    _limit.addresses = tuple(address.rstrip("/") for address in addresses)
    _limit.folders = tuple(named) if named or _limit.addresses else None
    _limit.own = tuple(os.path.realpath(folder) for folder in own)


def lift() -> None:
    """Allow everything again."""
    limit_to(())


def grant(folder: Path) -> None:
    """Add a folder that Winnow made from something that was allowed, such as an archive."""
    if _limit.folders is not None:
        _limit.own = (*_limit.own, os.path.realpath(folder))


def limited_to() -> list[Path]:
    """The folders that were named, in their order; empty when there is no limit."""
    return [Path(folder) for folder in _limit.folders or ()]


def allows(path: Path | str) -> bool:
    """Whether a path, wherever its links lead, may be opened and written."""
    folders = _limit.folders  # another thread may lift the limit meanwhile
    if folders is None:
        return True
    try:
        real = os.path.normcase(os.path.realpath(path))
    except (OSError, ValueError):  # a name that no file can have
        return False
    return any(_holds(folder, real) for folder in (*folders, *_limit.own))


def check(path: Path | str) -> None:
    """Refuse a path that leads out of the folders; whether it exists is not told.

    Raises:
        WinnowError: it does.
    """
    if not allows(path):
        named = ", ".join(_limit.folders or ())
        raise WinnowError(
            f"{os.fspath(path)!r} lies outside the folders that this server may use ({named}): "
            "choose one inside, or start Winnow with one more --root FOLDER."
        )


def problem(path: Path) -> str | None:
    """Why nothing can be read from a path that somebody named; None where something is there."""
    try:
        check(path)
        if not path.exists():
            return f"{path} does not exist: check its name."
    except (WinnowError, OSError) as error:
        return str(error)
    return None


def check_address(address: str) -> None:
    """Refuse an address outside those that were named, once there is a limit.

    Raises:
        WinnowError: it is.
    """
    if _limit.folders is None:
        return
    if not any(address == top or address.startswith(top + "/") for top in _limit.addresses):
        raise WinnowError(
            f"{address} is none of the addresses that this server may use: choose one inside, or "
            "start Winnow with one more --root ADDRESS."
        )


def _holds(folder: str, real: str) -> bool:
    folder = os.path.normcase(folder)
    return real == folder or real.startswith(folder.rstrip(os.sep) + os.sep)
