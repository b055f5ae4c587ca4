"""report.html: the outcome of an export on one page that needs nothing else, not even a network."""

import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

from core import __version__
from core.export.destination import size_text
from core.export.plan import PlanItem
from core.export.record.run import LABEL_RULE, Outcome, RunRecord
from core.export.report.examples import examples
from core.export.report.svg import histogram
from core.export.report.text import SOURCES, printable, review_rules

REPORT_HTML = "report.html"
_LISTED = 200
_STYLE = Path(__file__).with_name("report.css")
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
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        file.writelines(line + "\n" for line in _page(outcome, record, look))


def _page(
    outcome: Outcome, record: RunRecord, look: Callable[[PlanItem], bytes | None]
) -> Iterator[str]:
    name = _text(record.images_root.rstrip("/\\").replace("\\", "/").rpartition("/")[2])
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{name}: Winnow export</title>"
    yield f"<style>{_STYLE.read_text('utf-8')}</style></head><body>"
    yield f"<h1>{name}</h1>"
    yield (
        f'<p class="soft">Sorted with Winnow {_text(__version__)}, {_text(record.created)}, '
        f"by {_text(record.model_title)} on {_text(record.device)}</p>"
    )
    yield from _tiles(outcome)
    yield from _list("What to know before using this", record.caveats, "warn")
    yield from _metrics(record.metrics)
    yield from _classes(outcome)
    yield from _confidence(outcome)
    yield from _examples(outcome, look)
    yield from _prompts(record.prompts)
    yield from _origin(outcome, record)
    yield from _list("Notes", outcome.notes)
    yield from _rejected(outcome)
    yield "</body></html>"


def _tiles(outcome: Outcome) -> Iterator[str]:
    yield '<div class="tiles">'
    for value, words in (
        (f"{len(outcome.items):,}", f"images, {size_text(outcome.size)}"),
        (f"{sum(n > 0 for n in outcome.counts.values()):,}", "classes with images"),
        (f"{outcome.sources['human']:,}", "decided by people"),
        (f"{outcome.review:,}", "for review"),
        (f"{len(outcome.rejected):,}", "rejected"),
    ):
        yield f'<div class="tile"><b>{value}</b><span>{words}</span></div>'
    yield "</div>"


def _metrics(metrics: Mapping[str, Any] | None) -> Iterator[str]:
    if not metrics:
        return
    yield "<section><h2>How good it is</h2>"
    for key, words in (("accuracy", "Accuracy"), ("macro_f1", "Macro F1")):
        if isinstance(metrics.get(key), (int, float)):
            yield f"<p>{words} <b>{metrics[key]:.1%}</b>{_between(metrics, key)}"
    if "n" in metrics:
        yield f'<p class="soft">Measured on {_text(metrics["n"])} images.</p>'
    per_class = metrics.get("per_class")
    if isinstance(per_class, Mapping) and per_class:
        columns = ("precision", "recall", "f1", "support")
        yield '<div class="wide"><table><tr><th>class</th>'
        yield "".join(f'<th class="n">{name}</th>' for name in columns) + "</tr>"
        for name, scores in per_class.items():
            cells = "".join(f'<td class="n">{_score(scores, column)}</td>' for column in columns)
            yield f"<tr><td>{_text(name)}</td>{cells}</tr>"
        yield "</table></div>"
    yield "</section>"


def _between(metrics: Mapping[str, Any], key: str) -> str:
    low, high = metrics.get(f"{key}_low"), metrics.get(f"{key}_high")
    if not isinstance(low, (int, float)) or not isinstance(high, (int, float)):
        return ""
    return f' <span class="soft">(95 % interval {low:.1%} to {high:.1%})</span>'


def _score(scores: Mapping[str, Any], column: str) -> str:
    value = scores.get(column)
    if not isinstance(value, (int, float)):
        return "–"
    return f"{value:,}" if column == "support" else f"{value:.1%}{_between(scores, column)}"


def _classes(outcome: Outcome) -> Iterator[str]:
    counts = outcome.counts
    most = max([*counts.values(), outcome.review, 1])
    split: Counter[tuple[str, str]] = Counter(
        (item.assignment.label, item.split) for item in outcome.items if item.split
    )
    parts = ("train", "val", "test") if outcome.plan.options.splits else ()
    yield '<section><h2>Images per class</h2><div class="wide"><table><tr><th>class</th>'
    yield '<th></th><th class="n">images</th>'
    yield "".join(f'<th class="n">{part}</th>' for part in parts) + "</tr>"
    for name, count in counts.items():
        folder = outcome.plan.folders[name]
        note = "" if folder == name else f' <span class="soft">folder {_text(folder)}</span>'
        cells = "".join(f'<td class="n">{split[name, part]:,}</td>' for part in parts)
        yield f"<tr><td>{_text(name)}{note}</td>{_bar(count / most)}"
        yield f'<td class="n">{count:,}</td>{cells}</tr>'
    if outcome.review:
        yield f"<tr><td>for review</td>{_bar(outcome.review / most, 'doubt')}"
        yield f'<td class="n">{outcome.review:,}</td>{"<td></td>" * len(parts)}</tr>'
    yield "</table></div></section>"


