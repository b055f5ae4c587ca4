"""Whatever the bytes are, a picture comes out or a reason, in reasonable time."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutations import mutated, seeds

from core.images.decode import PIXEL_LIMIT, UnreadableImage, decode
from core.images.quality import measure

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # Pillow on damaged metadata
SEEDS = seeds()
HANG = 10.0  # seconds; the usual is a millisecond


def check(data: bytes, name: str = "x.jpg", draft_px: int | None = None) -> bool:
    """Whether the bytes gave a picture; fails the test for anything but a picture or a reason."""
    begun = time.monotonic()
    try:
        decoded = decode(data, name, draft_px)
    except UnreadableImage as error:
        assert error.reason
        return False
    finally:
        assert time.monotonic() - begun < HANG
    assert decoded.image.mode == "RGB"
    assert 0 < decoded.width * decoded.height <= PIXEL_LIMIT
    assert len(measure(decoded.image).phash) == 32
    return True


@pytest.mark.parametrize("number", range(len(SEEDS)))
def test_every_seed_is_a_picture(number: int) -> None:
    assert check(SEEDS[number])


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(SEEDS), st.integers(0, 2**32), st.sampled_from([None, 16, 224]))
def test_damaged_files_give_a_picture_or_a_reason(
    seed: bytes, chance: int, draft_px: int | None
) -> None:
    check(mutated(seed, random.Random(chance)), draft_px=draft_px)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(SEEDS), st.binary(max_size=300), st.integers(0, 64))
def test_bytes_behind_any_beginning_give_a_picture_or_a_reason(
    seed: bytes, tail: bytes, left: int
) -> None:
    check(seed[:left] + tail)


def test_damage_does_not_only_end_at_the_door() -> None:
    """Else the tests above would say nothing of what decoders do with damage inside."""
    chance = random.Random(0)
    outcomes = [check(mutated(seed, chance)) for seed in SEEDS for _ in range(4)]
    assert 0.1 < sum(outcomes) / len(outcomes) < 0.9
