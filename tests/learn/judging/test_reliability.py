"""Agreement beyond chance, against the examples of those who published the coefficients."""

from __future__ import annotations

import numpy as np
import pytest

from core.learn.judging.agreement import agreement
from core.learn.judging.reliability import cohen, krippendorff, krippendorff_of

# Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011: sections A, B and C/E.
_BINARY = (
    [0, 1, 0, 0, 0, 0, 0, 0, 1, 0],
    [1, 1, 1, 0, 0, 1, 0, 0, 0, 0],
)
_NOMINAL = ("aabbdcccedda", "babbbcccedddd"[:12])
_MISSING = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")


def units(people: tuple[str, ...]) -> list[list[str]]:
    """Of each image the answers that are there."""
    return [[a for a in answers if a != "."] for answers in zip(*people, strict=True)]


def test_two_people_and_two_answers_as_published() -> None:
    result = krippendorff([list(pair) for pair in zip(*_BINARY, strict=True)])
    assert result.value == pytest.approx(0.095, abs=5e-4)
    assert (result.images, result.answers) == (10, 20)


def test_two_people_and_several_classes_as_published() -> None:
    assert krippendorff(units(_NOMINAL)).value == pytest.approx(0.692, abs=5e-4)


def test_any_number_of_people_with_missing_answers_as_published() -> None:
    result = krippendorff(units(_MISSING))
    assert result.value == pytest.approx(0.743, abs=5e-4)
    assert (result.images, result.answers) == (11, 40)  # one image has a single answer


def test_kappa_as_cohen_published_it() -> None:
    table = np.array([[88, 14, 18], [10, 40, 10], [2, 6, 12]])
    one = [row for row in range(3) for column in range(3) for _ in range(table[row, column])]
    other = [column for row in range(3) for column in range(3) for _ in range(table[row, column])]
    result = cohen(one, other)
    assert result.value == pytest.approx(0.492, abs=5e-4)
    assert result.value == pytest.approx(agreement(one, other).kappa)
    assert result.low is not None and result.high is not None
    assert result.low < 0.492 < result.high
    # The large-sample error of that table is about 0.05.
    assert 0.15 < result.high - result.low < 0.25


def test_alpha_is_that_of_all_pairs_counted_one_by_one() -> None:
    random = np.random.default_rng(0)
    made = [list(random.integers(0, 4, random.integers(0, 5))) for _ in range(60)]
    pairable = [unit for unit in made if len(unit) > 1]
    values = [value for unit in pairable for value in unit]
    n = len(values)
    observed = sum(
        sum(a != b for i, a in enumerate(unit) for j, b in enumerate(unit) if i != j)
        / (len(unit) - 1)
        for unit in pairable
    )
    expected = sum(a != b for i, a in enumerate(values) for j, b in enumerate(values) if i != j)
    assert krippendorff(made).value == pytest.approx(1 - (n - 1) * observed / expected)


def test_each_class_against_all_others_is_alpha_of_whether_it_is_that_class() -> None:
    made = units(_MISSING)
    by_class = krippendorff_of(made, ["1", "5"])
    for name, result in by_class.items():
        plain = krippendorff([[answer == name for answer in unit] for unit in made])
        assert result.value == pytest.approx(plain.value)
        assert (result.images, result.answers) == (plain.images, plain.answers)


def test_the_order_of_answers_and_names_does_not_matter() -> None:
    made = units(_NOMINAL)
    turned = [unit[::-1] for unit in made]
    renamed = [[{"a": "z"}.get(x, x) for x in unit] for unit in made]
    first = krippendorff(made)
    assert krippendorff(turned).value == pytest.approx(first.value)
    assert krippendorff(renamed).value == pytest.approx(first.value)
    assert krippendorff(made) == first  # the interval as well


def test_the_interval_covers_what_chance_gives_and_narrows_with_images() -> None:
    random = np.random.default_rng(1)
    few, many = (krippendorff(random.integers(0, 3, (n, 2)).tolist()) for n in (50, 5_000))
    for result in (few, many):
        assert result.low is not None and result.high is not None
        assert result.low < 0 < result.high
    assert many.high - many.low < (few.high - few.low) / 5  # type: ignore[operator]


@pytest.mark.parametrize("made", [[], [["a"]], [[], ["a"], ["b"]]])
def test_without_two_answers_there_is_nothing_to_say(made: list[list[str]]) -> None:
    result = krippendorff(made)
    assert (result.images, result.value, result.low, result.high) == (0, None, None, None)
    assert cohen([], []).value is None


def test_one_and_the_same_answer_everywhere_has_no_value() -> None:
    result = krippendorff([["a", "a"]] * 9)
    assert (result.images, result.value, result.low) == (9, None, None)
    assert cohen(["a"] * 9, ["a"] * 9).value is None
    # With one other answer most resamples have none, so there is no interval.
    assert krippendorff([["a", "a"]] * 9 + [["a", "b"]]).low is None


def test_full_agreement_is_one() -> None:
    result = krippendorff([["a", "a"], ["b", "b"]] * 20)
    assert (result.value, result.low, result.high) == (1.0, 1.0, 1.0)


def test_lists_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        cohen(["a"], [])
