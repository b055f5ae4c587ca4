"""Templates hold column names and nothing else; what is empty takes its separators along."""

from __future__ import annotations

import pytest

from core.runtime.errors import WinnowError
from core.services.predict.word_template import MOST_CHARACTERS, WordTemplate


@pytest.mark.parametrize(
    ("template", "cells", "wanted"),
    [
        ("{title}. {keywords}", {"title": "Red boat", "keywords": "sea"}, "Red boat. sea"),
        ("{title}. {keywords}", {"title": "Red boat"}, "Red boat"),
        ("{title}. {keywords}", {"keywords": "sea"}, "sea"),
        ("{title}. {keywords}", {}, ""),
        ("{title}. {keywords}", {"title": "  ", "keywords": "\n"}, ""),
        ("{title}, {brand} ({year})", {"title": "Cup", "brand": "Ay", "year": "2"}, "Cup, Ay (2)"),
        ("{title}, {brand} ({year})", {"title": "Cup", "brand": "Ay"}, "Cup, Ay"),
        ("title: {title}, brand: {brand}", {"brand": "Ay"}, "brand: Ay"),
        ("a {title} for sale", {"title": "cup"}, "a cup for sale"),
        ("a {title} for sale", {}, ""),
        ("{title}", {"title": "two\n lines"}, "two lines"),
        ("{ title }", {"title": "cup"}, "cup"),
        ("{title}", {"title": "{brand}", "brand": "Ay"}, "{brand}"),
    ],
)
def test_cells_are_filled_in(template: str, cells: dict[str, str], wanted: str) -> None:
    assert WordTemplate.parse(template).fill(cells) == wanted


@pytest.mark.parametrize("template", ["", "title", "{}", "{ }", "{title", "title}", "{{title}}"])
def test_what_names_no_column_is_refused_in_a_sentence(template: str) -> None:
    with pytest.raises(WinnowError, match=r"names no column|without its partner"):
        WordTemplate.parse(template)


def test_only_columns_that_are_there_can_speak() -> None:
    template = WordTemplate.parse("{title.__class__} {0} {title!r} {title:>9}")
    assert template.columns == ("title.__class__", "0", "title!r", "title:>9")
    with pytest.raises(WinnowError, match=r"no column .title.__class__.; the columns are"):
        template.checked(["title"])
    with pytest.raises(WinnowError, match="import a table"):
        template.checked([])


def test_long_templates_are_refused() -> None:
    with pytest.raises(WinnowError, match="characters"):
        WordTemplate.parse("{title}" + "x" * MOST_CHARACTERS)
