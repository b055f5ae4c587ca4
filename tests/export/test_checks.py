"""Options that make no sense are refused."""

import pytest
from export.export_builders import planned

from core.export.checks import check_formats
from core.export.options import ExportOptions
from core.export.planning import make_plan
from core.runtime.errors import WinnowError


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"formats": ("yolo",)}, "yolo needs images in train and val"),
        ({"formats": ("yolo",), "splits": (1, 0, 0)}, "yolo needs images in train and val"),
        ({"formats": ("tar",)}, "Unknown format 'tar'"),
        ({"formats": ()}, "No format is chosen"),
        ({"review_margin": -0.1}, "review margin .* from 0 to 1, not -0.1"),
        ({"review_margin": float("nan")}, "review margin .* not nan"),
        ({"review_ratio": 0.9}, "review ratio .* from 1 on, not 0.9"),
        ({"review_ratio": float("inf")}, "review ratio .* not inf"),
        ({"review_ratio": float("nan")}, "review ratio .* not nan"),
    ],
)
def test_options_that_make_no_sense_are_refused(choices, words: str) -> None:
    with pytest.raises(WinnowError, match=words):
        make_plan([planned("1.jpg", "cat")], [], ["cat"], ExportOptions(**choices))


def test_formats_come_once_and_in_order() -> None:
    assert check_formats(["zip", "folders", "zip"]) == ("folders", "zip")
