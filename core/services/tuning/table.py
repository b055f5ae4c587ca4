"""The table of a tuning as files: CSV with every figure, and a picture with the learning curve."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

from core.learn.tuning.judging import DIRECTIONS, Gains, Measure
from core.learn.tuning.ranks import MEASURES
from core.runtime.errors import WinnowError
from core.runtime.files import write_atomic
from core.services.tuning import picture
from core.services.tuning.outcome import Outcome

PARTS = ("baseline", "tuned", "delta")
"""Columns of figures."""
Row = tuple[str, str, str, tuple[Measure, Measure, Measure]]
"""Judged on, direction, measure, and a figure for each of `PARTS`."""


def rows(outcome: Outcome) -> list[Row]:
    """The table, test first; nothing where training found nothing."""
    parts: dict[str, Gains | None] = {"test": outcome.test, "validation": outcome.validation}
    return [
        (part, way, measure, (own.baseline[measure], own.tuned[measure], own.delta[measure]))
        for part, gains in parts.items()
        if gains is not None
        for way, own in ((way, gains[way]) for way in DIRECTIONS)
        for measure in MEASURES
    ]


def as_csv(outcome: Outcome) -> bytes:
    """A line a measure, UTF-8, each figure with the ends of its 95 % interval."""
    written = io.StringIO()
    lines = csv.writer(written, lineterminator="\n")
    heads = [f"{part}{end}" for part in PARTS for end in ("", "_low", "_high")]
    lines.writerow(["judged_on", "direction", "measure", *heads])
    for part, way, measure, figures in rows(outcome):
        numbers = [n for each in figures for n in (each.value, each.low, each.high)]
        lines.writerow([part, way, measure, *(f"{number:.6f}" for number in numbers)])
    return written.getvalue().encode()


def as_json(outcome: Outcome) -> bytes:
    """All there is, as ``winnow tune --json`` prints it."""
    return (json.dumps(outcome.as_json(), indent=1) + "\n").encode()


def as_png(outcome: Outcome) -> bytes:
    """The table and the learning curve, drawn."""
    names = {"text_to_image": "text to image", "image_to_text": "image to text", "mrr": "MRR"}
    lines = []
    for part, way, measure, figures in rows(outcome):
        signs = ("", "", "+")
        cells = [f"{f.value:{s}.3f}  ({f.low:{s}.3f} to {f.high:{s}.3f})"
                 for f, s in zip(figures, signs, strict=True)]  # fmt: skip
        lines.append((part, names[way], names.get(measure, measure.replace("_", " ")), *cells))
    head = f"tuned:{outcome.name}, on {outcome.base}" if outcome.accepted else "Nothing is kept."
    heads = ("judged on", "direction", "measure", "before", "tuned", "difference")
    step = "pairs learned from" if outcome.depth == "adapter" else "step"
    return picture.drawn([head, outcome.why], heads, lines, outcome.history, step)


ENDINGS: dict[str, Callable[[Outcome], bytes]] = {".csv": as_csv, ".json": as_json, ".png": as_png}
"""What a file's ending asks for."""


def check(path: Path) -> None:
    """WinnowError for a file whose ending asks for nothing that there is."""
    if path.suffix.lower() not in ENDINGS:
        raise WinnowError(
            f"{path.name} cannot be written: a tuning's table is a .csv, .json or .png file."
        )


def write(outcome: Outcome, path: Path) -> None:
    """Write the table in the form that the file's ending asks for, in one step.

    Raises:
        WinnowError: the ending asks for nothing that there is, or it cannot be written.
    """
    check(path)
    write_atomic(path, ENDINGS[path.suffix.lower()](outcome))
