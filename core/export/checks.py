"""Refusing options of an export that make no sense, before any work is done for them."""

import math
from collections.abc import Iterable
from typing import get_args

from core.export.formats import FORMATS, formats_of
from core.export.options import MODES, ExportOptions, Unreadable
from core.export.splits import check_proportions
from core.runtime.errors import WinnowError


def check_options(options: ExportOptions) -> tuple[float, float, float] | None:
    """Refuse options that make no sense.

    Returns:
        The shares of the splits as `check_proportions` gives them, None without splits.

    Raises:
        WinnowError: an unknown mode or format, a threshold outside 0..1, shares that do not sum to
            1, or a format that cannot be written with the other options.
    """
    if options.mode not in MODES:
        raise WinnowError(f"Unknown mode {options.mode!r}; choose one of {', '.join(MODES)}.")
    _check_threshold("review threshold is a probability", options.review_below, 0.5)
    _check_threshold("review margin is a difference of probabilities", options.review_margin, 0.2)
    _check_ratio(options.review_ratio)
    check_formats(options.formats)
    if options.unreadable not in get_args(Unreadable):
        raise WinnowError(
            f"Unknown way {options.unreadable!r} to treat files that programs pass over; choose "
            f"one of {', '.join(get_args(Unreadable))}."
        )
    shares = check_proportions(options.splits) if options.splits is not None else None
    for export_format in formats_of(options):
        export_format.check(options)
    return shares


def check_formats(names: Iterable[str]) -> tuple[str, ...]:
    """Formats by name, each once, in the order of the registry.

    Raises:
        WinnowError: one is unknown, or none is given.
    """
    names = list(names)
    for name in names:
        if name not in FORMATS:
            raise WinnowError(f"Unknown format {name!r}; choose from {', '.join(FORMATS)}.")
    if not names:
        raise WinnowError(f"No format is chosen; choose from {', '.join(FORMATS)}.")
    return tuple(name for name in FORMATS if name in names)


def _check_ratio(value: float | None) -> None:
    if value is not None and not (math.isfinite(value) and value >= 1):
        raise WinnowError(
            "The review ratio is how many times as probable as the second class the first must be, "
            f"from 1 on, not {value:g}; give for example 1.1."
        )


def _check_threshold(what: str, value: float | None, example: float) -> None:
    if value is not None and not (math.isfinite(value) and 0 <= value <= 1):
        raise WinnowError(f"The {what} from 0 to 1, not {value:g}; give for example {example:g}.")
