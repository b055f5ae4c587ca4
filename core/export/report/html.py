"""report.html: the outcome of an export on one page that needs nothing else, not even a network.

The page is ``report.html.j2``; this module prepares the values that stand in it.
"""

import shlex
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from core import __version__
from core.export.destination import size_text
from core.export.plan import PlanItem
from core.export.record.run import LABEL_RULE, Outcome, RunRecord
from core.export.record.statistics import statistics
from core.export.report.examples import Picture, examples
from core.export.report.svg import histogram
from core.export.report.text import (
    SOURCES,
    calibration_text,
    confidence_text,
    headline,
    printable,
    refinement_lines,
    review_rules,
    share_lines,
)
from core.export.splits import SPLITS
from core.images.folders.left_out import EXAMPLES

REPORT_HTML = "report.html"
_LISTED = 200
_HERE = Path(__file__).parent
_METRIC_COLUMNS = ("precision", "recall", "f1", "support")
# Nothing may be loaded or run, whatever a name in the page holds.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def write_html(
    path: Path,
    outcome: Outcome,
    record: RunRecord,
    look: Callable[[PlanItem], bytes | None],
) -> None:
    """Write the report; every name is escaped, control characters are shown as escapes.

    Args:
        look: the bytes of an image, None when they cannot be had.

    Raises:
        OSError: the file cannot be written.
    """
    page = _environment().get_template("report.html.j2")
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        file.writelines(page.generate(**_values(outcome, record, look)))


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        finalize=_visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _visible(value: object) -> object:
    """What the template writes of a value, before it is escaped."""
    return value if isinstance(value, Markup) else printable(str(value))


def _values(
    outcome: Outcome, record: RunRecord, look: Callable[[PlanItem], bytes | None]
) -> dict[str, object]:
    most = max([*outcome.counts.values(), outcome.review, 1])
    return {
        "name": record.images_root.rstrip("/\\").replace("\\", "/").rpartition("/")[2],
        "policy": _POLICY,
        "style": Markup((_HERE / "report.css").read_text("utf-8")),  # our own, no name is in it
        "version": __version__,
        "record": record,
        "tiles": _tiles(outcome, record),
        "promise": (outcome.plan.promise or {}).get("words", ()),
        "shares": share_lines(record.shares),
        "metrics": _metrics(record.metrics),
        "splits": SPLITS if outcome.plan.options.splits else (),
        "classes": _classes(outcome, most),
        "review": _review(outcome, most),
        "confidence": _confidence(outcome),
        "examples": _examples(outcome, look),
        "filled_classes": _filled_classes(outcome),
        "origin": _origin(outcome, record),
        "notes": outcome.notes,
        "rejected_title": f"Rejected: {len(outcome.rejected):,}",
        "rejected": _rejected(outcome),
        "left_out": record.left_out.lines(most=EXAMPLES),
    }


def _tiles(outcome: Outcome, record: RunRecord) -> list[tuple[str, str]]:
    figures = [
        (value, f"{name} {interval[:-1]}" if interval else name)
        for name, text in headline(record.metrics)
        for value, _, interval in [text.partition(" (95 % interval ")]
    ]
    return [
        *(figures or [("–", "accuracy not measured")]),
        (f"{len(outcome.items):,}", f"images, {size_text(outcome.size)}"),
        (f"{_filled_classes(outcome):,}", "classes with images"),
        (f"{outcome.sources['human']:,}", "decided by people"),
        (f"{outcome.review:,}", "for review"),
        (f"{len(outcome.rejected):,}", "rejected"),
    ]


def _filled_classes(outcome: Outcome) -> int:
    return sum(count > 0 for count in outcome.counts.values())


@dataclass(frozen=True)
class _Measure:
    """A figure and, where there is one, the interval it lies in, as text."""

    value: str
    interval: str = ""


def _metrics(metrics: Mapping[str, Any] | None) -> dict[str, object] | None:
    """The figures of ``winnow evaluate --json``; None without any."""
    if not metrics:
        return None
    per_class = metrics.get("per_class")
    return {
        "summary": [
            (words, _measure(metrics, key))
            for key, words in (("accuracy", "Accuracy"), ("macro_f1", "Macro F1"))
            if isinstance(metrics.get(key), (int, float))
        ],
        "images": metrics.get("n"),
        "columns": _METRIC_COLUMNS,
        "rows": [
            (label, [_measure(scores, column) for column in _METRIC_COLUMNS])
            for label, scores in (per_class if isinstance(per_class, Mapping) else {}).items()
        ],
    }


