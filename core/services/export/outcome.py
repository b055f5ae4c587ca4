"""What a run did, or would do, in words and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.export.destination import size_text
from core.export.elsewhere.sending import spelled
from core.export.formats import layout_of
from core.export.plan import Plan
from core.images.folders.left_out import LeftOut
from core.images.names import shown

_SHOWN = 20


@dataclass(frozen=True)
class RunOutcome:
    """What a run wrote or, for a dry run, would write. ``manifest`` is None for a dry run."""

    images: int
    written: int
    rejected: list[tuple[str, str]]
    review: int
    classes: dict[str, int]
    out: Path
    manifest: Path | None
    bytes_total: int
    renamed: int
    notes: list[str] = field(default_factory=list)
    plan: Plan | None = None
    resumed: bool = False
    left_out: LeftOut = field(default_factory=LeftOut)

    def as_json(self) -> dict[str, Any]:
        """The contract of ``winnow run --json``; a dry run adds every file it would write."""
        content = {
            "images": self.images,
            "written": self.written,
            "rejected": len(self.rejected),
            "review": self.review,
            "classes": self.classes,
            "out": spelled(self.out),
            "manifest": str(self.manifest) if self.manifest else None,
            "bytes": self.bytes_total,
            "renamed": self.renamed,
            "resumed": self.resumed,
            "dry_run": self.manifest is None,
            "rejections": [{"path": path, "reason": why} for path, why in self.rejected],
            "notes": self.notes,
            "left_out": self.left_out.as_json(),
        }
        if self.plan is not None and self.plan.promise is not None:
            content["promise"] = dict(self.plan.promise)
        if self.manifest is None and self.plan is not None:
            content["bytes_needed"] = self.plan.bytes_needed
            content["folders"] = self.plan.folders
            content["files"] = list(_files(self.plan))
        return content

    def as_text(self) -> str:
        """The same for people."""
        verb = "written to" if self.manifest else "would be written to"
        count = self.written if self.manifest else self.images - len(self.rejected)
        lines = [
            f"{count} images ({size_text(self.bytes_total)}) {verb} {shown(spelled(self.out))}"
        ]
        lines += [f"  {shown(name)}: {size}" for name, size in self.classes.items()]
        if self.review:
            lines.append(f"  review: {self.review}")
        if self.renamed:
            lines.append(
                f"{self.renamed} files get another name, because theirs is taken, unsafe or not "
                "known to programs that read the export"
            )
        if self.manifest is None and self.plan is not None:
            lines += _details(self.plan)
        lines += [f"rejected {shown(path)}: {why}" for path, why in self.rejected]
        promised = self.plan.promise["words"] if self.plan and self.plan.promise else ()
        return "\n".join([*lines, *map(shown, [*promised, *self.notes]), *self.left_out.lines()])


def _files(plan: Plan) -> Iterator[dict[str, Any]]:
    layout = layout_of(plan)
    for item in plan.items:
        assignment = item.assignment
        yield {
            "path": assignment.path,
            "places": layout.places(item),
            "class": assignment.label,
            "probability": round(assignment.probability, 6),
            "source": assignment.source,
            "split": item.split,
            "review": item.review,
            "review_reason": item.reason,
            "flags": list(assignment.flags),
        }


def _details(plan: Plan) -> Iterator[str]:
    yield f"formats: {', '.join(plan.options.formats)}; mode: {plan.options.mode}"
    yield f"space needed: {size_text(plan.bytes_needed)}"
    if plan.options.splits:
        sizes = [
            sum(item.split == name for item in plan.items) for name in ("train", "val", "test")
        ]
        yield "splits: train {}, val {}, test {}".format(*sizes)
    for item in plan.collisions[:_SHOWN]:
        yield f"renamed {shown(item.assignment.path)} -> {shown(item.target)}"
    if len(plan.collisions) > _SHOWN:
        yield f"and {len(plan.collisions) - _SHOWN} more; --json lists every file"
