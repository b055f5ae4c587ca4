"""Splits: right shares, and no image ever moves."""

import pytest
from export.export_builders import content_id
from hypothesis import given
from hypothesis import strategies as st

from core.export.splits import check_proportions, parse_proportions, split_of, uniform
from core.runtime.errors import WinnowError

SHARES = (0.7, 0.15, 0.15)
PINNED_TEST, PINNED_VAL = {1, 4, 7, 11}, {9, 13, 15}
PINNED_NUMBER = 0.35079425067917414
IDS = [content_id(str(number).encode()) for number in range(20_000)]


def test_shares_come_out_as_asked() -> None:
    counts = {"train": 0, "val": 0, "test": 0}
    for image_id in IDS:
        counts[split_of(image_id, SHARES, 0)] += 1
    # Five standard deviations of a binomial count; the ids are fixed, so this cannot flicker.
    assert counts["train"] == pytest.approx(14_000, abs=325)
    assert counts["val"] == pytest.approx(3_000, abs=253)
    assert counts["test"] == pytest.approx(3_000, abs=253)


def test_the_split_of_an_image_is_pinned_for_good() -> None:
    # A change of these values would move images between splits of every existing data set.
    splits = [split_of(image_id, SHARES, 0) for image_id in IDS[:16]]
    assert {n for n, split in enumerate(splits) if split == "test"} == PINNED_TEST
    assert {n for n, split in enumerate(splits) if split == "val"} == PINNED_VAL
    assert uniform(IDS[0], 0) == pytest.approx(PINNED_NUMBER, abs=1e-12)


def test_another_seed_divides_independently() -> None:
    same = sum(split_of(i, SHARES, 0) == split_of(i, SHARES, 1) for i in IDS)
    assert same / len(IDS) == pytest.approx(0.7**2 + 2 * 0.15**2, abs=0.02)


@given(
    st.tuples(*[st.integers(0, 100)] * 3).filter(any), st.integers(), st.text("0123456789abcdef")
)
def test_an_empty_share_gets_nothing(weights: tuple[int, int, int], seed: int, image: str) -> None:
    shares = check_proportions([weight / sum(weights) for weight in weights])
    split = split_of(image, shares, seed)
    assert shares[("train", "val", "test").index(split)] > 0


def test_shares_of_three_thirds_are_accepted() -> None:
    assert sum(check_proportions((0.333, 0.333, 0.333))) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0.7,0.3", "three shares"),
        ("", "three numbers"),
        ("0.7,0.2,0.2", "sum to 1.1"),
        ("0.7,x,0.2", "three numbers"),
        ("1.2,-0.1,-0.1", "from 0 to 1"),
        ("nan,0.5,0.5", "from 0 to 1"),
    ],
)
def test_bad_shares_are_refused_in_one_sentence(text: str, words: str) -> None:
    with pytest.raises(WinnowError, match=words):
        parse_proportions(text)


def test_shares_are_read_from_text() -> None:
    assert parse_proportions(" 0.7, 0.15 ,0.15") == pytest.approx(SHARES)
