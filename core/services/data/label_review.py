"""What a table of labels would do to a collection, row by row, before anything is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from core.images.names import shown
from core.project.snapshot import Snapshot
from core.runtime.spelling import Matcher, clean, same
from core.services.data.name_matching import found_by_name
from core.store.csv_tables import CONTRADICTS, LabelTable
from core.store.table_rows import AGAIN, Rejected, counts, in_words

NO_IMAGE, UNCLEAR = "no embedded image", "several images are spelled almost so"
_NAMED = 10


@dataclass(frozen=True)
class Review:
    """Labels of a table as the collection would take them.

    Attributes:
        labels: row of the pool → class, or a name that is no class yet.
        unknown: name → number of labels of what is no class.
        respelled: label as the table has it → the class that it counts as, where case, signs or
            invisible characters differ.
        rejected: rows that do not count, in the order of the file.
        rows: of the table; each is one label or one of ``rejected``.
        paths: how many paths are spelled another way than the files.
        note: which encoding was taken, when that was not clear; else "".
        answers: row of the pool → kind of an answer without a class, of images without a label.
    """

    labels: dict[int, str]
    unknown: dict[str, int]
    respelled: dict[str, str]
    rejected: list[Rejected]
    rows: int
    paths: int = 0
    note: str = ""
    answers: dict[int, str] = field(default_factory=dict)

    @property
    def reasons(self) -> dict[str, int]:
        """How many rows do not count, by reason."""
        return counts(self.rejected)

    @property
    def missing(self) -> int:
        """Rows whose path is no embedded image, or could be several."""
        return self.reasons.get(NO_IMAGE, 0) + self.reasons.get(UNCLEAR, 0)

    def remarks(self, table: str) -> Iterator[str]:
        """What people should know of it, a sentence each; none when all went as written.

        Args:
            table: begins a sentence: "The truth file".
        """
        if self.note:
            yield f"{table}: {self.note}."
        if self.rejected:
            yield (
                f"{table}: {len(self.rejected):,} of {self.rows:,} rows do not count: "
                f"{in_words(self.rejected)}."
            )
        if self.respelled:
            pairs = [f"{old!r} as {new!r}" for old, new in self.respelled.items()]
            yield f"{table}: counted under another spelling are {_listed(pairs)}."

    def outside(self, table: str) -> Iterator[str]:
        """The labels of no class, as a sentence; nothing when there are none."""
        if self.unknown:
            names = [f"{name!r} ({count:,})" for name, count in self.unknown.items()]
            yield f"{table}: {_listed(names)} are not among the classes."


def review(snapshot: Snapshot, labels: Mapping[str, str]) -> Review:
    """Find the image and the class of each row; nothing is written.

    A picture that two rows call two things gets no label, also where they name two files with the
    same bytes.

    Args:
        labels: relative path → label, perhaps with the rows that do not count already.
    """
    table = labels if isinstance(labels, LabelTable) else None
    lines = table.lines if table else {}
    matched = snapshot.pool.match((path, (path, label)) for path, label in labels.items())
    if table is not None and table.by_name:
        matched = found_by_name(
            snapshot.pool, matched, {path: (path, labels[path]) for path in labels}
        )
    unclear = set(matched.unclear)
    rejected = [
        _left_out(lines, path, labels[path], UNCLEAR if path in unclear else NO_IMAGE)
        for path in matched.missing
    ]
    names = _Names(snapshot.class_of)
    by_row: dict[int, list[tuple[str, str]]] = {}
    for row, (path, label) in matched.values:
        by_row.setdefault(row, []).append((path, label))
    result: dict[int, str] = {}
    for row, spelled in by_row.items():
        meant = [names.of(label) for _, label in spelled]
        if len(set(meant)) > 1:
            rejected += _contradictions(lines, spelled, meant)
            continue
        result[row] = meant[0]
        rejected += [
            _left_out(lines, path, label, AGAIN, f"the same picture as {shown(spelled[0][0])}")
            for path, label in spelled[1:]
        ]
    answers = _answers(snapshot, table, result, rejected) if table else {}
    rejected += table.rejected if table else ()
    rejected.sort(key=lambda row: row.line)
    return Review(
        result,
        dict(Counter(name for name in result.values() if name not in names.classes)),
        names.respelled,
        rejected,
        table.rows if table else len(labels),
        len(matched.respelled),
        table.note if table else "",
        answers,
    )


def _answers(
    snapshot: Snapshot, table: LabelTable, labels: dict[int, str], rejected: list[Rejected]
) -> dict[int, str]:
    """Answers without a class by row of the pool; those of no image are added to ``rejected``.

    An image with a label, and one of which two rows say two things, gets none.
    """
    matched = snapshot.pool.match((path, (path, kind)) for path, kind in table.answers.items())
    for path in matched.missing:
        rejected.append(_left_out(table.lines, path, table.answers[path], NO_IMAGE))
    kinds: dict[int, set[str]] = {}
    for row, (_, kind) in matched.values:
        kinds.setdefault(row, set()).add(kind)
    return {
        row: next(iter(each)) for row, each in kinds.items() if len(each) == 1 and row not in labels
    }


class _Names:
    """Labels as names of classes; those that are none yet in the spelling that came first."""

    def __init__(self, class_of: Matcher) -> None:
        self._class_of = class_of
        self._meant: dict[str, str] = {}
        self._new: dict[str, str] = {}
        self.classes: set[str] = set()
        self.respelled: dict[str, str] = {}

    def of(self, label: str) -> str:
        if label not in self._meant:
            name = self._class_of(label)
            if name is None and label[:1] == "'":  # guarded from spreadsheets
                name = self._class_of(label[1:])
            if name is not None:
                self.classes.add(name)
            else:
                name = self._new.setdefault(same(label), clean(label))
            if name != clean(label):
                self.respelled[label] = name
            self._meant[label] = name
        return self._meant[label]


def _left_out(
    lines: Mapping[str, int], path: str, label: str, reason: str, more: str = ""
) -> Rejected:
    return Rejected(lines.get(path, 0), path, label, reason, more)


def _contradictions(
    lines: Mapping[str, int], spelled: Sequence[tuple[str, str]], meant: Sequence[str]
) -> Iterator[Rejected]:
    for (path, label), name in zip(spelled, meant, strict=True):
        other, says = next(
            pair for pair, theirs in zip(spelled, meant, strict=True) if theirs != name
        )
        more = f"{shown(other)}, the same picture, is {says!r}"
        yield _left_out(lines, path, label, CONTRADICTS, more)


def _listed(parts: Sequence[str]) -> str:
    more = f" and {len(parts) - _NAMED:,} more" if len(parts) > _NAMED else ""
    return ", ".join(parts[:_NAMED]) + more
