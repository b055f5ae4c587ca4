"""What very many images do without, and why, in a sentence each."""

from __future__ import annotations

from collections.abc import Sequence

WORDS = (
    "Words that came with the images are left out, for of so many their features alone would take "
    "a gigabyte of memory and more: pictures alone count."
)
VOTE = (
    "Encoders do not vote on so many images, for each would hold all of its vectors in memory: the "
    "active one decides alone."
)


def left_out(words: str, voters: Sequence[str]) -> tuple[str, ...]:
    """Sentences on what a question is set to and very many images do without.

    Args:
        words: template of the columns that speak; "" for none.
        voters: specs of the encoders that vote.
    """
    return (*([WORDS] if words else ()), *([VOTE] if len(voters) > 1 else ()))
