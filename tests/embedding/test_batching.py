"""Batches that do not fit are halved, and none of their images is lost."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.embedding.batching import CPU_IMAGES, GPU_FIRST, GPU_MOST, BatchSize, encode
from core.runtime.errors import WinnowError

ERRORS = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
    MemoryError(),
    RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory"),
    RuntimeError("std::bad_alloc"),
]


class Device:
    """Encodes at most ``room`` images at once; raises ``error`` for more."""

    def __init__(self, room: int, error: BaseException = ERRORS[0]) -> None:
        self.room = room
        self.error = error
        self.batches: list[int] = []

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        if len(pixels) > self.room:
            raise self.error
        self.batches.append(len(pixels))
        return pixels.astype(np.float32) * 2


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_batch_that_does_not_fit_is_halved_until_it_does(error: BaseException) -> None:
    device, size = Device(room=10, error=error), BatchSize(64, 256)
    pixels = np.arange(64)[:, None]
    np.testing.assert_array_equal(encode(device, pixels, size), pixels * 2)
    assert set(device.batches) == {8}
    assert (size.now, size.most) == (8, 8)


@settings(max_examples=25, deadline=None)  # each example that does not fit collects garbage
@given(images=st.integers(1, 200), room=st.integers(1, 200), first=st.integers(1, 200))
def test_no_image_is_lost_doubled_or_moved(images: int, room: int, first: int) -> None:
    device, size = Device(room), BatchSize(first, 4 * first)
    pixels = np.arange(images)[:, None]
    np.testing.assert_array_equal(encode(device, pixels, size), pixels * 2)
    assert sum(device.batches) == images
    assert 1 <= size.now <= 4 * first


def test_one_image_that_does_not_fit_is_said() -> None:
    with pytest.raises(WinnowError, match="not enough memory"):
        encode(Device(room=0), np.zeros((4, 1)), BatchSize(4, 4))


def test_other_errors_pass_unchanged() -> None:
    error = RuntimeError("mat1 and mat2 shapes cannot be multiplied")
    size = BatchSize(4, 8)
    with pytest.raises(RuntimeError, match="cannot be multiplied"):
        encode(Device(room=1, error=error), np.zeros((4, 1)), size)
    assert (size.now, size.most) == (4, 8)


def test_full_batches_grow_to_the_limit_and_short_ones_do_not() -> None:
    size = BatchSize.for_device("cuda", None)
    device = Device(room=10_000)
    seen = []
    for _ in range(5):
        seen.append(size.now)
        encode(device, np.zeros((size.now, 1)), size)
    assert seen == [GPU_FIRST, 2 * GPU_FIRST, GPU_MOST, GPU_MOST, GPU_MOST]
    short = BatchSize.for_device("cuda", None)
    encode(device, np.zeros((GPU_FIRST - 1, 1)), short)
    assert short.now == GPU_FIRST


def test_what_did_not_fit_once_is_not_tried_again() -> None:
    device, size = Device(room=100), BatchSize.for_device("cuda", None)
    for _ in range(6):
        encode(device, np.zeros((size.now, 1)), size)
    assert size.now == 64
    assert max(device.batches) <= 100


def test_sizes_follow_the_device_and_the_wish() -> None:
    assert BatchSize.for_device("cpu", None).most == CPU_IMAGES
    asked = BatchSize.for_device("cuda", 7)
    for device, size in (("cpu", CPU_IMAGES), ("cuda", GPU_MOST)):
        steady = BatchSize.for_device(device, None, steady=True)
        assert (steady.now, steady.most, steady.filled) == (size, size, True)
    encode(Device(room=99), np.zeros((7, 1)), asked)
    assert (asked.now, asked.most) == (7, 7)


def test_a_small_batch_is_filled_so_that_every_image_sees_one_size() -> None:
    seen: list[int] = []

    def encode_images(pixels: np.ndarray) -> np.ndarray:
        seen.append(len(pixels))
        return pixels.reshape(len(pixels), -1).astype(np.float32)

    size = BatchSize.for_device("cpu", None)
    pixels = np.arange(3 * 12, dtype=np.uint8).reshape(3, 2, 2, 3)
    vectors = encode(encode_images, pixels, size)
    assert seen == [size.now]
    np.testing.assert_array_equal(vectors, pixels.reshape(3, -1))
