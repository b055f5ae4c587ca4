"""Near-duplicates: copies of real photos are found, different photos stay apart."""

from __future__ import annotations

import io

import numpy as np
import pytest
from colours import ColourEncoder
from conftest import SAMPLE
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from core.images.decode import decode
from core.images.quality import measure
from core.search.duplicates import MAX_DISTANCE, divided, near_duplicate_groups, near_earlier

PHOTOS = sorted(SAMPLE.glob("images/**/*.jpg"))[::7][:40]


def saved_again(image: Image.Image, quality: int = 50) -> Image.Image:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return Image.open(stream).convert("RGB")


def copies(image: Image.Image) -> dict[str, Image.Image]:
    width, height = image.size
    cut = (width // 100, height // 100, width - width // 100, height - height // 100)
    return {
        "saved again": saved_again(image),
        "half": image.resize((width // 2, height // 2), Image.Resampling.LANCZOS),
        "cut": image.crop(cut),
        "brighter": ImageEnhance.Brightness(image).enhance(1.15),
        "darker": ImageEnhance.Brightness(image).enhance(0.8),
    }


def hashes(images: list[Image.Image]) -> np.ndarray:
    raw = b"".join(measure(image).phash for image in images)
    return np.frombuffer(raw, dtype=np.uint8).reshape(len(images), -1)


@pytest.fixture(scope="module")
def photos() -> list[Image.Image]:
    assert len(PHOTOS) >= 30
    return [decode(path.read_bytes()).image for path in PHOTOS]


def test_copies_join_their_photo_and_photos_stay_apart(photos: list[Image.Image]) -> None:
    kinds = list(copies(photos[0]))
    everything = [image for photo in photos for image in (photo, *copies(photo).values())]
    encoder = ColourEncoder()
    vectors = encoder.encode_images(np.stack([encoder.preprocess(image) for image in everything]))
    groups = near_duplicate_groups(hashes(everything), vectors).reshape(len(photos), -1)
    assert len(set(groups[:, 0].tolist())) == len(photos)
    for column, kind in enumerate(kinds, start=1):
        result = (groups[:, column] == groups[:, 0]).mean()
        assert result >= 0.9, kind
        strangers = set(groups[:, column].tolist()) & set(groups[:, 0].tolist())
        assert len(strangers) == (groups[:, column] == groups[:, 0]).sum(), kind


def test_a_mirrored_and_a_turned_photo_are_others(photos: list[Image.Image]) -> None:
    turned = [photos[0], photos[0].transpose(Image.Transpose.FLIP_LEFT_RIGHT), photos[0].rotate(90)]
    groups = near_duplicate_groups(hashes(turned), np.ones((3, 4), np.float32) / 2)
    assert groups.tolist() == [0, 1, 2]


def flipped(phash: np.ndarray, bits: int, seed: int = 0) -> np.ndarray:
    picked = np.random.default_rng(seed).choice(256, bits, replace=False)
    out = np.unpackbits(phash)
    out[picked] ^= 1
    return np.packbits(out)


def test_vectors_have_a_say() -> None:
    phash = np.tile(np.arange(32, dtype=np.uint8), (4, 1))
    phash[3] = flipped(phash[0], 5)
    vectors = np.array([[1, 0], [0, 1], [0.9, np.sqrt(0.19)], [0, 1]], dtype=np.float32)
    # 0 and 2 agree; 1 has the same hash but another vector; 3 is close to 1 only.
    assert near_duplicate_groups(phash, vectors).tolist() == [0, 1, 0, 1]


def test_a_chain_of_small_changes_does_not_tie_its_ends_together() -> None:
    rng = np.random.default_rng(3)
    order = rng.permutation(192) + 64  # leave the coarse part alone: all are candidates
    chain = [rng.integers(0, 2, 256).astype(np.uint8)]
    for step in range(6):
        bits = chain[-1].copy()
        bits[order[step * 30 : step * 30 + 30]] ^= 1
        chain.append(bits)
    phash = np.packbits(np.array(chain), axis=1)
    groups = near_duplicate_groups(phash, np.ones((7, 1), np.float32))
    assert groups[0] != groups[-1]
    assert near_leader(phash, groups)
    assert len(set(groups.tolist())) < 7


def near_leader(phash: np.ndarray, groups: np.ndarray, limit: int = MAX_DISTANCE) -> bool:
    for group in np.unique(groups):
        rows = phash[groups == group]
        distance = np.bitwise_count(rows[:, None] ^ rows[None]).sum(axis=2, dtype=int)
        if not (distance <= limit).all(axis=1).any():
            return False
    return True


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 60), st.floats(0.3, 0.95))
def test_groups_keep_their_promises(seed: int, count: int, cosine: float) -> None:
    rng = np.random.default_rng(seed)
    bases = rng.integers(0, 256, (6, 32), dtype=np.uint8)
    which = rng.integers(0, 6, count)
    rows = [
        flipped(bases[b], int(rng.integers(0, 4)) * 8, int(rng.integers(1 << 30))) for b in which
    ]
    phash = np.array(rows)
    vectors = rng.normal(size=(count, 3)).astype(np.float32) + np.eye(6, 3)[which] * 2
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    groups = near_duplicate_groups(phash, vectors, min_cosine=cosine)
    first = [int(np.flatnonzero(groups == g)[0]) for g in range(groups.max() + 1)]
    assert first == sorted(first)
    for group in range(groups.max() + 1):
        members = np.flatnonzero(groups == group)
        distance = np.bitwise_count(phash[members][:, None] ^ phash[members][None]).sum(
            2, dtype=int
        )
        close = (distance <= MAX_DISTANCE) & (
            vectors[members] @ vectors[members].T >= cosine - 1e-5
        )
        assert (close | np.eye(len(members), dtype=bool)).all(axis=1).any()
    np.testing.assert_array_equal(groups, near_duplicate_groups(phash, vectors, min_cosine=cosine))


def test_all_close_pairs_are_candidates() -> None:
    """Against looking at every pair."""
    rng = np.random.default_rng(0)
    base = rng.integers(0, 256, (150, 32), dtype=np.uint8)
    near = np.array(
        [
            flipped(row, int(n), int(n))
            for row, n in zip(base, rng.integers(0, 14, 150), strict=True)
        ]
    )
    phash = np.concatenate([base, near])
    coarse = np.bitwise_count(phash[:, None, :8] ^ phash[None, :, :8]).sum(axis=2, dtype=int)
    whole = np.bitwise_count(phash[:, None] ^ phash[None]).sum(axis=2, dtype=int)
    groups = near_duplicate_groups(phash, np.ones((300, 1), np.float32))
    for a, b in zip(*np.nonzero((coarse <= 7) & (whole <= MAX_DISTANCE)), strict=True):
        assert groups[a] == groups[b]


def test_thousands_of_blank_pages_are_one_group_quickly() -> None:
    phash = np.zeros((20_000, 32), dtype=np.uint8)
    groups = near_duplicate_groups(phash, np.ones((20_000, 1), np.float32))
    assert groups.max() == 0


def test_no_pictures_and_wrong_shapes() -> None:
    empty = near_duplicate_groups(np.zeros((0, 32), np.uint8), np.zeros((0, 4), np.float32))
    assert empty.shape == (0,)
    with pytest.raises(ValueError, match="expected"):
        near_duplicate_groups(np.zeros((2, 8), np.uint8), np.zeros((2, 4), np.float32))


@given(
    groups=st.lists(st.integers(0, 4), max_size=20),
    seed=st.integers(0, 1000),
    apart=st.lists(st.lists(st.integers(0, 19), min_size=2, max_size=4), max_size=4),
)
def test_a_second_look_only_ever_divides_and_keeps_apart_what_is_to_be(
    groups: list[int], seed: int, apart: list[list[int]]
) -> None:
    close = np.random.default_rng(seed).random((20, 20)) < 0.6
    numbers: dict[int, frozenset[int]] = {}
    for number, rows in enumerate(apart):
        for row in rows:
            numbers[row] = numbers.get(row, frozenset()) | {number}
    before = np.array(groups, dtype=np.int64)
    after = divided(before, lambda a, b: bool(close[a, b]), numbers)
    assert len(after) == len(before)
    for group in set(after.tolist()):
        rows = np.flatnonzero(after == group).tolist()
        assert len({groups[row] for row in rows}) == 1
        assert all(close[rows[0], row] for row in rows[1:])  # one that all others are close to
        for listed in apart:
            assert sum(row in listed for row in rows) <= 1
    assert sorted(set(after.tolist())) == list(range(len(set(after.tolist()))))
    whole = divided(before, lambda a, b: True, {})
    assert ((whole[:, None] == whole) == (before[:, None] == before)).all()


@given(st.integers(0, 10**6), st.integers(1, 25), st.integers(1, 25))
@settings(max_examples=40)
def test_the_closest_earlier_picture_is_named(seed: int, count: int, before: int) -> None:
    chance = np.random.default_rng(seed)
    base = chance.integers(0, 256, (6, 32), dtype=np.uint8)
    both = base[chance.integers(0, 6, count + before)].copy()
    for number, row in enumerate(both):  # some bits of the finer half differ
        for bit in chance.choice(np.arange(64, 256), chance.integers(0, 60), replace=False):
            both[number, bit // 8] = row[bit // 8] ^ (1 << (7 - bit % 8))
    vectors = np.ones((count + before, 1), dtype=np.float32)
    nearest = near_earlier(both[:count], vectors[:count], both[count:], vectors[count:])
    bits = np.bitwise_count(both[:count, None] ^ both[None, count:]).sum(axis=2, dtype=int)
    for row in range(count):
        assert (nearest[row] >= 0) == (bits[row].min() <= MAX_DISTANCE)
        if nearest[row] >= 0:
            assert bits[row, nearest[row]] == bits[row].min()
    apart = near_earlier(both[:count], vectors[:count], both[count:], -vectors[count:])
    assert (apart == -1).all()  # vectors have a say
    nothing = near_earlier(both[:count], vectors[:count], both[:0], vectors[:0])
    assert (nothing == -1).all()


def test_a_copy_of_a_blank_page_that_came_before() -> None:
    blank = np.zeros((3_000, 32), dtype=np.uint8)
    ones = np.ones((3_000, 1), dtype=np.float32)
    assert (near_earlier(blank, ones, blank, ones) == 0).all()
