"""What can be chosen about an export; `core.export.checks` says what of it makes sense."""

from dataclasses import dataclass
from typing import Literal, get_args

Mode = Literal["copy", "hardlink", "symlink"]
Unreadable = Literal["keep", "rename", "convert"]
CellKind = Literal["text", "whole", "number"]
MODES: tuple[Mode, ...] = get_args(Mode)


@dataclass(frozen=True)
class ExportOptions:
    """How to write.

    `splits` are the shares of train, val and test; `review_below`, `review_margin` and
    `review_ratio` send predictions (never human labels) of a lower probability, of a smaller lead
    over the second class, or of fewer times its probability, to review/; `seed` moves images
    between splits; `formats` are names of the registry (`core.export.formats`), all written from
    one plan; `verify` reads everything back and compares it with the content ids. `unreadable` says
    what is done with files that a program which reads one of the formats would pass over: nothing,
    the suffix of what they hold where that helps, or that and else another format. `csv_safe` keeps
    spreadsheets from taking names for formulas. `questions` are columns with the labels of other
    questions that the tables have, in the order of `Assignment.others`. `columns` are those that
    people brought, with what their cells are, in the order of `Assignment.cells`.
    """

    mode: Mode = "copy"
    splits: tuple[float, float, float] | None = None
    review_below: float | None = None
    seed: int = 0
    review_margin: float | None = None
    formats: tuple[str, ...] = ("folders",)
    verify: bool = False
    unreadable: Unreadable = "rename"
    csv_safe: bool = False
    review_ratio: float | None = None
    questions: tuple[str, ...] = ()
    columns: tuple[tuple[str, CellKind], ...] = ()
