"""Pictures wait for room; those for which there never will be any are listed with their size."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hostile import encoded, photo
from PIL import Image

from core.images import decode as decode_module
from core.images import opening
from core.images.decode import UnreadableImage, decode, decoding
from core.images.hash import content_id
from core.images.large import room
from core.images.large.room import TooHeavy, pictures, screens
from core.images.opening import room_for
from core.images.thumbnails import thumbnail
from core.runtime import budget
from core.runtime.budget import MEGABYTE


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A budget of 16 MB."""
    monkeypatch.setenv(budget.VARIABLE, "16")
    for shared in (pictures, screens):
        shared.cache_clear()
    yield
    for shared in (pictures, screens):
        shared.cache_clear()


def scan(side: int, kind: str = "PNG", **options: object) -> bytes:
    return encoded(photo(1, (40, 40)).resize((side, side)), kind, **options)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "BMP", "AVIF"])
def test_too_large_a_picture_is_listed_with_its_size_and_the_limit(kind: str, small: None) -> None:
    options = {"speed": 10} if kind == "AVIF" else {}
    with pytest.raises(TooHeavy) as error:
        decode(scan(2_500, kind, **options), "a.png")
    for part in ("2,500 × 2,500 pixels", "limit of 16 MB", budget.VARIABLE):
        assert part in error.value.reason
    assert isinstance(error.value, UnreadableImage)
    assert pictures().taken == 0
    assert decode(scan(800, kind, **options)).width == 800


def test_the_memory_is_held_until_the_block_ends_and_given_back_on_errors(small: None) -> None:
    data = scan(1_000)
    with decoding(data) as decoded:
        held = pictures().taken
        assert held >= decoded.width * decoded.height * 4
    assert pictures().taken == 0
    with pytest.raises(KeyError), decoding(data):
        raise KeyError
    with pytest.raises(UnreadableImage), decoding(data[:60]):
        pass
    assert pictures().taken == 0


def test_many_threads_share_it(small: None) -> None:
    """Five of them would not fit; each is counted while it is worked with."""
    data = scan(1_200)  # 7 MB while it is worked with
    highest = [0]

    def work(_: int) -> tuple[int, int]:
        with decoding(data) as decoded:
            highest[0] = max(highest[0], pictures().taken)
            return decoded.image.size

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(work, range(24), timeout=120)) == {(1_200, 1_200)}
    assert 0 < highest[0] <= 16 * MEGABYTE
    assert pictures().taken == 0


def test_a_large_file_waits_before_it_is_read(
    small: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "LARGE_FILE", 1_000)
    path = tmp_path / "a.png"
    path.write_bytes(scan(1_000))
    everything = pictures().lease(16 * MEGABYTE)
    entered = threading.Event()

    def wait() -> None:
        with room_for(path):
            entered.set()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    assert not entered.wait(0.3)
    everything.release()
    assert entered.wait(10)
    thread.join(10)
    assert pictures().taken == 0


def test_a_large_file_that_never_fits_is_refused_before_it_is_read(
    small: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "LARGE_FILE", 1_000)
    path = tmp_path / "a.bmp"
    path.write_bytes(scan(2_500, "BMP"))
    with pytest.raises(TooHeavy, match="2,500 × 2,500"), room_for(path):
        raise AssertionError("it was let in")


@pytest.mark.parametrize("content", [b"", b"\xff\xd8" + bytes(5_000), b"no picture" * 900])
def test_room_for_what_is_no_picture_is_no_error(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "LARGE_FILE", 1_000)
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    with room_for(path), room_for(tmp_path / "missing.jpg"):
        pass
    assert pictures().taken == 0


def test_thumbnails_of_a_page_have_a_part_of_it(small: None, tmp_path: Path) -> None:
    source = tmp_path / "a.png"
    source.write_bytes(scan(1_200))
    image_id = content_id(source.read_bytes())
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda n: thumbnail(source, tmp_path / str(n), image_id), range(6)))
    assert all(Image.open(path).size == (224, 224) for path in made)
    assert (screens().taken, pictures().taken) == (0, 0)
    assert screens().total == min(room.PAGE_BYTES, pictures().total)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_a_draft_of_a_large_picture_is_its_reduction(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decode_module, "REDUCED_ABOVE", 10_000)
    data = scan(900, kind, **({"lossless": True} if kind == "WEBP" else {}))
    exact, draft = decode(data), decode(data, draft_px=200)
    assert draft.image.size == (225, 225)
    assert (draft.width, draft.height) == (900, 900)
    assert np.array_equal(np.asarray(draft.image), np.asarray(exact.image.reduce(4)))
    assert decode(data, draft_px=600).image.size == (900, 900)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "GIF", "BMP"])
def test_a_small_file_that_claims_a_giant_picture_is_not_looked_for_its_rest(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether enough of a cut file is there takes several decodings."""
    monkeypatch.setattr(
        decode_module, "rescued", lambda *_: pytest.fail("it was decoded again and again")
    )
    with pytest.raises(UnreadableImage):
        decode(encoded(Image.new("L", (5_000, 5_000)), kind)[:3_000])