def _measure(metrics: Mapping[str, Any], key: str) -> _Measure:
    value = metrics.get(key)
    if not isinstance(value, (int, float)):
        return _Measure("–")
    if key == "support":
        return _Measure(f"{value:,}")
    low, high = metrics.get(f"{key}_low"), metrics.get(f"{key}_high")
    if not isinstance(low, (int, float)) or not isinstance(high, (int, float)):
        return _Measure(f"{value:.1%}")
    return _Measure(f"{value:.1%}", f"95 % interval {low:.1%} to {high:.1%}")


def _classes(outcome: Outcome, most: int) -> list[dict[str, object]]:
    """One row a class; `most` images make a whole bar."""
    in_split: Counter[tuple[str, str]] = Counter(
        (item.assignment.label, item.split) for item in outcome.items if item.split
    )
    splits = SPLITS if outcome.plan.options.splits else ()
    folders = outcome.plan.folders
    sure = statistics(outcome.items, folders).classes
    return [
        {
            "label": label,
            "folder": folders[label] if folders[label] != label else "",
            "count": f"{count:,}",
            "share": _percent(count, most),
            "sure": "–" if (mean := sure[label].mean) is None else f"{mean:.1%}",
            "splits": [f"{in_split[label, split]:,}" for split in splits],
        }
        for label, count in outcome.counts.items()
    ]


def _review(outcome: Outcome, most: int) -> dict[str, str] | None:
    count = outcome.review
    return {"count": f"{count:,}", "share": _percent(count, most)} if count else None


def _percent(count: int, most: int) -> str:
    return f"{100 * count / most:.1f}"


def _confidence(outcome: Outcome) -> dict[str, object] | None:
    """How sure the predictions are; None where people decided everything."""
    predicted = [item for item in outcome.items if item.assignment.source != "human"]
    if not predicted:
        return None
    sure = [item.assignment.probability for item in predicted if not item.review]
    doubt = [item.assignment.probability for item in predicted if item.review]
    return {
        "histogram": Markup(histogram(sure, doubt)),  # made of numbers only
        "has_doubt": bool(doubt),
        "overall": confidence_text(statistics(predicted, outcome.plan.folders).overall),
        "sources": [
            f"{outcome.sources[source]:,} {words} "
            f"({outcome.sources[source] / len(outcome.items):.1%})"
            for source, words in SOURCES.items()
            if outcome.sources[source]
        ],
    }


def _examples(
    outcome: Outcome, look: Callable[[PlanItem], bytes | None]
) -> list[tuple[str, str, Sequence[Picture]]]:
    """Class, number of its images, and some of them."""
    return [
        (label, f"{outcome.counts[label]:,}", pictures)
        for label, pictures in examples(outcome, look).items()
    ]


def _origin(outcome: Outcome, record: RunRecord) -> list[tuple[str, str]]:
    options = outcome.plan.options
    rows = [
        ("Images", record.images_root),
        ("Model", f"{record.model_title} ({record.model_spec})"),
        ("Identity", record.model_identity),
        ("Labels", f"{record.label_count:,}{record.labels_of_groups}. {LABEL_RULE}"),
        ("Mode", options.mode),
        ("Formats", ", ".join(options.formats)),
    ]
    if record.calibration:
        rows.append(("Calibrated", calibration_text(record.calibration)))
    if record.conflicts:
        rows.append(("Conflicts", f"People disagreed on {len(record.conflicts):,} images."))
    if record.settled:
        rows.append(("Settled", record.settling))
    if options.splits:
        shares = ", ".join(f"{share:g}" for share in options.splits)
        rows.append(("Splits", f"train, val, test: {shares}; seed {options.seed}"))
    rows += [("Review", rule) for rule in review_rules(outcome)]
    rows += [(key, str(value)) for key, value in record.options.items() if key != "refinement"]
    rows += [("Refining", line) for line in refinement_lines(record.options)]
    if record.command:
        rows.append(("Command", shlex.join(record.command)))
    return rows


def _rejected(outcome: Outcome) -> list[str]:
    lines = [f"{entry.path}: {entry.reason}" for entry in outcome.rejected[:_LISTED]]
    if len(outcome.rejected) > _LISTED:
        lines.append(f"and {len(outcome.rejected) - _LISTED:,} more, all in rejected.csv")
    return lines
