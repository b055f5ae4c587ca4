"""Captions that people bring: matched by path, kept by content, replaced as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from colours import ColourEncoder, captions_of, embedded_twice

from core.embedding.run import embed
from core.project.project import Project
from core.runtime.errors import WinnowError
from core.services.data.caption_import import import_captions


@pytest.fixture
def coloured(tmp_path: Path) -> tuple[Project, dict[str, str]]:
    """Thirty pictures and a copy, embedded by two encoders; the one that sees colours is active."""
    return embedded_twice(tmp_path / "pictures", tmp_path / "ws")


def test_captions_are_matched_by_path_and_kept_by_content(coloured) -> None:
    project, truth = coloured
    assert project.captions() == {}
    pairs = [("copy.jpg", "the first again"), ("nowhere.jpg", "x"), *captions_of(truth)]
    taken = import_captions(project.snapshot(), [*pairs, pairs[-1]])
    assert (taken.images, len(taken.rows), taken.missing) == (30, 31, ["nowhere.jpg"])
    pool = project.pool()
    first = pool.ids[pool.rows_by_path["p0000.jpg"]]
    assert project.captions()[first] == ("the first again", "A red picture")
    (project.workspace.images / "p0000.jpg").rename(project.workspace.images / "renamed.jpg")
    embed(project.workspace, ColourEncoder())
    assert project.captions()[first] == ("the first again", "A red picture")
    import_captions(project.snapshot(), [("p0001.jpg", "only this")])
    assert list(project.captions().values()) == [("only this",)], "a new import replaces"


def test_captions_of_no_image_are_refused_and_the_old_ones_stay(coloured) -> None:
    project, truth = coloured
    import_captions(project.snapshot(), captions_of(truth))
    with pytest.raises(WinnowError, match="None of the 1 paths of the captions"):
        import_captions(project.snapshot(), [("a.jpg", "x")])
    assert len(project.captions()) == 30
