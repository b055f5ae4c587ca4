"""Manifests that are none are refused."""

from pathlib import Path

import pytest

from core.export.record.run import load_manifest
from core.runtime.errors import WinnowError


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "There is no manifest at"),
        (b"{", "not valid JSON"),
        (b"\xff\xfe\xfa", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"[]", "not a manifest of Winnow"),
        (b'{"format": "other"}', "not a manifest of Winnow"),
        (b'{"format": "winnow-manifest"}', "has no format version"),
        (b'{"format": "winnow-manifest", "version": true}', "has no format version"),
        (b'{"format": "winnow-manifest", "version": 99}', "format version 99 .* newer Winnow"),
        (b'{"format": "winnow-manifest", "version": 1}', "lacks a proper entry 'winnow'"),
    ],
)
def test_a_bad_manifest_is_refused_in_one_sentence(tmp_path: Path, content, words) -> None:
    path = tmp_path / "manifest.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WinnowError, match=words):
        load_manifest(path)
