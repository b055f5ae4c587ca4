"""Which rows of a shard were right when they were last compared with their checksums.

To verify a million vectors takes seconds, so whoever has done it writes it down beside the shard.
The note counts as long as neither file was written, replaced, moved to another disk or given other
rights since (`core.runtime.files.mark_of`), and for a month at most: a disk that loses bits without
being written to is noticed then. Whoever writes vectors verifies all of them in any case.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.runtime.files import mark_of, write_atomic

DAYS = 30.0
"""For how long it counts."""


@dataclass(frozen=True)
class Note:
    """What is written beside a shard.

    Attributes:
        file: where.
        marks: of the shard's two files, taken before they are verified.
        rows: that it holds.
    """

    file: Path
    marks: list[list[int]]
    rows: int

    @classmethod
    def of(cls, data: Path, index: Path, rows: int) -> Note:
        """The note of a shard as its two files are now."""
        marks = [list(mark_of(path)) for path in (data, index)]
        return cls(index.with_suffix(".verified.json"), marks, rows)

    def recall(self) -> list[int] | None:
        """Rows that did not match when the shard was verified; None where it is to be verified."""
        try:
            content = inputs.load_json(self.file)
            fresh = 0 <= time.time() - float(content["time"]) <= DAYS * 86_400
            if not fresh or (content["marks"], content["rows"]) != (self.marks, self.rows):
                return None
            wrong = [int(row) for row in content["wrong"]]
        except (OSError, ValueError, KeyError, TypeError, WinnowError):
            return None
        return wrong if all(0 <= row < self.rows for row in wrong) else None

    def remember(self, wrong: Sequence[int]) -> None:
        """Write that it was verified just now; where nothing can be written it is done again."""
        content = {
            "time": time.time(), "marks": self.marks, "rows": self.rows, "wrong": list(wrong),
        }  # fmt: skip
        with suppress(OSError, WinnowError):
            write_atomic(self.file, json.dumps(content).encode())
