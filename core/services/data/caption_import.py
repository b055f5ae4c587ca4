"""Captions brought along: matched with the images of a collection and kept in its workspace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.store.captions import save_captions
from core.store.csv_tables import CaptionTable
from core.store.people.gate import doing
from core.store.people.roles import IMPORT
from core.store.table_rows import Rejected


@dataclass(frozen=True)
class MatchedCaptions:
    """Captions that belong to images.

    Attributes:
        rows: (image id, caption), equal ones once.
        missing: paths of the rows left out, which are no embedded image, in the order of the file.
        rejected: other rows of the table that do not count.
    """

    rows: list[tuple[str, str]]
    missing: list[str]
    rejected: Sequence[Rejected] = ()

    @property
    def images(self) -> int:
        """Distinct images with a caption."""
        return len({image_id for image_id, _ in self.rows})


def matched(snapshot: Snapshot, pairs: Sequence[tuple[str, str]]) -> MatchedCaptions:
    """Find the images of captions.

    Args:
        pairs: relative path and caption, see `core.store.csv_tables`.

    Raises:
        WinnowError: none of the paths is an embedded image.
    """
    ids, by_path = snapshot.pool.ids, snapshot.pool.match(pairs)
    rows = list(dict.fromkeys((ids[row], text) for row, text in by_path.values))
    if not rows:
        raise WinnowError(
            f"None of the {len(pairs)} paths of the captions is an embedded image of "
            f"{snapshot.workspace.images}: write paths relative to that folder, and embed the "
            "images first."
        )
    rejected = pairs.rejected if isinstance(pairs, CaptionTable) else ()
    return MatchedCaptions(rows, by_path.missing, rejected)


def import_captions(snapshot: Snapshot, pairs: Sequence[tuple[str, str]]) -> MatchedCaptions:
    """Keep captions in the snapshot's workspace, in place of all it had; errors as ``matched``."""
    captions = matched(snapshot, pairs)
    with doing(snapshot.workspace.home, IMPORT, f"{len(captions.rows):,} captions"):
        save_captions(snapshot.workspace.captions, captions.rows)
    return captions
