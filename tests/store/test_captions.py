"""Captions on disk: what goes in comes out, a new import replaces, damage is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.runtime.errors import WinnowError
from core.store.captions import load_captions, save_captions
from core.store.workspace import EncoderRecord, open_workspace

# Text as a CSV file in UTF-8 can hold it: anything but lone surrogates.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(rows=st.lists(st.tuples(st.sampled_from(["a" * 32, "b" * 32, "c" * 32]), TEXT)))
def test_what_goes_in_comes_out_in_its_order(tmp_path_factory, rows: list[tuple[str, str]]) -> None:
    path = tmp_path_factory.mktemp("captions") / "captions.parquet"
    save_captions(path, rows)
    expected: dict[str, list[str]] = {}
    for image_id, caption in rows:
        expected.setdefault(image_id, []).append(caption)
    assert load_captions(path) == {key: tuple(value) for key, value in expected.items()}


def test_none_yet_a_new_import_and_damage(tmp_path: Path) -> None:
    path = tmp_path / "captions.parquet"
    assert load_captions(path) == {}
    save_captions(path, [("a" * 32, "old"), ("b" * 32, "gone")])
    save_captions(path, [("a" * 32, "new")])
    assert load_captions(path) == {"a" * 32: ("new",)}
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]  # no temporary file is left
    whole = path.read_bytes()
    for damaged in (b"", b"path,caption\n", whole[:-9], whole[: len(whole) // 2]):
        path.write_bytes(damaged)
        with pytest.raises(WinnowError, match="damaged: delete that file"):
            load_captions(path)


def test_a_workspace_remembers_its_encoders(tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    workspace = open_workspace(images, tmp_path / "ws")
    assert workspace.encoders() == []
    first, second = EncoderRecord("one", "one-1", 3), EncoderRecord("two", "two-1", 5)
    for record in (first, second):
        workspace = workspace.with_encoder(record)
        (workspace.vectors(record.identity) / "meta.json").write_text("{}")
    assert workspace.encoders() == [second, first]
    workspace.with_encoder(EncoderRecord("empty", "empty-1", 2)).with_encoder(first)
    workspace = open_workspace(images, tmp_path / "ws")
    assert workspace.encoders() == [first, second], "one without vectors is none to compare with"
    (workspace.vectors("two-1") / "encoder.json").write_text("[")
    assert workspace.encoders() == [first]
