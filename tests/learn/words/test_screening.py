"""A rough look leaves out what would not have counted, and judges no label by a model of it."""

import numpy as np
import pytest
from learn.words.pairs import draw, problem

from core.learn.models.frame import Ground, frame_of
from core.learn.models.softmax import softmax
from core.learn.words.mixing import GRID, Blend, Labels
from core.learn.words.screening import glance


def labels_of(each: int, **options) -> Labels:
    vectors, logits, words, truth = problem(**options)
    rows = draw(truth, each)
    return Labels(
        Blend(frame_of(vectors), GRID, words.agree, not words.present.all()),
        words.beside(vectors)[rows],
        words.offsets(logits)[rows],
        np.eye(logits.shape[1])[truth[rows]],
        0,
    )


@pytest.mark.parametrize(
    "options",
    [{}, {"picture": 4.0, "text": 0.5}, {"picture": 1.0, "shuffled": True}, {"silent": 0.4}],
)
@pytest.mark.parametrize("each", [2, 8, 20])
def test_what_would_have_counted_is_left(options, each):
    labels = labels_of(each, **options)
    left = labels.promising()
    told = [labels.likelihood(labels.fit(mix), mix).sum() + labels.blend.lean(mix) for mix in GRID]
    shares = softmax(np.array(told)[None])[0]
    assert {mix for mix, share in zip(GRID, shares, strict=True) if share > 0.05} <= set(left)


def test_words_that_say_nothing_are_ruled_out_and_so_are_pictures_that_say_nothing():
    left = labels_of(20, picture=1.0, shuffled=True).promising()
    assert len(left) < len(GRID) and all(mix.picture > 0 for mix in left)
    left = labels_of(20, picture=4.0, text=0.5).promising()
    assert len(left) < len(GRID) and all(mix.words > 0 for mix in left)


def test_of_many_labels_two_mixes_are_fitted_however_well_all_of_them_do():
    few, many = (labels_of(each, picture=2.0, text=0.1).promising() for each in (12, 60))
    assert len(few) > 2 and len(many) == 2
    assert many == [mix for mix in GRID if mix in many]


def test_a_label_is_judged_without_it_and_several_offsets_at_once_as_one_by_one():
    vectors, logits, words, truth = problem()
    rows = draw(truth, 10)
    targets, frame = np.eye(4)[truth[rows]], frame_of(vectors)
    own, other = logits[rows], words.own[rows]
    ground = Ground.of(frame, vectors[rows], targets, 0)
    both = glance(ground, [own, other], targets)
    for looked, offsets in zip(both, (own, other), strict=True):
        np.testing.assert_allclose(looked, glance(ground, [offsets], targets)[0], atol=0.05)
    assert (both[0] < 0).all() and both[0].shape == (len(rows),)
    # With another class for one label, the models that judge it stay the same.
    changed = targets.copy()
    changed[3] = np.roll(targets[3], 1)
    again = glance(ground, [own], changed)[0]
    mates = ground.folds == ground.folds[3]
    mates[3] = False
    np.testing.assert_allclose(again[mates], both[0][mates], atol=0.05)
    assert abs(again[3] - both[0][3]) > 0.1
