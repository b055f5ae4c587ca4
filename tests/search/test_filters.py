"""Filters: every operator, values that are missing, and what cannot be compared."""

from __future__ import annotations

import polars as pl
import pytest

from core.runtime.errors import WinnowError
from core.search.filters import apply, parse, split


@pytest.fixture
def frame() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "path": ["2024/a.jpg", "2024/B.png", "old/c.jpg", "old/d.jpg"],
            "width": [100, 800, 1200, None],
            "label": ["shoes", None, "dress", "SHOES"],
            "confidence": [0.9, 0.5, None, 0.7],
        }
    )


@pytest.mark.parametrize(
    ("written", "rows"),
    [
        ("width>=800", "Bc"),
        ("width > 800", "c"),
        ("width<800", "a"),
        ("width<=800", "aB"),
        ("width=100", "a"),
        ("width!=100", "Bcd"),
        ("width=", "d"),
        ("width!=", "aBc"),
        ("confidence>=70%", "ad"),
        ("label=shoes", "a"),
        ("label!=shoes", "Bcd"),
        ("label~shoe", "ad"),
        ("label=", "B"),
        ("path^=2024/", "aB"),
        ("path~.JPG", "acd"),
        ("path^=20.4", ""),
        ("path~a|b", ""),
    ],
)
def test_filters(frame: pl.DataFrame, written: str, rows: str) -> None:
    result = apply(frame, [parse(written)])["path"].to_list()
    assert "".join(path.split("/")[1][0] for path in result) == rows


def test_all_conditions_must_hold(frame: pl.DataFrame) -> None:
    conditions = [parse(part) for part in split("width>=100, path^=2024/ ,,label=")]
    assert apply(frame, conditions)["path"].to_list() == ["2024/B.png"]
    assert len(apply(frame, [])) == 4


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("width", "not understood"),
        ("", "not understood"),
        ("wide>3", "there are path, width"),
        ("width>many", "needs a number"),
        ("width~8", "is a number"),
        ("label>a", "is text"),
        ("path; drop=1", "not understood"),
    ],
)
def test_mistakes_are_said(frame: pl.DataFrame, written: str, message: str) -> None:
    with pytest.raises(WinnowError, match=message):
        apply(frame, [parse(written)])


@pytest.mark.parametrize("piece", [" ", "a", "=", "a ", "~"])
def test_long_filters_are_refused_before_they_are_read(piece: str) -> None:
    written = "path=" + piece * 100_000 + "x"
    with pytest.raises(WinnowError, match="characters"):
        parse(written)
