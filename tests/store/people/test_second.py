"""Which images are labeled twice follows from their content; the setting is checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.runtime.errors import WinnowError
from core.store.people.second import is_second, keep_second_every, second_every


def test_the_setting_is_kept_and_taken_away(tmp_path: Path) -> None:
    assert second_every(tmp_path) == 0
    keep_second_every(tmp_path, 10)
    assert second_every(tmp_path) == 10
    keep_second_every(tmp_path, 0)
    assert second_every(tmp_path) == 0 and list(tmp_path.iterdir()) == []
    with pytest.raises(WinnowError, match="name a number up to 10,000"):
        keep_second_every(tmp_path, 10_001)


@pytest.mark.parametrize("text", ["{", "[]", '{"every": 0}', '{"every": "3"}', '{"every": 99999}'])
def test_a_damaged_setting_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "second-labels.json").write_text(text)
    with pytest.raises(WinnowError, match=r"cannot be read .* delete it"):
        second_every(tmp_path)


def test_about_every_nth_image_is_of_them_and_always_the_same() -> None:
    ids = [f"{n:032x}" for n in range(20_000)]
    first = [i for i in ids if is_second(i, 10)]
    assert 1_800 < len(first) < 2_200
    assert first == [i for i in ids if is_second(i, 10)]
    assert not any(is_second(i, 0) for i in ids[:100]) and all(is_second(i, 1) for i in ids[:100])
