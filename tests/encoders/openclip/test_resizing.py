"""PyTorch's kernel for resizing against torchvision's transform, which uses Pillow's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.encoders import torchvision_compat
from core.encoders.openclip.resizing import LONGEST, faster, shortened

torchvision_compat.prepare()
from torchvision.transforms import CenterCrop, InterpolationMode, Resize  # noqa: E402

MODES = {"bicubic": InterpolationMode.BICUBIC, "bilinear": InterpolationMode.BILINEAR}


@given(
    width=st.integers(1, 300),
    height=st.integers(1, 300),
    size=st.one_of(st.integers(1, 64), st.tuples(st.integers(1, 64), st.integers(1, 64))),
    mode=st.sampled_from(sorted(MODES)),
    seed=st.integers(0, 9),
)
@settings(max_examples=100)
def test_it_gives_what_torchvision_gives_but_for_rounding(width, height, size, mode, seed) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    picture = Image.fromarray(noise)
    if isinstance(size, int):  # tested below
        picture = shortened(picture)
    step = Resize(size, interpolation=MODES[mode])
    made, size = faster(step)(picture), step(picture).size
    # In one step, Pillow 13 takes tall pictures' passes in the other order, which rounds otherwise.
    pillow = Image.Resampling[mode.upper()]
    asked = picture.resize((size[0], picture.height), pillow).resize(size, pillow)
    assert (made.mode, made.size) == ("RGB", size)
    difference = np.abs(np.asarray(made, dtype=int) - np.asarray(asked))
    assert difference.max() <= 2
    assert difference.mean() < 0.4


@pytest.mark.parametrize("step", [CenterCrop(3), Resize(3, InterpolationMode.NEAREST)])
def test_other_steps_stay_as_they_are(step) -> None:
    assert faster(step) is step


def test_of_a_strip_the_middle_is_enlarged_and_no_more() -> None:
    strip = Image.new("RGB", (100_000, 1))
    strip.paste((255, 0, 0), (49_990, 0, 50_010, 1))
    made = faster(Resize(224, MODES["bicubic"]))(strip)
    assert made.size == (LONGEST * 224, 224)
    assert np.asarray(CenterCrop(224)(made))[..., 0].min() == 255
