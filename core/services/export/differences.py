"""In what a repeated run differs from its manifest, each kind in one sentence with its images."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.export.record.manifest import package_versions
from core.images.names import shown
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.store.labels.base import labels_digest

if TYPE_CHECKING:
    from core.encoders.base import Encoder

_NAMED = 5
# What makes up the assignment of an image; its probability is told apart.
_ASSIGNMENT = ("class", "source", "split", "review", "file")
SURROUNDINGS = frozenset({"packages", "device", "probabilities", "questions"})
"""Kinds that are no other assignment themselves, though some can explain one."""

Entry = Mapping[str, Any]
Entries = Mapping[str, Entry]


@dataclass(frozen=True)
class Difference:
    """One kind of difference. `names` are the paths of the images concerned, all of them."""

    kind: str
    text: str
    names: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain types; the first images only are in `text` of `as_text`, here all are."""
        return {
            "kind": self.kind,
            "text": self.text,
            "count": len(self.names),
            "images": list(self.names),
        }

    def as_text(self) -> str:
        """One line with the first images."""
        if not self.names:
            return self.text
        named = ", ".join(shown(name) for name in self.names[:_NAMED])
        more = f" and {len(self.names) - _NAMED} more" if len(self.names) > _NAMED else ""
        return f"{self.text}: {named}{more}"


def encoder(now: Encoder, manifest: Entry) -> Iterator[Difference]:
    """The model is another one, by its weights or its preprocessing."""
    then = manifest["encoder"]
    if then.get("identity") != now.identity:
        yield Difference(
            "encoder",
            f"The model was {then.get('spec')} ({then.get('identity')}) and is {now.spec} "
            f"({now.identity})",
        )


def images(then: Entries, now: Entries) -> Iterator[Difference]:
    """Images are missing, new, or have another content."""
    missing = tuple(sorted(set(then) - set(now)))
    if missing:
        yield Difference("images_missing", f"{_images(missing)} of the run missing now", missing)
    new = tuple(sorted(set(now) - set(then)))
    if new:
        yield Difference("images_new", f"{_images(new)} new since the run", new)
    changed = tuple(p for p in then if p in now and then[p]["id"] != now[p]["id"])
    if changed:
        yield Difference("images_changed", f"{_images(changed)} changed since the run", changed)


def labels(
    stored: Mapping[str, str], manifest: Entry, classes: Vocabulary, then: Entries
) -> tuple[dict[str, str], list[Difference]]:
    """Which labels to repeat the run with, and how they differ from those of the manifest.

    A workspace without labels is taken for a fresh one, which gets the manifest's; one with labels
    keeps its own, and only gets those that had come from a file.

    Args:
        stored: image id → class, the labels of the workspace.
        classes: those of the run; labels of others take no part.
        then: path → what the manifest tells of the image.

    Returns:
        Labels to be given in addition to the stored ones, and the differences.

    Raises:
        WinnowError: the manifest does not hold its labels properly.
    """
    entry = manifest["labels"]
    recorded, from_file = entry.get("classes"), entry.get("from_file")
    if not isinstance(recorded, dict) or not isinstance(from_file, list):
        raise WinnowError("The manifest lacks proper labels; use it as Winnow wrote it.")
    differences = []
    if (labels_digest(recorded) if recorded else None) != entry.get("digest"):
        differences.append(
            Difference("labels", "The labels in the manifest are not those it was written with")
        )
    if not stored:
        return recorded, differences
    path_of = {file["id"]: path for path, file in reversed(list(then.items()))}
    every = {*classes.names, *(name for name, *_ in classes.groups)}
    present = {i: label for i, label in stored.items() if i in path_of and label in every}
    expected = {i: label for i, label in recorded.items() if i not in from_file}
    for image_id in sorted(set(present) | set(expected), key=lambda i: path_of.get(i, i)):
        before, after = expected.get(image_id), present.get(image_id)
        if before != after and image_id not in from_file:
            name = path_of.get(image_id, image_id)
            differences.append(Difference("labels", _label_text(before, after), (name,)))
    return {i: recorded[i] for i in from_file if i in recorded}, _together(differences)


def _label_text(before: str | None, after: str | None) -> str:
    if before is None:
        return f"labeled {after!r} since the run"
    if after is None:
        return f"no longer labeled {before!r}"
    return f"relabeled from {before!r} to {after!r}"


def _together(differences: list[Difference]) -> list[Difference]:
    """Differences of the same text as one."""
    names: dict[tuple[str, str], tuple[str, ...]] = {}
    for difference in differences:
        key = (difference.kind, difference.text)
        names[key] = names.get(key, ()) + difference.names
    result = []
    for (kind, text), paths in names.items():
        head = f"{_images(paths)} {text}" if paths else text
        result.append(Difference(kind, head, paths))
    return result


def assignments(then: Entries, now: Entries) -> Iterator[Difference]:
    """Images that get another class, source, split or place."""
    both = [path for path in then if path in now]
    for field in _ASSIGNMENT:
        names = tuple(path for path in both if then[path][field] != now[path][field])
        if not names:
            continue
        first = names[0]
        yield Difference(
            "assignment",
            f"{_images(names)} with another {field} (first: {then[first][field]!r} was, "
            f"{now[first][field]!r} is)",
            names,
        )


def probabilities(then: Entries, now: Entries, identical: bool) -> Iterator[Difference]:
    """Probabilities that differ though the same images were scored."""
    both = [path for path in then if path in now]
    gaps = {p: abs((then[p]["probability"] or 0) - (now[p]["probability"] or 0)) for p in both}
    names = tuple(path for path in both if gaps[path] > 0)
    if names and not identical:
        yield Difference(
            "probabilities",
            f"{_images(names)} with another probability, by {max(gaps.values()):.6f} at most",
            names,
        )


def surroundings(now: Encoder, manifest: Entry) -> Iterator[Difference]:
    """Versions and devices, which can change the last bits of a probability."""
    then, present = manifest.get("packages") or {}, package_versions()
    changed = [
        f"{name} {then.get(name, 'none')} -> {present.get(name, 'none')}"
        for name in sorted(set(then) | set(present))
        if then.get(name) != present.get(name)
    ]
    if manifest.get("python") != platform.python_version():
        changed.append(f"Python {manifest.get('python')} -> {platform.python_version()}")
    if changed:
        yield Difference("packages", f"Other versions: {', '.join(changed)}")
    device = manifest["encoder"].get("device")
    if device != now.device:
        yield Difference("device", f"Run on {device} then and on {now.device} now")


def questions(gone: Sequence[str]) -> Iterator[Difference]:
    """The tables showed labels of other questions, or columns, that are not there any more."""
    if gone:
        text = f"The collection has no columns {', '.join(map(shown, gone))} as the tables had"
        yield Difference("questions", text)


def _images(names: tuple[str, ...]) -> str:
    return f"{len(names)} image{'s' if len(names) != 1 else ''}"
