"""All of ``winnow classify`` behind its words: classify a folder, write what is wanted, count."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.encoders.base import Encoder
from core.export.options import ExportOptions
from core.images.names import shown
from core.runtime.progress import Report
from core.services.sorter import folders, results
from core.services.sorter.classifying import classified
from core.services.sorter.loading import Note
from core.services.sorter.parts import beside
from core.services.sorter.results import Tally
from core.services.sorter.words.speech import Speech
from core.sorter.sorter import Sorter


@dataclass(frozen=True)
class Wanted:
    """What a run is to write.

    Attributes:
        options: how class folders are written; also from when on an image is for review, and
            whether tables are made safe for spreadsheets.
        table: .parquet or .csv; folders: new folder for class folders; None for neither.
    """

    options: ExportOptions
    table: Path | None = None
    folders: Path | None = None

    @property
    def place(self) -> Path | None:
        """The table, or else the folder."""
        return self.table or self.folders

    def check(self, images: Path) -> None:
        """Refuse places that cannot be written to.

        Raises:
            WinnowError: one cannot.
        """
        if self.table is not None:
            results.check_target(self.table, images)
        if self.folders is not None:
            folders.check_destination(images, self.folders)


@dataclass(frozen=True)
class Outcome:
    """What a run did.

    Attributes:
        seconds: of all of it; per_second: files that were handled now, until the table was written.
        resumed: files that an interrupted run had done.
        rejected_list: where the rejected files are listed; None without any, or without a table.
        spoken: files that came with words; None where pictures alone were judged.
    """

    counted: Tally
    wanted: Wanted
    seconds: float
    per_second: float
    resumed: int
    rejected_list: Path | None = None
    spoken: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The contract of ``winnow classify --json``."""
        wanted = self.wanted
        return {
            **self.counted.as_json(self.seconds, self.per_second),
            "out": str(wanted.table) if wanted.table else None,
            "folders": str(wanted.folders) if wanted.folders else None,
            "resumed": self.resumed,
            **({} if self.spoken is None else {"with_words": self.spoken}),
        }

    def as_text(self) -> str:
        """The same for people."""
        lines = [self.counted.as_text(self.seconds, self.per_second)]
        if self.spoken is not None:
            lines.append(f"  came with words: {self.spoken:,}")
        places = (self.wanted.table, self.wanted.folders, self.rejected_list)
        return "\n".join([*lines, *(f"Written: {shown(place)}" for place in places if place)])


def run(
    folder: Path,
    sorter: Sorter,
    encoder: Encoder,
    wanted: Wanted,
    report: Report,
    batch_size: int | None = None,
    note: Note = lambda _: None,
    command: Sequence[str] | None = None,
    speech: Speech | None = None,
) -> Outcome:
    """Classify a folder and write what is wanted; see `core.services.sorter.classifying`.

    Args:
        note: hears sentences that are worth knowing.
        command: the command line; None from the app.
        speech: what images say beside their pictures; None: pictures alone are judged.

    Raises:
        WinnowError: the folder holds no images, or a place cannot be written.
        Cancelled: asked to stop; the same run goes on from there.
    """
    begun = time.monotonic()
    wanted.check(folder)
    with (
        _place(wanted) as parts,
        classified(
            folder, sorter, encoder, parts, report, batch_size, note=note, speech=speech
        ) as done,
    ):
        counted = results.tally(done, wanted.options.review_below)
        listed = None
        if wanted.table is not None:
            report.step("Writing the table")
            results.write_table(done, wanted.table, wanted.options.csv_safe)
            listed = results.write_rejected(done, wanted.table, wanted.options.csv_safe)
        per_second = done.encoded / max(time.monotonic() - begun, 1e-9)
        if wanted.folders is not None:
            plan = folders.plan(done, sorter, wanted.options)
            made = folders.write(done, sorter, encoder, plan, wanted.folders, report, command)
            for sentence in made.notes:
                note(sentence)
        resumed = done.parts.files - done.encoded
        seconds = time.monotonic() - begun
        return Outcome(counted, wanted, seconds, per_second, resumed, listed, done.spoken)


@contextmanager
def _place(wanted: Wanted) -> Iterator[Path]:
    """The folder for the parts: beside what is written, where the next run finds it."""
    if wanted.place is not None:
        yield beside(wanted.place)
        return
    with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
        yield Path(folder) / "parts"
