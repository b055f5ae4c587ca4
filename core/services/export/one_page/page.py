"""The words and figures of the one-page report, and what writes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from core import __version__
from core.export.report.one_page.content import MOST_CLASSES, Group, Page, line, of_hundred
from core.images.names import shown
from core.runtime.errors import WinnowError
from core.services.export.one_page.facts import Facts
from core.services.export.one_page.pictures import pictures
from core.store.questions import of_slug
from core.store.workspace import Workspace

_MOST_PICTURES = 330  # on the whole page: some two megabytes
_MOST_EACH, _LEAST_EACH = 18, 3
_CAVEATS = 4
_MOST_LINES, _MOST_LETTERS = 5, 1_800


def page_of(workspace: Workspace, facts: Facts) -> Page:
    """The page, with pictures drawn at random from every class."""
    shown_names = sorted(
        (name for name, count in facts.counts.items() if count), key=lambda n: -facts.counts[n]
    )
    rest, names = shown_names[MOST_CLASSES:], shown_names[:MOST_CLASSES]
    each = max(_LEAST_EACH, min(_MOST_EACH, _MOST_PICTURES // max(1, len(names))))
    groups = [
        Group(line(name), facts.counts[name], pictures(workspace, facts.files[name], each))
        for name in names
    ]
    empty = sum(not count for count in facts.counts.values())
    return Page(
        title=line(_title(workspace)),
        date=f"{facts.when:%Y-%m-%d}",
        figures=_figures(facts),
        summary=list(map(line, _summary(facts))),
        groups=groups,
        others=_others(facts, rest, empty),
        promised=_flowing(map(line, facts.promise)),
        left=_flowing(map(line, _left(facts))),
        foot=_flowing(map(line, _foot(facts))),
    )


def _flowing(sentences: Iterable[str]) -> list[str]:
    """A sentence a line; of many one paragraph, which takes less room."""
    listed = list(sentences)
    if len(listed) <= _MOST_LINES:
        return listed
    text = " ".join(listed)
    return [text if len(text) <= _MOST_LETTERS else f"{text[:_MOST_LETTERS]}…"]


def _title(workspace: Workspace) -> str:
    name = shown(workspace.images.name) or "Images"
    question = of_slug(workspace.root, workspace.question) if workspace.question else None
    return f"{name}: {question.name}" if question else name


def _accuracy(facts: Facts) -> tuple[float, float | None, float | None] | None:
    metrics = facts.metrics or {}
    value, low, high = (metrics.get(key) for key in ("accuracy", "accuracy_low", "accuracy_high"))
    if not isinstance(value, int | float) or not 0 <= value <= 1:
        return None
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return value, None, None
    return value, max(0.0, low), min(1.0, high)


def _figures(facts: Facts) -> list[tuple[str, str]]:
    accuracy = _accuracy(facts)
    if accuracy is None:
        first = ("–", "right: not measured yet")
    else:
        value, low, high = accuracy
        words = "of all predictions are right"
        if low is not None and high is not None:
            words += f"; 95 % interval {low:.1%} to {high:.1%}"
        first = (f"{value:.1%}", words)
    return [
        first,
        (f"{facts.sorted_images:,}", f"images sorted into {facts.folders}"),
        (f"{facts.review:,}", "images for a person to look at"),
        (f"{facts.people:,}", "images whose class people decided"),
    ]


def _summary(facts: Facts) -> list[str]:
    accuracy = _accuracy(facts)
    if accuracy is None:
        return [
            f"{facts.sorted_images:,} images are sorted into {facts.folders}. How many of them "
            "are right was not measured: that takes labels of 10 images drawn at random."
        ]
    of = "of the predictions"
    if facts.review:
        of += ", those of images that wait for a person included,"
    return [
        f"{facts.sorted_images:,} images are sorted into {facts.folders}. "
        f"{of_hundred(*accuracy)} {of} are right."
    ]


def _others(facts: Facts, rest: Sequence[str], empty: int) -> str:
    parts = []
    if rest:
        images = sum(facts.counts[name] for name in rest)
        parts.append(f"{len(rest):,} smaller classes with {images:,} images are not shown")
    if empty:
        parts.append(f"{empty:,} classes have no image" if empty > 1 else "one class has no image")
    return f"{'; '.join(parts)}." if parts else ""


def _left(facts: Facts) -> list[str]:
    if not facts.export:
        return ["Nothing is exported yet, so no image is set aside for a person to look at."]
    left = (
        f"{facts.review:,} images ({_share(facts.review, facts.sorted_images + facts.review)}) "
        "were not sure enough and wait in the folder review."
        if facts.review
        else "No image was set aside: every one was put into a class."
    )
    lines = [left]
    if facts.rejected:
        lines.append(f"{facts.rejected:,} files could not be used and are not among the sorted.")
    return lines


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "0 %"


def _foot(facts: Facts) -> list[str]:
    source = f"the export {facts.export}" if facts.export else "predictions that are not exported"
    labels = f"{facts.labels:,} labels of people" if facts.labels else "prompts alone, no labels"
    lines = [
        f"Of {source}. Sorted with Winnow {__version__} by {facts.model or 'a model file'}, from "
        f"{labels}. The pictures are drawn at random from each class, so mistakes show as often as "
        "they are."
    ]
    if facts.basis:
        lines.append(facts.basis)
    return [*lines, *facts.caveats[:_CAVEATS]]


def writer_of(path: Path) -> Callable[[Page], bytes]:
    """What writes a file of that name.

    Raises:
        WinnowError: it ends in neither .pdf nor .html.
    """
    kind = path.suffix.lower()
    if kind == ".pdf":
        from core.export.report.one_page.pdf import write_pdf

        return write_pdf
    if kind in (".html", ".htm"):
        from core.export.report.one_page.html import write_html

        return write_html
    raise WinnowError(f"The report {shown(path)} must end in .pdf or .html.")


def lines(facts: Facts) -> Iterable[str]:
    """What the page says, for the terminal."""
    return [*_summary(facts), *_left(facts)]
