"""What people type to search: texts that are added and taken away, each with a weight.

    a red dress                 one text
    a dress +red -drawing       more of "red", less of "drawing"
    2*shoes +0.5*leather        weights
    "rock + roll" -guitar       quotes keep signs and stars as they are

A sign counts at the beginning and after a space, so "t-shirt" is one word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.encoders.base import unit_rows
from core.runtime.errors import WinnowError

MOST_TERMS = 20
MOST_CHARACTERS = 2_000
MOST_WEIGHT = 1_000
AGAINST = 0.25
"""Weight of the unwanted images' mean. With 3 wanted and 3 unwanted clothing photos, .84 of the
first 50 are right; .81 without the unwanted, .75 with a weight of .5 (``benchmarks/README.md``)."""

_SIGN = re.compile(r"(?:^|(?<=\s))([+-])\s*")
_WEIGHT = re.compile(r"\s*([0-9]*\.?[0-9]+)\s*\*\s*")
_QUOTED = re.compile(r'"([^"]*)"')


@dataclass(frozen=True)
class Term:
    """A text and how much it counts; a negative weight takes it away."""

    text: str
    weight: float = 1.0


def parse(query: str) -> tuple[Term, ...]:
    """The terms of a query.

    Raises:
        WinnowError: nothing to search for, a sign or weight without text, a quote left open.
    """
    if not query.strip():
        raise WinnowError("The search is empty: write what the images should show.")
    if len(query) > MOST_CHARACTERS:
        raise WinnowError(
            f"The search has {len(query):,} characters, {MOST_CHARACTERS:,} at most: shorten it."
        )
    if query.count('"') % 2:
        raise WinnowError(f"A quote is left open in {query!r}: close it or leave it out.")
    # Signs within quotes are text: they are looked for in a copy where quoted letters are blanked.
    blanked = _QUOTED.sub(lambda match: '"' + "x" * len(match[1]) + '"', query)
    signs = list(_SIGN.finditer(blanked))
    starts = [(0, 0, "+")] if not signs or query[: signs[0].start()].strip() else []
    starts += [(sign.start(), sign.end(), sign[1]) for sign in signs]
    ends = [start for start, _, _ in starts[1:]] + [len(query)]
    terms = tuple(
        _term(query[begin:end], sign) for (_, begin, sign), end in zip(starts, ends, strict=True)
    )
    if len(terms) > MOST_TERMS:
        raise WinnowError(
            f"The search has {len(terms)} terms, {MOST_TERMS} at most: leave some out."
        )
    return terms


def _term(written: str, sign: str) -> Term:
    match = _WEIGHT.match(written)
    weight = float(match[1]) if match else 1.0
    text = " ".join((written[match.end() :] if match else written).replace('"', "").split())
    if not text:
        raise WinnowError(
            f"{sign + written.strip()!r} has no text: write what to "
            f"{'add after +' if sign == '+' else 'take away after -'}, or put quotes around a sign "
            "that is meant as text."
        )
    if not 0 < weight <= MOST_WEIGHT:
        raise WinnowError(
            f"The weight of {text!r} must be above 0 and at most {MOST_WEIGHT:,}: to take "
            f"something away write -{text}."
        )
    return Term(text, weight if sign == "+" else -weight)


def of_texts(terms: Sequence[Term], vectors: np.ndarray) -> np.ndarray:
    """One query vector (D,) from the texts' vectors (len(terms), D), of unit norm.

    Raises:
        WinnowError: the texts cancel out.
    """
    weights = np.array([term.weight for term in terms], dtype=np.float32)
    total = weights @ vectors
    if float(np.linalg.norm(total)) < 1e-4 * float(np.abs(weights).sum()):
        raise WinnowError(
            "The texts of this search cancel out: take away something other than what you add."
        )
    return unit_rows(total)


def of_images(wanted: np.ndarray, unwanted: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """One query vector (D,) from images to be like (n, D) and images not to be like (m, D).

    One image is itself, so that scores are plain cosines. More are Rocchio's rule (1971) on vectors
    less the collection's ``middle`` (D,): the mean of the wanted less a share of the mean of the
    unwanted.
    """
    if len(wanted) == 1 and len(unwanted) == 0:
        return unit_rows(wanted[0])
    total = np.zeros(len(middle), dtype=np.float32)
    if len(wanted):
        total += wanted.mean(axis=0) - middle
    if len(unwanted):
        total -= AGAINST * (unwanted.mean(axis=0) - middle)
    return unit_rows(total)


def joined(parts: Sequence[np.ndarray], sample: np.ndarray) -> np.ndarray:
    """One query vector (D,) of unit norm from several that are to count the same.

    Texts and images score in different ranges, so each part is divided by the spread of its scores
    over a ``sample`` (n, D) of the collection.
    """
    if len(parts) == 1:
        return parts[0]
    spread = [max(float((sample @ part).std()), 1e-6) for part in parts]
    scaled = [part / width for part, width in zip(parts, spread, strict=True)]
    return unit_rows(np.stack(scaled).sum(axis=0))
