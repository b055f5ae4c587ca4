"""When prototypes are refined."""

import pytest

from core.learn.models.refining import MINIMUM_IMAGES, MODES, is_wanted


@pytest.mark.parametrize(
    ("mode", "few", "enough"), [("auto", False, True), ("yes", True, True), ("no", False, False)]
)
def test_auto_refines_from_a_hundred_images_on(mode, few, enough):
    assert MINIMUM_IMAGES == 100 and mode in MODES
    assert is_wanted(mode, 99) == few
    assert is_wanted(mode, 100) == enough
