"""A run that was looked at, saved as a table or as class folders."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.encoders.base import Encoder
from core.images.names import shown
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.services.sorter import folders, results
from core.services.sorter.browsing.listing import Listing
from core.services.sorter.running import Wanted
from core.sorter.sorter import Sorter


@dataclass(frozen=True)
class Saved:
    """What was written.

    Attributes:
        images: in the table or the folders.
        rejected_list: where the rejected files are listed; None without any, or without a table.
        notes: sentences that are worth knowing.
    """

    place: Path
    images: int
    rejected_list: Path | None
    notes: tuple[str, ...]


def check_there(listing: Listing) -> None:
    """Refuse a run whose parts were removed, or made anew of something else.

    Raises:
        WinnowError: they were.
    """
    if not listing.done.parts.unchanged():
        raise WinnowError(
            f"What was classified of {shown(listing.done.folder)} is not there any more: classify "
            "it once more."
        )


def save(
    listing: Listing, sorter: Sorter, encoder: Encoder, wanted: Wanted, report: Report
) -> Saved:
    """Write what is wanted of a run: a table or class folders.

    Args:
        sorter, encoder: those of the run.

    Raises:
        WinnowError: the place cannot take it, or what was classified is gone.
        Cancelled: asked to stop; no folder is left there.
    """
    done = listing.done
    check_there(listing)
    wanted.check(done.folder)
    if wanted.table is not None:
        report.step("Writing the table")
        results.write_table(done, wanted.table, wanted.options.csv_safe)
        listed = results.write_rejected(done, wanted.table, wanted.options.csv_safe)
        return Saved(wanted.table, listing.counted.classified, listed, ())
    if wanted.folders is None:
        raise WinnowError("Name a table or a folder to write.")
    plan = folders.plan(done, sorter, wanted.options)
    made = folders.write(done, sorter, encoder, plan, wanted.folders, report)
    return Saved(wanted.folders, listing.counted.classified, None, tuple(made.notes))
