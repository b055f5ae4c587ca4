"""Images with words and images without are calibrated each by their own."""

import numpy as np
import pytest

from core.learn.judging.metrics import evaluate
from core.learn.models.calibration import with_temperature
from core.learn.words.kinds import by_kind


def sure(right, n, rng):
    """Chances (n, 2) of .95 for class 0, which is right so often, and the truth."""
    truth = (rng.random(n) >= right).astype(int)
    return np.tile(np.array([0.95, 0.05], np.float32), (n, 1)), truth


def test_each_kind_comes_to_its_own_confidence():
    rng = np.random.default_rng(0)
    chances, truth = zip(sure(0.95, 400, rng), sure(0.6, 400, rng), strict=True)
    present = np.arange(800) < 400
    everything, labels = np.concatenate(chances), np.concatenate(truth)
    judged = np.concatenate([np.arange(60), np.arange(400, 460)])
    result, unseen, without, more = by_kind(
        everything, present, everything[judged], judged, labels[judged]
    )
    np.testing.assert_array_equal(unseen, result[judged])
    assert without is not None and more < 1 < without
    result = with_temperature(result, without)
    assert result[~present].max() < 0.9 < 0.93 < result[present].max()  # of .60 and .95 right
    off = [evaluate(labels[~present], p[~present], ["a", "b"]).ece for p in (everything, result)]
    assert off[1] < 0.85 * off[0]  # sixty labels do not outweigh what is usual by far


def test_more_labels_of_a_kind_have_more_of_a_say():
    rng = np.random.default_rng(1)
    chances, truth = zip(sure(0.95, 2_000, rng), sure(0.6, 2_000, rng), strict=True)
    everything, labels = np.concatenate(chances), np.concatenate(truth)
    present, sureness = np.arange(4_000) < 2_000, []
    for count in (60, 400, 2_000):
        judged = np.concatenate([np.arange(count), np.arange(2_000, 2_000 + count)])
        result, _, without, _ = by_kind(
            everything, present, everything[judged], judged, labels[judged]
        )
        assert without is not None
        sureness.append(float(with_temperature(result, without)[~present].max()))
    assert sureness == sorted(sureness, reverse=True)
    assert sureness[-1] == pytest.approx(0.6, abs=0.03)


@pytest.mark.parametrize("of_words", [0, 9, 21])
def test_too_few_of_one_kind_leave_all_as_it_is(of_words):
    chances, truth = sure(0.5, 30, np.random.default_rng(0))
    present = np.arange(30) < of_words
    result, unseen, *both = by_kind(chances, present, chances, np.arange(30), truth)
    assert both == [None, 1.0]
    assert result is chances and unseen is chances


def test_images_whose_words_are_withheld_tell_how_sure_pictures_may_be():
    rng = np.random.default_rng(2)
    pictures, truth = sure(0.6, 4_000, rng)
    present = np.arange(4_000) < 2_000
    everything = np.where(present[:, None], sure(0.95, 4_000, rng)[0], pictures)
    judged = np.concatenate([np.arange(600), np.arange(2_000, 2_060)])
    alone, more = (
        by_kind(everything, present, everything[judged], judged, truth[judged], wordless)[2]
        for wordless in (None, pictures[judged])
    )
    # Six hundred more say more loudly what sixty say: that pictures are far too sure.
    assert alone is not None and more is not None and 1 < alone < more
