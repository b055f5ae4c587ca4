"""The same labels, three sources: the figures are what they say they are."""

from dataclasses import replace

import numpy as np
import pytest
from blobs import Watched
from learn.words.pairs import problem

from core.learn.words.ablation import PAIRS, SOURCES, Collection, play
from core.runtime.progress import Cancelled


def collection(**settings):
    vectors, logits, words, truth = problem(n=160, **settings)
    return Collection(vectors, logits, None, words, truth, ["a", "b", "c", "d"])


def test_every_source_is_measured_on_every_draw_and_prompts_alone_once():
    result = play(collection(), (0, 4), 3)
    for source in SOURCES:
        own = [(p.per_class, p.seed) for p in result.points if p.source == source]
        assert own == [(0, 0), (4, 0), (4, 1), (4, 2)]
    assert [(gap.per_class, gap.pair) for gap in result.gaps] == [
        (count, pair) for count in (0, 4) for pair in PAIRS
    ]


def test_differences_are_those_of_the_accuracies_and_lie_in_their_intervals():
    result = play(collection(), (6,), 4)
    for gap in result.gaps:
        means = [
            np.mean([p.accuracy for p in result.points if p.source == source])
            for source in gap.pair
        ]
        assert gap.mean == pytest.approx(means[0] - means[1], abs=1e-9)
        assert gap.low < gap.mean < gap.high


def test_words_that_tell_more_are_seen_to_and_which_images_they_put_right():
    of = collection(picture=4.0, text=0.7)
    result = play(of, (6,), 3)
    gap = next(gap for gap in result.gaps if gap.pair == ("both", "image"))
    assert gap.low > 0
    assert len(result.won) > len(result.lost)
    assert {one.name for one in result.classes} == set(of.names)
    assert all(one.right["both"] > one.right["image"] for one in result.classes)


def test_a_column_alone_is_a_source_beside_the_others():
    of = collection()
    more = replace(of, columns={"title": of.words})
    result, before = play(more, (0, 4), 2), play(of, (0, 4), 2)
    assert [p for p in result.points if p.source != "title"] == before.points
    assert [gap for gap in result.gaps if "title" not in gap.pair] == before.gaps
    own = [gap for gap in result.gaps if gap.pair == ("text", "title")]
    assert len(own) == 2 and all(gap.mean == 0 for gap in own)
    assert {("title", "image"), ("both", "title")} <= {gap.pair for gap in result.gaps}


def test_an_unknown_truth_takes_no_part():
    of = collection()
    of.truth[:100] = -1
    result = play(of, (3,), 2)
    assert min([*result.won.tolist(), *result.lost.tolist(), 100]) >= 100
    of.truth[:] = -1
    with pytest.raises(ValueError, match="no image"):
        play(of, (3,), 1)


def test_it_can_be_stopped():
    report = Watched()
    report.cancel()
    with pytest.raises(Cancelled):
        play(collection(), (3,), 1, report)
