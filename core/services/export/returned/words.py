"""What was taken over from a corrected export: for scripts, and in sentences for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from core.export.corrected.comparing import MOST_LISTED, Changes
from core.images.names import shown
from core.learn.judging.agreement import Agreement
from core.services.export.returned.corrections import Copy, Taken

_NAMED = 5  # folders, paths or classes that a sentence names


def as_json(taken: Taken) -> dict[str, Any]:
    """The contract of ``winnow labels from-export --json``; of several copies the sums."""
    changes = [copy.changes for copy in taken.copies]
    content: dict[str, Any] = {
        "moved": sum(each.moved for each in changes),
        "deleted": sum(len(each.deleted) for each in changes),
        "renamed": sum(each.renamed for each in changes),
        "unknown": sum(each.unknown for each in changes),
        "labels": taken.labels,
        "batch": taken.batch,
        "conflicts": sum(len(each.conflicts) for each in changes),
        "already": taken.already,
        "gone": taken.gone,
        "to_review": sum(each.to_review for each in changes),
        "unknown_classes": dict(taken.unknown),
        "copies": [_copy(copy) for copy in taken.copies],
        "people": [
            {"one": one, "other": other} | _agreement(of)
            for (one, other), of in taken.people.items()
        ],
    }
    if taken.together is not None:
        paths = taken.copies[0].changes.paths
        two = taken.together
        content |= _agreement(two.agreement) | {
            "disputed": [
                {"path": paths[image], two.one: first, two.other: second}
                for image, (first, second) in list(two.disputed.items())[:MOST_LISTED]
            ],
            "disputed_count": len(two.disputed),
        }
    return content


def _copy(copy: Copy) -> dict[str, Any]:
    changes = copy.changes
    return {
        "folder": str(copy.folder),
        "annotator": copy.annotator,
        "moved": changes.moved,
        "deleted": [changes.paths[image] for image in changes.deleted[:MOST_LISTED]],
        "conflicts": [
            {"path": changes.paths[image], "classes": classes}
            for image, classes in list(changes.conflicts.items())[:MOST_LISTED]
        ],
        "unknown_folders": changes.folders,
        "unknown_files": changes.strangers,
    }


def _agreement(of: Agreement) -> dict[str, Any]:
    return {"images": of.images, "agreement": of.share, "kappa": of.kappa}


def as_text(taken: Taken) -> str:
    """The same for people, a sentence a line."""
    return "\n".join(_lines(taken))


def _lines(taken: Taken) -> Iterator[str]:
    for copy in taken.copies:
        yield from sentences(copy)
    yield f"{taken.labels:,} labels stored as one batch." if taken.labels else "No new label."
    if taken.already:
        yield f"{taken.already:,} more say what was stored already."
    if taken.gone:
        yield f"{taken.gone:,} images are no longer in the collection; they got no label."
    if taken.unknown:
        yield (
            f"These are not among the classes now: {_counted(taken.unknown)}; their labels count "
            "once they are."
        )
    if taken.together is not None:
        two = taken.together
        yield f"{two.one} and {two.other}: {agreement_text(two.agreement)}."
        if two.disputed:
            yield (
                f"They differ on {len(two.disputed):,}; settle these on the Label page, with Only "
                "where people disagree."
            )
    else:
        for (one, other), of in taken.people.items():
            yield f"{one} and {other}: {agreement_text(of)}, of labels that both gave."


def sentences(copy: Copy) -> Iterator[str]:
    """What is different in one copy."""
    changes = copy.changes
    yield (
        f"{shown(copy.folder)} ({copy.annotator}): {changes.moved:,} images in another class, "
        f"{len(changes.deleted):,} deleted, {changes.renamed:,} files renamed."
    )
    if changes.to_review:
        yield f"{changes.to_review:,} images were moved into review; that is no label."
    if changes.conflicts:
        yield (
            f"{len(changes.conflicts):,} images lie in folders of several classes and got no "
            f"label: {_named(changes, list(changes.conflicts))}."
        )
    if changes.folders:
        named = {shown(name) or "the top": count for name, count in changes.folders.items()}
        yield (
            f"No class is called like these folders: {_counted(named)}. Their images got no label; "
            "add the class on the Prompts page and read the export again."
        )
    if changes.stranger_count:
        paths = ", ".join(map(shown, changes.strangers[:_NAMED]))
        yield (
            f"{changes.stranger_count:,} files are not of this export, or were edited: {paths}"
            f"{' …' if changes.stranger_count > _NAMED else ''}."
        )


def agreement_text(of: Agreement) -> str:
    """An agreement as a part of a sentence."""
    if of.share is None:
        return "no image that both gave a class"
    kappa = "not defined" if of.kappa is None else f"{of.kappa:.2f}"
    return f"the same class for {of.share:.1%} of {of.images:,} images (Cohen's kappa {kappa})"


def _named(changes: Changes, images: list[str]) -> str:
    paths = ", ".join(shown(changes.paths[image]) for image in images[:_NAMED])
    return f"{paths} …" if len(images) > _NAMED else paths


def _counted(counts: Mapping[str, int]) -> str:
    parts = [f"{name} ({count:,})" for name, count in list(counts.items())[:_NAMED]]
    more = f" and {len(counts) - _NAMED:,} more" if len(counts) > _NAMED else ""
    return ", ".join(parts) + more
