"""What can be chosen about an export, and the checks of it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from core.export.splits import check_proportions
from core.runtime.errors import WinnowError

Mode = Literal["copy", "hardlink", "symlink"]
MODES: tuple[Mode, ...] = get_args(Mode)
Format = Literal["folders", "yolo", "huggingface", "hf-parquet", "coco", "csv", "parquet", "zip"]
FORMATS: tuple[Format, ...] = get_args(Format)
TREES: frozenset[Format] = frozenset({"folders", "yolo", "huggingface"})
"""Formats that are folders of image files; the mode says how these get there."""
ARCHIVES: frozenset[Format] = frozenset({"zip", "hf-parquet"})
"""Formats that hold the bytes of the images in files of their own, whatever the mode."""


@dataclass(frozen=True)
class ExportOptions:
    """How to write.

    `splits` are the shares of train, val and test; `review_below` and `review_margin` send
    predictions (never human labels) of a lower probability, or of a smaller lead over the second
    class, to review/; `seed` moves images between splits; `formats` are written from one plan;
    `verify` reads everything back and compares it with the content ids.
    """

    mode: Mode = "copy"
    splits: tuple[float, float, float] | None = None
    review_below: float | None = None
    seed: int = 0
    review_margin: float | None = None
    formats: tuple[Format, ...] = ("folders",)
    verify: bool = False

    @property
    def has_tree(self) -> bool:
        """Whether image files are written one by one."""
        return not TREES.isdisjoint(self.formats)

    @property
    def archives(self) -> list[Format]:
        """The chosen formats that hold the images' bytes in files of their own."""
        return [name for name in self.formats if name in ARCHIVES]


def check_options(options: ExportOptions) -> tuple[float, float, float] | None:
    """Refuse options that make no sense.

    Returns:
        The shares of the splits as `check_proportions` gives them, None without splits.

    Raises:
        WinnowError: an unknown mode or format, a threshold outside 0..1, shares that do not sum to
            1, or YOLO without train and val.
    """
    if options.mode not in MODES:
        raise WinnowError(f"Unknown mode {options.mode!r}; choose one of {', '.join(MODES)}.")
    _check_threshold("review threshold is a probability", options.review_below, 0.5)
    _check_threshold("review margin is a difference of probabilities", options.review_margin, 0.2)
    check_formats(options.formats)
    shares = check_proportions(options.splits) if options.splits is not None else None
    if "yolo" in options.formats and (shares is None or min(shares[:2]) == 0):
        raise WinnowError(
            "The format yolo needs images in train and val; add for example --splits 0.8,0.2,0."
        )
    return shares


def check_formats(names: Iterable[str]) -> tuple[Format, ...]:
    """Formats by name, each once, in a fixed order.

    Raises:
        WinnowError: one is unknown, or none is given.
    """
    given = list(names)
    for name in given:
        if name not in FORMATS:
            raise WinnowError(f"Unknown format {name!r}; choose from {', '.join(FORMATS)}.")
    if not given:
        raise WinnowError(f"No format is chosen; choose from {', '.join(FORMATS)}.")
    return tuple(name for name in FORMATS if name in given)


def _check_threshold(what: str, value: float | None, example: float) -> None:
    if value is not None and not (math.isfinite(value) and 0 <= value <= 1):
        raise WinnowError(f"The {what} from 0 to 1, not {value:g}; give for example {example:g}.")
