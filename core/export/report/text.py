"""report.txt: the outcome of an export for the person who ordered it."""

import shlex
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from core import __version__
from core.export.destination import size_text
from core.export.record.run import LABEL_RULE, Outcome, RunRecord
from core.export.record.statistics import Confidence, statistics
from core.images.folders.left_out import EXAMPLES

REPORT = "report.txt"
NOT_MEASURED = "not measured (it takes labels of 10 random images, or a truth file)"
SOURCES = {
    "human": "labeled by a person",
    "model": "predicted by the model trained on labels",
    "prompt": "predicted from the prompts",
}


def write_report(path: Path, outcome: Outcome, record: RunRecord) -> None:
    """Write the report; control characters in names are shown as escapes.

    Raises:
        OSError: the file cannot be written.
    """
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        file.writelines(printable(line) + "\n" for line in _lines(outcome, record))


def _lines(outcome: Outcome, record: RunRecord) -> Iterator[str]:
    yield "Winnow export"
    yield "============="
    yield ""
    yield from _accuracy(record)
    if outcome.plan.promise:
        yield from _list("What is promised", list(outcome.plan.promise["words"]))
        yield ""
    yield from _origin(outcome, record)
    yield from _classes(outcome)
    yield from _decisions(outcome)
    yield from _confidence(outcome)
    if record.metrics:
        yield from _metrics(record.metrics)
    if record.metrics and record.metrics_basis:
        yield record.metrics_basis
    yield from _list("How many images the collection really has", share_lines(record.shares))
    yield from _list("Refinement of the prompts", refinement_lines(record.options))
    yield from _list("Caveats", record.caveats)
    yield from _list("Notes", outcome.notes)
    yield from _list("Passed over", record.left_out.lines(most=EXAMPLES))
    yield from _list(
        f"Not written: {len(outcome.rejected)}",
        [f"{entry.path}: {entry.reason}" for entry in outcome.rejected],
    )


def _accuracy(record: RunRecord) -> Iterator[str]:
    figures = headline(record.metrics)
    if not figures:
        yield f"Accuracy  {NOT_MEASURED}"
    for name, text in figures:
        yield f"{name:<9} {text}"
    if figures and record.metrics_basis:
        yield f"          {record.metrics_basis}"
    yield ""


