from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import hostile
import numpy as np
import pytest
from hostile import encoded, photo
from PIL import Image

from core.images.decode import UnreadableImage
from core.images.hash import content_id
from core.images.thumbnails import preview, thumbnail, thumbnail_path
from core.runtime.errors import WinnowError


def stored(folder: Path, data: bytes, name: str = "source.jpg") -> tuple[Path, str]:
    path = folder / name
    path.write_bytes(data)
    return path, content_id(data)


def test_made_once_at_its_place_with_the_longer_side(tmp_path: Path) -> None:
    source, image_id = stored(tmp_path, encoded(photo(1, (900, 600)), "JPEG", quality=95))
    made = thumbnail(source, tmp_path / "cache", image_id)
    assert made == tmp_path / "cache" / "224" / image_id[:2] / f"{image_id}.jpg"
    with Image.open(made) as image:
        assert image.size == (224, 149)
        expected = photo(1, (900, 600)).resize((224, 149), Image.Resampling.LANCZOS)
        assert np.abs(np.asarray(image).astype(int) - np.asarray(expected)).mean() < 3
    before = made.stat().st_mtime_ns
    source.unlink()
    assert thumbnail(source, tmp_path / "cache", image_id) == made  # found without the source
    assert made.stat().st_mtime_ns == before
    assert [path.name for path in made.parent.iterdir()] == [made.name]


def test_sizes_do_not_mix_and_small_pictures_stay_small(tmp_path: Path) -> None:
    source, image_id = stored(tmp_path, encoded(photo(1, (600, 400)), "JPEG"))
    small = thumbnail(source, tmp_path / "cache", image_id, 64)
    large = preview(source, tmp_path / "cache", image_id)
    with Image.open(small) as image:
        assert image.size == (64, 43)
    with Image.open(large) as image:
        assert image.size == (600, 400)


def test_upright_on_white_and_without_metadata(tmp_path: Path) -> None:
    source, image_id = stored(tmp_path, hostile.rotated_jpeg())
    with Image.open(thumbnail(source, tmp_path / "c", image_id)) as image:
        assert image.size == (64, 96)
        assert not image.getexif()
        assert "icc_profile" not in image.info
    source, image_id = stored(tmp_path, hostile.transparent_png(), "t.png")
    with Image.open(thumbnail(source, tmp_path / "c", image_id)) as image:
        assert image.getpixel((5, 5)) == (255, 255, 255)


def test_an_empty_file_left_by_a_crash_is_made_again(tmp_path: Path) -> None:
    source, image_id = stored(tmp_path, encoded(photo(1), "JPEG"))
    target = thumbnail_path(tmp_path / "c", image_id)
    target.parent.mkdir(parents=True)
    target.touch()
    thumbnail(source, tmp_path / "c", image_id)
    assert target.stat().st_size > 0


@pytest.mark.parametrize("bad", ["", "../../etc/passwd", "A" * 32, "a" * 31 + "/", "0" * 33])
def test_an_id_cannot_hold_a_path(tmp_path: Path, bad: str) -> None:
    source, _ = stored(tmp_path, encoded(photo(1), "JPEG"))
    with pytest.raises(WinnowError, match="is no image id"):
        thumbnail(source, tmp_path / "c", bad)
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize("size", [0, -1, 15, 100_000])
def test_size_is_checked(tmp_path: Path, size: int) -> None:
    with pytest.raises(WinnowError, match="choose 16 to 4096"):
        thumbnail_path(tmp_path, "0" * 32, size)


def test_unreadable_and_changed_sources_leave_nothing_behind(tmp_path: Path) -> None:
    source, image_id = stored(tmp_path, b"no picture at all")
    with pytest.raises(UnreadableImage, match="looks like text"):
        thumbnail(source, tmp_path / "c", image_id)
    source.write_bytes(encoded(photo(1), "JPEG"))
    with pytest.raises(UnreadableImage, match="has changed since it was read"):
        thumbnail(source, tmp_path / "c", image_id)
    with pytest.raises(UnreadableImage, match="no longer there"):
        thumbnail(tmp_path / "gone.jpg", tmp_path / "c", image_id)
    assert not (tmp_path / "c").exists()


def test_a_failed_write_is_one_sentence_and_leaves_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, image_id = stored(tmp_path, encoded(photo(1), "JPEG"))

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(WinnowError, match=r"cannot be written \(No space left on device\)"):
        thumbnail(source, tmp_path / "c", image_id)
    assert [path for path in (tmp_path / "c").rglob("*") if path.is_file()] == []


def test_many_threads_make_one_whole_file(tmp_path: Path) -> None:
    source, image_id = stored(tmp_path, encoded(photo(1, (800, 600)), "JPEG"))

    def look(_: int) -> tuple[int, int]:
        with Image.open(thumbnail(source, tmp_path / "c", image_id)) as image:
            image.load()
            return image.size

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(look, range(64))) == {(224, 168)}
    assert len([path for path in (tmp_path / "c").rglob("*") if path.is_file()]) == 1
