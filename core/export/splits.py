"""Train, validation and test: which split an image belongs to, for good.

Stability and stratification pull apart: exact quotas per class would have to move images between
splits whenever the data grow, and an image that moves from train to test spoils every comparison
with an earlier model. Winnow gives stability the last word. An image's split is a function of its
content and the seed alone (hash to a uniform number, cut at the proportions), so it never changes
when images are added, removed, renamed or relabeled, and exact duplicates always share a split.
Stratification then holds in expectation: every class is cut by the same proportions, with a
standard deviation of sqrt(n * p * (1 - p)) images for a class of n; a class of a handful may miss a
split altogether, which the export reports.
"""

import math
from collections.abc import Sequence
from hashlib import blake2b
from typing import Literal

from core.runtime.errors import WinnowError

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, Split, Split] = ("train", "val", "test")
_TOLERANCE = 1e-3


def splits_of(shares: Sequence[float] | None) -> list[Split]:
    """The splits that have a share; none without shares."""
    return [name for name, share in zip(SPLITS, shares or (0, 0, 0), strict=True) if share > 0]


def check_proportions(proportions: Sequence[float]) -> tuple[float, float, float]:
    """Check the shares of train, val and test.

    Args:
        proportions: three shares in [0, 1] that sum to 1 within 0.001; a split may have none.

    Returns:
        The shares, scaled to sum to exactly 1 up to rounding.

    Raises:
        WinnowError: not three numbers, one is negative or not finite, or they do not sum to 1.
    """
    shown = ",".join(f"{share:g}" for share in proportions)
    if len(proportions) != 3:
        raise WinnowError(
            f"Splits need three shares for train, val and test, not {len(proportions)} "
            f"({shown or 'none'}); write for example 0.7,0.15,0.15."
        )
    if not all(math.isfinite(share) and share >= 0 for share in proportions):
        raise WinnowError(
            f"Split shares must be numbers from 0 to 1, not {shown}; "
            "write for example 0.7,0.15,0.15."
        )
    total = math.fsum(proportions)
    if abs(total - 1) > _TOLERANCE:
        raise WinnowError(
            f"Split shares must sum to 1, but {shown} sum to {total:g}; "
            "write for example 0.7,0.15,0.15."
        )
    train, val, test = (share / total for share in proportions)
    return train, val, test


def parse_proportions(text: str) -> tuple[float, float, float]:
    """Read shares as typed on the command line, such as "0.7,0.15,0.15".

    Raises:
        WinnowError: something in `text` is no number, or `check_proportions` refuses the shares.
    """
    try:
        shares = [float(part) for part in text.split(",")]
    except ValueError:
        raise WinnowError(
            f"Splits must be three numbers with commas between them, not {text!r}; "
            "write for example 0.7,0.15,0.15."
        ) from None
    return check_proportions(shares)


def uniform(image_id: str, seed: int) -> float:
    """A number in [0, 1) that depends on the content id and the seed only (64-bit hash)."""
    digest = blake2b(f"winnow-split:{seed}:{image_id}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / float(1 << 53)


def split_of(image_id: str, proportions: tuple[float, float, float], seed: int) -> Split:
    """The split of one image.

    Args:
        image_id: content id.
        proportions: shares as `check_proportions` returns them.
        seed: another seed gives another, independent division.
    """
    number = uniform(image_id, seed)
    train, val, test = proportions
    if number < train:
        return "train"
    # With no test share, rounding of train + val must not open a gap at the top.
    if number < train + val or test == 0:
        return "val" if val > 0 else "train"
    return "test"
