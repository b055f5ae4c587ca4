"""Which images two model files see differently."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from core.encoders.base import Encoder
from core.runtime.csv_rows import write_rows
from core.runtime.errors import WinnowError
from core.runtime.files import write_atomic
from core.runtime.progress import Report
from core.services.sorter.classifying import Classified, classified
from core.services.sorter.loading import Note
from core.services.sorter.scoring import Scorer
from core.sorter.sorter import Sorter
from core.store.spreadsheets import safe_text

HEAD = ("path", "id", "from", "to", "probability_before", "probability_after")


@dataclass(frozen=True)
class Flip:
    """An image that another class is given now; probabilities of the class before and after."""

    path: str
    image_id: str
    before: str
    after: str
    probability_before: float
    probability_after: float


@dataclass(frozen=True)
class Changed:
    """What two models say of a folder.

    Attributes:
        images: that could be used; rejected: files that could not.
        pairs: (class before, class after) → images, most first.
    """

    images: int
    rejected: int
    flips: list[Flip]
    pairs: dict[tuple[str, str], int]

    def as_json(self) -> dict[str, object]:
        """The contract of ``winnow changed --json``."""
        return {
            "images": self.images,
            "rejected": self.rejected,
            "flips": len(self.flips),
            "pairs": [
                {"from": old, "to": new, "count": count} for (old, new), count in self.pairs.items()
            ],
        }


def changed(
    folder: Path,
    before: Sorter,
    after: Sorter,
    encoder: Encoder,
    parts: Path,
    report: Report | None = None,
    batch_size: int | None = None,
    note: Note = lambda _: None,
) -> Changed:
    """Classify a folder with two models whose encoder is one, so that images are read once.

    Args:
        parts: folder for what an interrupted run goes on from.
        note: hears sentences that are worth knowing.

    Raises:
        WinnowError: the encoders differ, or the folder holds no images.
        Cancelled: asked to stop.
    """
    if before.content.encoder.identity != after.content.encoder.identity:
        raise WinnowError(
            f"The two model files see images through different encoders "
            f"({before.content.encoder.spec} and {after.content.encoder.spec}): classify the "
            "folder with each of them and compare the tables."
        )
    scorer = Scorer(before)
    with classified(
        folder, after, encoder, parts, report, batch_size, vectors=True, note=note
    ) as done:
        flips, images, rejected = [], 0, len(done.problems)
        for frame in done.parts.frames():
            usable = frame.filter(pl.col("problem").is_null())
            images += len(usable)
            rejected += len(frame) - len(usable)
            flips += list(_flips(usable, scorer, before, done))
    pairs = Counter((flip.before, flip.after) for flip in flips)
    return Changed(images, rejected, flips, dict(pairs.most_common()))


def _flips(
    usable: pl.DataFrame, scorer: Scorer, before: Sorter, done: Classified
) -> Iterator[Flip]:
    if not len(usable):
        return
    old = scorer.score(vectors_of(usable))
    was, now = old.assigned, usable["class"].to_numpy()
    names = np.array(before.names, dtype=object)[was], np.array(done.names, dtype=object)[now]
    new = usable["probability"].to_numpy()
    for row in np.flatnonzero(names[0] != names[1]).tolist():
        yield Flip(
            usable["path"][row],
            usable["id"][row],
            names[0][row],
            names[1][row],
            float(old.probability[row]),
            float(new[row]),
        )


def vectors_of(frame: pl.DataFrame) -> np.ndarray:
    """(n, D) float16 of a part that keeps vectors."""
    return np.stack([np.frombuffer(row, dtype=np.float16) for row in frame["vector"].to_list()])


def write(flips: Sequence[Flip], out: Path, csv_safe: bool = False) -> None:
    """Write the flips as CSV, in one step.

    Raises:
        StorageError: the disk is full or cannot be written.
    """

    write_atomic(out, csv_of(flips, csv_safe))


def csv_of(flips: Sequence[Flip], csv_safe: bool = False) -> bytes:
    """The flips as CSV in UTF-8."""
    text = io.StringIO()
    write_rows(text, [HEAD, *(_row(flip, csv_safe) for flip in flips)])
    return text.getvalue().encode("utf-8", "backslashreplace")


def _row(flip: Flip, csv_safe: bool) -> tuple[str, ...]:
    texts = (flip.path, flip.image_id, flip.before, flip.after)
    if csv_safe:
        texts = (safe_text(texts[0]), texts[1], safe_text(texts[2]), safe_text(texts[3]))
    return (*texts, f"{flip.probability_before:.6f}", f"{flip.probability_after:.6f}")
