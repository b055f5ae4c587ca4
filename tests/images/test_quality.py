"""Quality measures: blur is seen, whatever the contrast, size or background of a picture."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from conftest import SAMPLE
from hostile import photo
from PIL import Image, ImageEnhance, ImageFilter

from core.images.decode import decode
from core.images.quality import FLAGS, Quality, flags, measure
from core.store.catalog import ImageRow, to_frame

PHOTOS = [decode(p.read_bytes()).image for p in sorted(SAMPLE.glob("images/**/*.jpg"))[::11][:30]]


def flags_of(image: Image.Image, width: int | None = None, height: int | None = None) -> set[str]:
    quality = measure(image)
    row = ImageRow(
        "a.jpg", 1, 1, "0" * 32, width or image.width, height or image.height, "JPEG",
        **{name: getattr(quality, name) for name in Quality.__slots__},
    )  # fmt: skip
    result = flags(to_frame([row])).row(0, named=True)
    return {name for name in FLAGS if result[name]}


def test_good_photos_raise_no_flag() -> None:
    assert len(PHOTOS) >= 25
    assert [flags_of(image) for image in PHOTOS] == [set()] * len(PHOTOS)


def test_blurred_photos_are_flagged_and_slightly_soft_ones_are_not() -> None:
    def share(percent: float) -> float:
        pixels = [max(image.size) * percent / 100 for image in PHOTOS]
        blurred = [
            i.filter(ImageFilter.GaussianBlur(p)) for i, p in zip(PHOTOS, pixels, strict=True)
        ]
        return float(np.mean(["blurred" in flags_of(image) for image in blurred]))

    assert share(0.2) == 0
    assert share(1.5) >= 0.9


def test_sharpness_does_not_depend_on_contrast_size_or_background() -> None:
    image = PHOTOS[3].resize((600, 450), Image.Resampling.LANCZOS)
    sharp = measure(image).sharpness
    assert measure(ImageEnhance.Contrast(image).enhance(0.5)).sharpness == pytest.approx(
        sharp, rel=0.3
    )
    large = image.resize((1800, 1350), Image.Resampling.BICUBIC)
    assert measure(large).sharpness == pytest.approx(sharp, rel=0.3)
    framed = Image.new("RGB", (1200, 450), "white")
    framed.paste(image, (300, 0))
    assert "blurred" not in flags_of(framed)


def test_exposure_and_emptiness() -> None:
    image = PHOTOS[3]
    assert "dark" in flags_of(ImageEnhance.Brightness(image).enhance(0.15))
    pale = Image.blend(image, Image.new("RGB", image.size, "white"), 0.91)
    assert flags_of(pale) == {"bright"}
    assert flags_of(Image.new("RGB", (300, 200), (90, 120, 90))) == {"blank"}
    noise = np.random.default_rng(0).normal(128, 2, (200, 300, 3)).clip(0, 255).astype(np.uint8)
    assert flags_of(Image.fromarray(noise)) == {"blank"}
    assert flags_of(Image.new("RGB", (300, 200))) == {"blank", "dark"}
    on_black = Image.new("RGB", (600, 600))
    on_black.paste(image.resize((200, 200)), (200, 200))
    assert flags_of(on_black) == set()
    on_white = Image.new("RGB", (600, 600), "white")
    on_white.paste(image.resize((50, 50)), (200, 200))
    assert flags_of(on_white) == set()


def test_shape_and_size() -> None:
    assert "tiny" in flags_of(photo(1, (31, 400)))
    assert "tiny" not in flags_of(photo(1, (32, 40)))
    assert "odd_shape" in flags_of(photo(1, (600, 100)))
    assert "odd_shape" not in flags_of(photo(1, (500, 100)))


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (2, 2), (3, 3), (2000, 1)])
def test_pictures_of_any_shape_can_be_measured(size: tuple[int, int]) -> None:
    quality = measure(Image.new("RGB", size, "teal"))
    assert quality.sharpness == 0
    assert 0 < quality.brightness < 1
    assert len(quality.phash) == 32


def test_measures_of_an_older_catalog_raise_no_flag() -> None:
    rows = [
        ImageRow("a.jpg", 1, 1, "0" * 32, 10, 400, "JPEG"),
        ImageRow("b.jpg", 0, 0, problem="x"),
    ]
    result = flags(to_frame(rows))
    assert result["path"].to_list() == ["a.jpg"]
    assert result.select(FLAGS).row(0) == (False, False, False, False, True, True)
    assert result.schema["blurred"] == pl.Boolean