def _bar(share: float, kind: str = "") -> str:
    return f'<td class="bar"><i class="{kind}" style="width:{100 * share:.1f}%"></i></td>'


def _confidence(outcome: Outcome) -> Iterator[str]:
    sure = [i.assignment.probability for i in outcome.items if _predicted(i) and not i.review]
    doubt = [i.assignment.probability for i in outcome.items if _predicted(i) and i.review]
    if not sure and not doubt:
        return
    yield "<section><h2>How sure the predictions are</h2>"
    yield histogram(sure, doubt)
    yield '<p class="soft key">Images by the probability of their class.<i></i>in class folders'
    yield ('<i class="doubt"></i>for review' if doubt else "") + "</p>"
    yield "<ul>"
    for source, words in SOURCES.items():
        if count := outcome.sources[source]:
            yield f"<li>{count:,} {words} ({count / len(outcome.items):.1%})</li>"
    yield "</ul></section>"


def _predicted(item: PlanItem) -> bool:
    return item.assignment.source != "human"


def _examples(outcome: Outcome, look: Callable[[PlanItem], bytes | None]) -> Iterator[str]:
    chosen = examples(outcome, look)
    if not chosen:
        return
    yield "<section><h2>Examples</h2>"
    yield '<p class="soft">Of each class its surest images first, then its least sure: what is '
    yield "wrong is most likely among the last.</p>"
    counts = outcome.counts
    for name, pictures in chosen.items():
        yield f"<h3>{_text(name)} <small>{counts[name]:,}</small></h3>"
        yield '<div class="looks">'
        for picture in pictures:
            path = _text(picture.path)
            yield f'<figure title="{path}"><img alt="{path}" src="{picture.data_uri}">'
            yield f"<figcaption>{_text(picture.caption)}</figcaption></figure>"
        yield "</div>"
    if len(chosen) < sum(n > 0 for n in counts.values()):
        yield f'<p class="soft">Only the {len(chosen)} largest classes are shown.</p>'
    yield "</section>"


def _prompts(prompts: Mapping[str, list[str]]) -> Iterator[str]:
    if not prompts:
        return
    yield "<section><h2>Prompts</h2><dl>"
    for name, texts in prompts.items():
        yield f"<dt>{_text(name)}</dt><dd>{' · '.join(_text(text) for text in texts)}</dd>"
    yield "</dl></section>"


def _origin(outcome: Outcome, record: RunRecord) -> Iterator[str]:
    options = outcome.plan.options
    rows = [
        ("Images", record.images_root),
        ("Model", f"{record.model_title} ({record.model_spec})"),
        ("Identity", record.model_identity),
        ("Labels", f"{record.label_count:,}. {LABEL_RULE}"),
        ("Mode", options.mode),
        ("Formats", ", ".join(options.formats)),
    ]
    if record.conflicts:
        rows.append(("Conflicts", f"People disagreed on {len(record.conflicts):,} images."))
    if options.splits:
        shares = ", ".join(f"{share:g}" for share in options.splits)
        rows.append(("Splits", f"train, val, test: {shares}; seed {options.seed}"))
    rows += [("Review", rule) for rule in review_rules(outcome)]
    rows += [(key, str(value)) for key, value in record.options.items() if key != "refinement"]
    if record.command:
        rows.append(("Command", shlex.join(record.command)))
    yield "<section><h2>How it was made</h2><dl>"
    yield from (f"<dt>{_text(key)}</dt><dd>{_text(value)}</dd>" for key, value in rows)
    yield "</dl></section>"


def _rejected(outcome: Outcome) -> Iterator[str]:
    shown = [f"{entry.path}: {entry.reason}" for entry in outcome.rejected[:_LISTED]]
    if len(outcome.rejected) > _LISTED:
        shown.append(f"and {len(outcome.rejected) - _LISTED:,} more, all in rejected.csv")
    yield from _list(f"Rejected: {len(outcome.rejected):,}", shown)


def _list(title: str, lines: Iterable[str], kind: str = "") -> Iterator[str]:
    lines = list(lines)
    if lines:
        yield f'<section class="{kind}"><h2>{_text(title)}</h2><ul>'
        yield from (f"<li>{_text(line)}</li>" for line in lines)
        yield "</ul></section>"


def _text(value: object) -> str:
    """Anything as text that can stand in a page or an attribute."""
    return escape(printable(str(value)))
