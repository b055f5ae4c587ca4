"""Signing a folder: bounds that hold at every look, lists that are cut, what is signed is right."""

import numpy as np
import pytest

from core.learn.promises.sequence import most_wrong
from core.learn.promises.signing import RIGHT, UNSEEN, Signing, signing


def play(
    confidence: np.ndarray, right: np.ndarray, level: float, seed: int, page: int = 24
) -> tuple[Signing, int]:
    """Look at pages until it is settled, 480 images at most."""
    order = np.random.default_rng(seed).permutation(len(right))
    verdicts, looks = np.full(len(right), UNSEEN), 0
    while True:
        state = signing(confidence, order, verdicts, level)
        if state.state != "open" or looks >= 480:
            return state, looks
        shown = state.next[:page]
        verdicts[shown] = right[shown]
        looks += len(shown)


def test_the_bound_holds_at_every_look() -> None:
    missed = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        right = rng.permutation(np.arange(400) >= 20)  # 20 of 400 are wrong
        bounds = most_wrong(right[:200], 400, 0.95, 0.05)
        assert (np.diff(bounds) <= 0).all()
        missed += bool((bounds < 20).any())
    assert missed <= 24  # 5 % of 300, and chance


def test_a_list_that_is_looked_at_as_a_whole_is_known() -> None:
    right = np.arange(50) != 7
    assert most_wrong(right, 50, 0.95, 0.05)[-1] == 1
    assert most_wrong(right[:0], 50, 0.95, 0.05).tolist() == [50]
    with pytest.raises(ValueError, match="51 looks at 50"):
        most_wrong(np.ones(51, bool), 50, 0.95, 0.05)


def test_a_clean_folder_is_signed_after_a_few_pages() -> None:
    confidence = np.linspace(1, 0.5, 2_000)
    state, looks = play(confidence, np.ones(2_000, bool), 0.95, 0)
    assert (state.state, looks, state.inside.all(), state.looks_left) == ("signed", 72, True, 0)
    assert state.low >= 0.95


def test_small_folders_are_cheaper_and_the_smallest_are_looked_at_as_a_whole() -> None:
    for size, most in ((120, 60), (15, 15)):
        state, looks = play(np.linspace(1, 0.5, size), np.ones(size, bool), 0.95, 0, page=5)
        assert state.state == "signed"
        assert looks <= most


def test_looks_left_are_what_it_takes_when_all_is_right() -> None:
    confidence, order = np.linspace(1, 0.5, 1_000), np.random.default_rng(1).permutation(1_000)
    verdicts = np.full(1_000, UNSEEN)
    begin = signing(confidence, order, verdicts, 0.95)
    verdicts[order[: begin.looks_left - 1]] = RIGHT
    assert signing(confidence, order, verdicts, 0.95).state == "open"
    verdicts[order[begin.looks_left - 1]] = RIGHT
    assert signing(confidence, order, verdicts, 0.95).state == "signed"


def test_a_bad_list_is_cut_to_its_surest_images() -> None:
    confidence = np.linspace(1, 0, 1_500)
    state, _ = play(confidence, confidence > 0.5, 0.95, 3)
    assert state.state == "signed"
    assert 0.3 < state.threshold < 0.7
    assert (confidence[state.inside] > 0.5).mean() >= 0.95


def test_what_is_wrong_everywhere_fails_and_nothing_is_inside_that_was_called_wrong() -> None:
    rng = np.random.default_rng(0)
    right = rng.random(800) < 0.4
    state, looks = play(rng.random(800), right, 0.95, 0)
    assert state.state == "failed"
    assert looks < 300
    tiny, _ = play(np.ones(4), np.zeros(4, bool), 0.95, 0)
    assert tiny.state == "signed" and not tiny.inside.any()  # all four are seen, none is left


def test_looks_out_of_turn_do_not_count_but_wrong_ones_leave() -> None:
    order = np.arange(100)
    verdicts = np.full(100, UNSEEN)
    verdicts[50:] = RIGHT
    verdicts[99] = 0
    state = signing(np.linspace(1, 0.5, 100), order, verdicts, 0.9)
    assert (state.looks, state.state) == (0, "open")
    assert not state.inside[99]


def test_signed_folders_hold_their_level() -> None:
    failed = signed = 0
    for seed in range(150):
        rng = np.random.default_rng(seed)
        confidence = rng.beta(4, 1, 400)
        right = rng.random(400) < 0.75 + 0.25 * confidence  # on the edge of the level
        state, _ = play(confidence, right, 0.95, seed)
        if state.state == "signed":
            signed += 1
            failed += right[state.inside].mean() < 0.95
    assert signed > 50
    assert failed <= 0.05 * 150


def test_lists_must_be_of_one_length() -> None:
    with pytest.raises(ValueError, match="different lists"):
        signing(np.ones(3), np.arange(2), np.full(3, UNSEEN), 0.9)
