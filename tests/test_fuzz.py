"""A small helping of every kind of damaged input; `fuzz.py` runs as many as one likes."""

from __future__ import annotations

import fuzzing
import pytest
from fuzz import fuzz

COUNT = 150


@pytest.mark.parametrize("kind", fuzzing.kinds())
def test_damaged_input_gives_a_result_or_one_sentence(kind: str) -> None:
    result = fuzz(kind, seed=1, count=COUNT)
    assert result.count == COUNT
    assert not result.faults, result.faults[:3]


@pytest.mark.parametrize("kind", fuzzing.kinds())
def test_the_same_seed_gives_the_same_cases(kind: str) -> None:
    first, second = (list(fuzzing.kind(kind).cases(7, 40)) for _ in range(2))
    assert [name for name, _ in first] == [name for name, _ in second]
    assert first == second or any(not isinstance(content, bytes) for _, content in first)
