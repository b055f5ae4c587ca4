"""Originals that lie elsewhere: fetched, compared with their content id, written as copies."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from core.export.files import CHANGED, CREATE, SourceProblem, destination_error, write_all
from core.export.options import Mode
from core.export.plan import PlanItem
from core.export.transfer import Transfer
from core.images.decode import FILE_LIMIT
from core.images.hash import content_id
from core.images.sources import places
from core.images.unreadable import UnreadableImage
from core.runtime.errors import WinnowError


def check_mode(images: Path, mode: Mode) -> None:
    """Refuse links to what lies elsewhere.

    Raises:
        WinnowError: the images lie at an address, and the mode is none of copying.
    """
    address = places.address_of(images)
    if address and mode != "copy":
        raise WinnowError(f"Links cannot lead to {address}: use --mode copy.")


def original(path: str | os.PathLike[str], image_id: str) -> bytes | None:
    """The bytes of an original that lies elsewhere; None for one on this machine.

    Raises:
        SourceProblem: it is gone, too large, or has another content id.
        SourceGone: its source cannot be reached.
    """
    try:
        remote = places.fetched(path, FILE_LIMIT)
    except UnreadableImage as error:
        raise SourceProblem(error.reason) from error
    if remote is None:
        return None
    if content_id(remote[0]) != image_id:
        raise SourceProblem(CHANGED)
    return remote[0]


class Fetching(Transfer):
    """Writes planned items that lie elsewhere; see `Transfer`."""

    def _copy(self, source: str, target: str, item: PlanItem) -> None:
        data = original(source, item.assignment.id)
        if data is None:
            super()._copy(source, target, item)
            return
        try:
            written = os.open(target, CREATE, 0o666)
            try:
                write_all(written, data)
            except OSError:
                with suppress(OSError):
                    os.unlink(target)  # noqa: PTH108
                raise
            finally:
                os.close(written)
        except OSError as error:
            raise destination_error(error, self._out) from error

    def _original(self, source: str, item: PlanItem) -> tuple[bytes, os.stat_result | None]:
        data = original(source, item.assignment.id)
        return super()._original(source, item) if data is None else (data, None)

    def _check(self, source: str, item: PlanItem) -> bool:
        """Without reading it all there is nothing to compare, and then its content is."""
        if original(source, item.assignment.id) is None:
            return super()._check(source, item)
        return False
