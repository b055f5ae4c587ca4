"""The share of images that are none of the classes."""

import numpy as np
import pytest
from scipy.stats import hypergeom

from core.learn.novelty.share import none_share


@pytest.mark.parametrize("count", [149, 297, 928])
@pytest.mark.parametrize("answers", [60, 150])
def test_the_interval_covers_as_often_as_promised(count: int, answers: int) -> None:
    images = 3_781
    covered = 0.0
    for nones, probability in enumerate(hypergeom(images, count, answers).pmf(range(answers + 1))):
        share = none_share(nones, answers, images)
        assert share is not None and share.low <= share.value <= share.high
        covered += probability * (share.low <= count / images <= share.high)
    assert 0.92 <= covered <= 0.98


def test_more_answers_are_narrower_and_all_answers_are_the_truth() -> None:
    widths = []
    for answers in (20, 40, 80, 100):
        share = none_share(answers // 10, answers, 100)
        assert share is not None
        widths.append(share.high - share.low)
    assert np.all(np.diff(widths) < 0) and widths[-1] == 0


def test_none_seen_and_only_none_seen_leave_room() -> None:
    nothing, everything = none_share(0, 50, 1_000), none_share(50, 50, 1_000)
    assert nothing is not None and everything is not None
    assert nothing.low == 0 and 0 < nothing.high < 0.1
    assert everything.high == 1 and 0.9 < everything.low < 1


def test_no_answer_says_nothing_and_impossible_counts_are_refused() -> None:
    assert none_share(0, 0, 10) is None
    with pytest.raises(ValueError, match="impossible"):
        none_share(3, 2, 10)
