"""Images to search by, from the collection and from elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from searches import find

from core.runtime.errors import WinnowError
from core.services.search.examples import encode_file, examples_of
from core.services.search.request import Request


def test_an_upload_equals_its_copy_in_the_collection(coloured, tmp_path: Path) -> None:
    project, truth = coloured
    path = next(iter(truth))
    outside = tmp_path / "upload.jpg"
    shutil.copy2(project.workspace.images / path, outside)
    vector = encode_file(project.encoder, outside)
    found = find(project, Request(vectors=(vector,), k=3))
    assert found.results[0].path == path
    assert found.results[0].score == pytest.approx(1, abs=1e-3)


def test_what_is_no_example_is_said(coloured, tmp_path: Path) -> None:
    project, _ = coloured
    snapshot = project.snapshot()
    (tmp_path / "text.jpg").write_text("no picture")
    with pytest.raises(WinnowError, match="cannot be used"):
        examples_of(snapshot, [tmp_path / "text.jpg"])
    with pytest.raises(WinnowError, match="neither a file nor an image"):
        examples_of(snapshot, [tmp_path / "nowhere.jpg"])
