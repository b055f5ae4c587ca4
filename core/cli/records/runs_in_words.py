"""What ``winnow runs`` tells people: the list, and a comparison, as plain tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.cli.shared.options import percent
from core.cli.shared.terminal import table

if TYPE_CHECKING:
    from core.services.metrics.runs.comparing import Compared, OfSlice
    from core.services.metrics.runs.listing import Run

_MOST = 30  # rows of a table
_HEADS = ("run", "date", "kind", "name", "person", "accuracy", "labels", "note")


def list_in_words(listed: Sequence[Run]) -> str:
    """What ``winnow runs list`` prints."""
    return table([_row(run) for run in listed], _HEADS) if listed else "Nothing is on record yet."


def _row(run: Run) -> tuple[str, ...]:
    accuracy, labels = run.accuracy, run.figures.get("labels")
    return (
        run.id,
        run.date,
        run.kind,
        f"{run.name} (counts)" if run.pinned else run.name,
        run.person or "–",
        f"{accuracy[0]:.1%} ({accuracy[1]:.1%}–{accuracy[2]:.1%})" if accuracy else "–",
        f"{labels:,}" if isinstance(labels, int) else "–",
        run.note.text.splitlines()[0] if run.note else "",
    )


def comparison_in_words(compared: Compared) -> str:
    """What ``winnow runs compare`` prints."""
    parts = [
        f"{compared.first.run.title} → {compared.second.run.title}",
        f"{compared.flipped:,} of {compared.images:,} images have another class.",
    ]
    pairs = [(f"{f.before} → {f.after}", f"{len(f.rows):,}") for f in compared.flips[:_MOST]]
    parts += [table(pairs, ("class", "images"))] if pairs else []
    parts.append(compared.sentence())
    classes = [
        (name, f"{of.n:,}", percent(of.before / of.n), percent(of.after / of.n), _points(of.value),
         f"{_points(of.low)} to {_points(of.high)}")
        for name, of in compared.per_class.items()
    ]  # fmt: skip
    heads = ("images of the class", compared.basis, "before", "after", "points", "95 % interval")
    parts += [table(classes[:_MOST], heads)] if classes else []
    worse = [of for of in compared.slices if of.worse]
    parts.append(compared.slices_sentence())
    parts += [table([_slice(of) for of in worse[:_MOST]], ("slice", *heads[1:4]))] if worse else []
    return "\n\n".join(parts)


def _slice(of: OfSlice) -> tuple[str, ...]:
    n = of.difference.n
    shares = (percent(of.difference.before / n), percent(of.difference.after / n))
    return (f"{of.kind}: {of.name}", f"{n:,}", *shares)


def _points(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:+.1f}"