def headline(metrics: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Accuracy and macro F1 with their intervals, those that there are.

    Args:
        metrics: in the form of ``winnow evaluate --json``.
    """
    lines = []
    for key, name in (("accuracy", "Accuracy"), ("macro_f1", "Macro F1")):
        value, low, high = (
            (metrics or {}).get(part) for part in (key, f"{key}_low", f"{key}_high")
        )
        if isinstance(value, (int, float)):
            text = f"{value:.1%}"
            if isinstance(low, (int, float)) and isinstance(high, (int, float)):
                text += f" (95 % interval {low:.1%} to {high:.1%})"
            lines.append((name, text))
    return lines


def share_lines(shares: Mapping[str, Mapping[str, int]]) -> list[str]:
    """How many images of each class there are by the random images, a line each."""
    return [
        f"{name}: about {of['images']:,} (95 % interval {of['low']:,} to {of['high']:,}); "
        f"{of['assigned']:,} are predicted or labeled so"
        for name, of in shares.items()
    ]


def _origin(outcome: Outcome, record: RunRecord) -> Iterator[str]:
    options = outcome.plan.options
    yield f"When      {record.created}"
    yield f"Images    {record.images_root}"
    yield f"Model     {record.model_title} ({record.model_spec}) on {record.device}"
    yield f"          {record.model_identity}"
    yield f"Labels    {record.label_count}{record.labels_of_groups}"
    if record.label_count:
        yield f"          {LABEL_RULE}"
    if record.conflicts:
        yield f"          People disagreed on {len(record.conflicts)} images."
    if record.settled:
        yield f"          {record.settling}"
    if record.calibration:
        yield f"Calibrated {calibration_text(record.calibration)}"
    yield f"Mode      {options.mode}"
    yield f"Formats   {', '.join(options.formats)}"
    if options.splits:
        shares = ", ".join(f"{share:g}" for share in options.splits)
        yield f"Splits    train, val, test: {shares}; seed {options.seed}"
    yield f"Written   {len(outcome.items)} files"
    yield f"Size      {size_text(outcome.size)}"
    yield f"Made by   Winnow {__version__}"
    if record.command:
        yield f"Command   {shlex.join(record.command)}"


def _classes(outcome: Outcome) -> Iterator[str]:
    counts = outcome.counts
    total = sum(counts.values())
    yield from _heading("Images per class")
    width = max([len(name) for name in counts] + [len("in review/")])
    splits = Counter(
        (item.assignment.label, item.split) for item in outcome.items if item.split is not None
    )
    for name, count in counts.items():
        line = f"{name:<{width}}  {count:>7}  {_share(count, total)}"
        if outcome.plan.options.splits:
            parts = (f"{part} {splits[name, part]}" for part in ("train", "val", "test"))
            line += "   " + ", ".join(parts)
        folder = outcome.plan.folders[name]
        yield line if folder == name else f"{line}   folder: {folder}"
    rules = review_rules(outcome)
    if rules:
        yield f"{'in review/':<{width}}  {outcome.review:>7}  ({'; '.join(rules)})"


def review_rules(outcome: Outcome) -> list[str]:
    """What sent images to review/, in words."""
    options = outcome.plan.options
    rules = []
    if options.review_below is not None:
        rules.append(f"probability below {options.review_below:g}")
    if options.review_margin is not None:
        rules.append(f"lead over the second class below {options.review_margin:g}")
    if options.review_ratio is not None:
        rules.append(f"less than {options.review_ratio:g} times as probable as the second class")
    doubts = {item.assignment.doubt for item in outcome.plan.items if item.review}
    return rules + sorted(doubt for doubt in doubts if doubt)[:3]


def refinement_lines(options: Mapping[str, Any]) -> list[str]:
    """The iterations of prototype refinement, a line each; none without it."""
    return [
        f"{step['iteration']}: text weight {step['weight']:.2f}, {step['moved_share']:.1%} moved, "
        f"{step['active_classes']} classes in use, mean confidence {step['mean_confidence']:.3f}"
        for step in options.get("refinement") or ()
        if isinstance(step, Mapping)
    ]


def calibration_text(calibration: Mapping[str, Any]) -> str:
    """How the probabilities were calibrated, in words."""
    return (
        f"on {calibration['audit_images']:,} random images, "
        f"temperature {calibration['temperature']:.2f}"
    )


def _decisions(outcome: Outcome) -> Iterator[str]:
    yield from _heading("How they were decided")
    for source, words in SOURCES.items():
        count = outcome.sources[source]
        yield f"{count:>7}  {_share(count, len(outcome.items))}  {words}"


def _confidence(outcome: Outcome) -> Iterator[str]:
    figures = statistics(outcome.items, outcome.plan.folders)
    if not figures.overall.images:
        return
    yield from _heading("Confidence of the predictions")
    yield f"All: {confidence_text(figures.overall)}"
    for name, of in figures.classes.items():
        yield f"  {name}: {confidence_text(of)}"


def confidence_text(of: Confidence) -> str:
    """The figures of some predictions in a line."""
    if of.mean is None or of.spread is None or of.least is None or of.most is None:
        return "no image was predicted"
    return (
        f"mean {of.mean:.3f}, spread {of.spread:.3f}, least {of.least:.3f}, most {of.most:.3f}, "
        f"of {of.images:,} image{'s' if of.images != 1 else ''}"
    )


def _metrics(metrics: Mapping[str, Any]) -> Iterator[str]:
    yield from _heading("Metrics")
    for name, value in metrics.items():
        if isinstance(value, (int, float)):
            yield f"{name}: {round(value, 4):g}"
    per_class = metrics.get("per_class")
    if not isinstance(per_class, Mapping):
        return
    for name, scores in per_class.items():
        if isinstance(scores, Mapping):
            shown = (
                f"{score} {round(value, 3):g}"
                for score, value in scores.items()
                if isinstance(value, (int, float))
            )
            yield f"  {name}: {', '.join(shown)}"


def _list(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield from _heading(title)
        yield from (f"- {line}" for line in lines)


def _heading(title: str) -> Iterator[str]:
    yield ""
    yield title
    yield "-" * len(title)


def _share(count: int, total: int) -> str:
    return f"{100 * count / total if total else 0:5.1f} %"


def printable(line: str) -> str:
    """One line that cannot move the cursor of a terminal or break into two."""
    return "".join(
        # Joiners are unprintable to Python, but emoji are made with them.
        char if char.isprintable() or char in "\u200c\u200d" else ascii(char)[1:-1]
        for char in line
    )
