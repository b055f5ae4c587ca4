"""How the files of a plan come to names that its readers see: by another suffix, or converted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.export.names import split_suffix
from core.export.options import Unreadable
from core.export.plan import Assignment
from core.export.readers.known import SUFFIXES, Reader

# What compresses with loss already becomes JPEG, all else PNG.
_LOSSY = ("AVIF", "HEIF")


@dataclass(frozen=True)
class Naming:
    """How one file is called.

    Attributes:
        path: its original path with the suffix that it gets.
        convert: what it is converted to ("PNG" or "JPEG"); None when it stays as it is.
        unseen: titles of the readers that pass over it.
    """

    path: str
    convert: str | None = None
    unseen: tuple[str, ...] = ()


def naming_of(assignment: Assignment, readers: Sequence[Reader], unreadable: Unreadable) -> Naming:
    """The name of one file for all readers of an export.

    Args:
        readers: of all formats that hold it under a name; none leaves it as it is.
        unreadable: what to do where one of them would pass over it.
    """
    path, content = assignment.path, assignment.content
    suffix = split_suffix(path)[1].lower()
    blind = tuple(reader.title for reader in readers if not reader.sees(suffix, content))
    if not blind or unreadable == "keep":
        return Naming(path, None, blind)
    own = SUFFIXES.get(content or "")
    if own is not None and all(reader.sees(own, content) for reader in readers):
        return Naming(_renamed(path, own))
    if unreadable == "rename" or content is None:
        return Naming(path, None, blind)
    target = "JPEG" if content in _LOSSY else "PNG"
    return Naming(_renamed(path, SUFFIXES[target]), target)


def notes_of(assignments: Sequence[Assignment], namings: Sequence[Naming]) -> list[str]:
    """Sentences on the files that get another suffix or are converted, with their numbers."""
    renamed: Counter[tuple[str, str]] = Counter()
    converted: Counter[tuple[str, str]] = Counter()
    for assignment, naming in zip(assignments, namings, strict=True):
        if naming.path != assignment.path:
            before, after = (_suffix_text(path) for path in (assignment.path, naming.path))
            changes = converted if naming.convert else renamed
            changes[before, naming.convert or after] += 1
    notes = []
    if renamed:
        notes.append(
            f"Files get the suffix of what they hold, because programs that read the export pass "
            f"over theirs: {_listed(f'{n:,} {b} as {a}' for (b, a), n in sorted(renamed.items()))}."
        )
    if converted:
        notes.append(
            f"Files are converted to what programs that read the export know, as Winnow sees them "
            f"(the first picture, upright, on white): "
            f"{_listed(f'{n:,} {b} to {a}' for (b, a), n in sorted(converted.items()))}."
        )
    return notes


def unseen_notes(assignments: Sequence[Assignment], namings: Sequence[Naming]) -> list[str]:
    """One sentence a group of readers that pass over files, with how many of which suffix."""
    counts: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for assignment, naming in zip(assignments, namings, strict=True):
        if naming.unseen:
            counts[naming.unseen][_suffix_text(assignment.path)] += 1
    return [
        f"{_listed(readers, ' and ')} will pass over {suffixes.total():,} files because of "
        "their suffix or content: "
        f"{_listed(f'{n:,} {suffix}' for suffix, n in sorted(suffixes.items()))}. "
        "Convert them on the Export page or with --convert-unreadable."
        for readers, suffixes in sorted(counts.items())
    ]


def _renamed(path: str, suffix: str) -> str:
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{split_suffix(name)[0]}{suffix}"


def _suffix_text(path: str) -> str:
    return split_suffix(path.rpartition("/")[2])[1].lower() or "without a suffix"


def _listed(parts: Iterable[str], between: str = ", ") -> str:
    return between.join(parts)
