"""What a scan did not take: how many files and folders for which reason, with some of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

EXAMPLES = 20
"""Paths that are kept of each reason."""

OTHER = "no image by name or content"
UNREAD = "a picture of a kind that is not read"
ARCHIVE = "an archive, which is not looked into"
DOWNLOAD = "an unfinished download"
HIDDEN = "hidden (the name begins with a dot)"
TRASH = "a recycle bin"
SNAPSHOTS = "snapshots or old versions that a storage keeps"
PREVIEWS = "previews that a program made"
SYSTEM = "left there by a system or program"
IGNORED = (OTHER, UNREAD, ARCHIVE, DOWNLOAD)
"""The reasons why a visible file is no image."""


@dataclass
class Some:
    """How many there are, with the first ``EXAMPLES`` of them as paths that are safe to show."""

    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, path: str) -> None:
        """Count one more; ``path`` is safe to show and below the image folder."""
        self.count += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(path)


@dataclass
class LeftOut:
    """What was passed over on purpose; what could not be read is among a scan's problems.

    Attributes:
        reasons: one of the reasons above → files and folders. A folder counts as one, whatever it
            holds, because it is not entered.
        links_out: links, to files or folders, that lead out of the image folder. They are followed:
            what they lead to is in the collection.
    """

    reasons: dict[str, Some] = field(default_factory=dict)
    links_out: Some = field(default_factory=Some)

    def add(self, path: str, reason: str) -> None:
        """Count a file or folder (path safe to show)."""
        self.reasons.setdefault(reason, Some()).add(path)

    @property
    def count(self) -> int:
        """Files and folders that were passed over."""
        return sum(some.count for some in self.reasons.values())

    @property
    def ignored(self) -> int:
        """Visible files among them that are no images."""
        return sum(self.reasons[reason].count for reason in IGNORED if reason in self.reasons)

    @property
    def examples(self) -> list[tuple[str, str]]:
        """(path, reason), at most ``EXAMPLES`` of each reason, sorted by reason and path."""
        return [
            (path, reason)
            for reason, some in sorted(self.reasons.items())
            for path in sorted(some.examples)
        ]

    def lines(self, most: int = 3) -> list[str]:
        """For people, a line a reason with ``most`` examples, and one on links; empty for none."""
        lines = [_line(some, reason, most) for reason, some in sorted(self.reasons.items())]
        if lines:
            what = "file or folder was" if self.count == 1 else "files or folders were"
            lines.insert(0, f"{self.count:,} {what} passed over:")
        if count := self.links_out.count:
            lead = (
                "link leads out of the folder and was"
                if count == 1
                else "links lead out of the folder and were"
            )
            lines.append(f"{count:,} {lead} followed: {_names(self.links_out, most)}")
        return lines

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """What `as_json` gave; raises KeyError, TypeError or ValueError for anything else."""
        reasons = {str(e["reason"]): _some(e) for e in content["reasons"]}
        return cls(reasons, _some(content["links_out"]))

    def as_json(self) -> dict[str, Any]:
        """The contract of ``--json`` and of the records of runs."""
        return {
            "count": self.count,
            "reasons": [
                {"reason": reason, "count": some.count, "examples": sorted(some.examples)}
                for reason, some in sorted(self.reasons.items())
            ],
            "links_out": {
                "count": self.links_out.count,
                "examples": sorted(self.links_out.examples),
            },
        }


def _some(entry: dict[str, Any]) -> Some:
    return Some(int(entry["count"]), [str(path) for path in entry["examples"]][:EXAMPLES])


def _line(some: Some, reason: str, most: int) -> str:
    return f"  {some.count:,} × {reason}: {_names(some, most)}"


def _names(some: Some, most: int) -> str:
    return ", ".join(sorted(some.examples)[:most]) + (" …" if some.count > most else "")
