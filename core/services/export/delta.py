"""Exports of only what is new: what earlier exports of a question hold, and what they lack.

The records of a question's exports say which images were written, and as what. The latest export of
everything and those of what was new since then count together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from core.export.names import fold, with_note
from core.export.plan import Plan, PlanItem
from core.export.planning import part_of
from core.export.record.past import Run, runs_of
from core.export.record.run import load_manifest
from core.project.pool import Pool
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.services.export.summary import Summary

MOST_RUNS = 1_000
"""Exports of what was new that are counted together."""


class File(NamedTuple):
    """One file as an export has it, or would have it."""

    path: str
    id: str
    label: str
    review: bool


@dataclass(frozen=True, eq=False)
class Before:
    """What is exported already.

    Attributes:
        runs: the records that count, the oldest first.
        files: path → the file as the latest of them has it.
        names: class and folded file name → the path that has it.
    """

    runs: tuple[Run, ...]
    files: Mapping[str, File]
    names: Mapping[tuple[str, str], str]

    @property
    def last(self) -> Run:
        """The latest of the exports."""
        return self.runs[-1]


@dataclass(frozen=True, eq=False)
class Delta:
    """What an export of only what is new would write.

    Attributes:
        before: what it is compared with.
        paths: of the files to write.
        new: how many of them no export holds.
        changed: path → class that an export has it in; it is another one now.
        unchanged: files that are exported already and stay as they are.
        gone: exported files that are no longer among the images.
    """

    before: Before
    paths: Collection[str]
    new: int
    changed: Mapping[str, str]
    unchanged: int
    gone: int

    def as_text(self) -> str:
        """The same in a sentence or two, for notes."""
        last = self.before.last
        text = (
            f"Only what is new since the export {last.name} of {last.date}: {self.new:,} new "
            f"files and {len(self.changed):,} with another class or content than there; "
            f"{self.unchanged:,} are exported already and are not written again."
        )
        if self.changed:
            text += " What has another class now still lies in its old folder there."
        return text

    def as_json(self) -> dict[str, Any]:
        """What the manifest says of it."""
        return {
            "since": self.before.last.name,
            "runs": [run.folder.name for run in self.before.runs],
            "new": self.new,
            "changed": dict(self.changed),
            "unchanged": self.unchanged,
            "gone": self.gone,
        }


def exported(snapshot: Snapshot) -> Before | None:
    """What the exports of a question hold together; None when nothing was exported yet.

    Raises:
        WinnowError: the record of one of them cannot be read.
    """
    runs = runs_of(snapshot.workspace.runs)
    if not runs:
        return None
    key = tuple(run.folder.name for run in runs)
    return snapshot.remember("exported", key, lambda: _read(runs), keep=1)


def _read(runs: list[Run]) -> Before:
    manifests: list[tuple[Run, Mapping[str, Any]]] = []
    for run in reversed(runs[-MOST_RUNS:]):
        try:
            manifest: Mapping[str, Any] = load_manifest(run.folder)
        except WinnowError as error:
            raise WinnowError(
                f"{error} Without that record nobody can tell what is new: export everything, or "
                f"take {run.folder} away to go on from the export before."
            ) from error
        manifests.insert(0, (run, manifest))
        if not manifest["options"].get("delta"):
            break
    files: dict[str, File] = {}
    names: dict[tuple[str, str], str] = {}
    for _, manifest in manifests:
        for entry in manifest["files"]:
            path = entry["path"]
            files[path] = File(path, entry["id"], entry["class"], entry["review"])
            if entry["file"]:
                names[entry["class"], fold(entry["file"].rpartition("/")[2])] = path
    return Before(tuple(run for run, _ in manifests), files, names)


def compare(files: Iterable[File], before: Before) -> Delta:
    """Find what exports lack of all the files that there are now.

    A file that was moved or renamed is not new: its content is exported under its old name.
    """
    now = {file.path: file for file in files}
    left: defaultdict[str, list[File]] = defaultdict(list)  # content → exported, its path is gone
    for path, old in before.files.items():
        if path not in now:
            left[old.id].append(old)
    gone = sum(map(len, left.values()))
    counts: Counter[str] = Counter()
    paths, changed = set[str](), dict[str, str]()
    for path, file in now.items():
        old_one = before.files.get(path)
        if old_one is None and left[file.id]:
            old_one = left[file.id].pop()
            counts["moved"] += 1
        if old_one is None:
            counts["new"] += 1
            paths.add(path)
        elif (old_one.id, old_one.label, old_one.review) != (file.id, file.label, file.review):
            changed[path] = old_one.label
            paths.add(path)
        else:
            counts["unchanged"] += 1
    return Delta(before, paths, counts["new"], changed, counts["unchanged"], gone - counts["moved"])


def of_plan(plan: Plan) -> Iterator[File]:
    """The files of a plan."""
    for item in plan.items:
        assignment = item.assignment
        yield File(assignment.path, assignment.id, assignment.label, item.review)


def of_pool(pool: Pool, whole: Summary) -> Iterator[File]:
    """The files of the plan that was counted."""
    labels = [whole.places.names[number] for number in whole.places.nodes.tolist()]
    for files, image_id, label, review in zip(
        pool.files, pool.ids, labels, whole.unsure.tolist(), strict=True
    ):
        for file in files:
            yield File(file.path, image_id, label, review)


def narrowed(whole: Summary, pool: Pool, delta: Delta) -> Summary:
    """The counts of the plan that ``only_new`` makes."""
    names = whole.places.names
    rows = np.array([pool.rows_by_path[path] for path in delta.paths], dtype=np.int64)
    copies = np.bincount(rows, minlength=len(pool))
    inside = np.bincount(
        whole.places.nodes, np.where(whole.unsure, 0, copies), minlength=len(names)
    )
    counts = dict(zip(names, inside.astype(int).tolist(), strict=True))
    files = (file for row in np.unique(rows).tolist() for file in pool.files[row])
    return Summary(
        files=len(rows),
        bytes_total=sum(file.size for file in files if file.path in delta.paths),
        counts={name: n for name, n in counts.items() if n or name in whole.counts},
        review=int(copies[whole.unsure].sum()),
        unsure=whole.unsure,
        places=whole.places,
        outside=copies == 0,
    )


def only_new(plan: Plan, delta: Delta) -> Plan:
    """The part of a plan that exports lack, under names that none of their files has.

    Args:
        delta: what came of comparing that plan.
    """
    names = dict(delta.before.names)
    items = [_apart(item, names) for item in plan.items if item.assignment.path in delta.paths]
    part = part_of(plan, items)
    return replace(part, notes=[delta.as_text(), *part.notes], delta=delta.as_json())


def _apart(item: PlanItem, names: dict[tuple[str, str], str]) -> PlanItem:
    """An item under a name of its own, should somebody put the exports into one folder."""
    folder, _, own = item.target.rpartition("/")
    label, path = item.assignment.label, item.assignment.path
    name, number = own, 1
    while names.setdefault((label, fold(name)), path) != path:
        number += 1
        name = with_note(own, str(number))
    return item if name == own else replace(item, target=f"{folder}/{name}")
