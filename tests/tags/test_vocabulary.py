"""A vocabulary of tags as values."""

from __future__ import annotations

from tag_texts import GOOD

from core.tags.reading import parse


def test_the_version_follows_what_matters() -> None:
    tags = parse(GOOD, "v")
    assert parse(GOOD.replace("# ours", ""), "v").version == tags.version
    assert parse(GOOD.replace("the planet Earth", "Earth"), "v").version != tags.version
