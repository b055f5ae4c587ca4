"""Each text is read once, whoever asks and whenever."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from colours import ColourEncoder

from core.project.derived import Derived
from core.runtime.progress import Cancelled, Report
from core.services.predict import text_vectors as module
from core.services.predict.text_vectors import text_vectors


class Counting(ColourEncoder):
    """Remembers what it read; has no vector for "?"."""

    def __init__(self, identity: str = "colours-1") -> None:
        super().__init__(identity)
        self.read: list[str] = []

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        self.read.extend(texts)
        vectors = super().encode_texts(texts)
        vectors[[text == "?" for text in texts]] = np.nan
        return vectors


def test_only_new_texts_are_read_and_all_come_back_as_they_were(tmp_path: Path) -> None:
    derived, encoder = Derived(tmp_path), Counting()
    first = text_vectors(derived, encoder, ["red", "blue"], Report())
    again = text_vectors(Derived(tmp_path), encoder, ["green", "blue", "red"], Report())
    assert encoder.read == ["red", "blue", "green"]
    np.testing.assert_array_equal(again[[2, 1]], first)
    np.testing.assert_allclose(np.linalg.norm(again, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(first, ColourEncoder().encode_texts(["red", "blue"]), atol=1e-3)


def test_each_encoder_has_its_own(tmp_path: Path) -> None:
    derived, other = Derived(tmp_path), Counting("colours-2")
    text_vectors(derived, Counting(), ["red"], Report())
    text_vectors(derived, other, ["red"], Report())
    assert other.read == ["red"]


def test_a_text_without_a_vector_is_none_and_is_not_read_again(tmp_path: Path) -> None:
    derived, encoder = Derived(tmp_path), Counting()
    for _ in range(2):
        vectors = text_vectors(derived, encoder, ["?", "red"], Report())
        assert np.isnan(vectors[0]).all() and np.isfinite(vectors[1]).all()
    assert encoder.read == ["?", "red"]
    assert text_vectors(derived, encoder, [], Report()).shape == (0, encoder.dim)


def test_damaged_files_are_read_anew(tmp_path: Path) -> None:
    derived, encoder = Derived(tmp_path), Counting()
    wanted = text_vectors(derived, encoder, ["red"], Report())
    file = next(tmp_path.rglob("*.npz"))
    for damage in (b"", b"PK", file.read_bytes()[:40]):
        file.write_bytes(damage)
        np.testing.assert_array_equal(text_vectors(derived, encoder, ["red"], Report()), wanted)


def test_what_was_read_until_it_is_stopped_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BATCH", 1)
    derived, encoder, report = Derived(tmp_path), Counting(), Report()

    class Stopping(Report):
        def step(self, name: str, done: int = 0, total: int = 0, note: str = "") -> None:
            if done == 2:
                raise Cancelled

    with pytest.raises(Cancelled):
        text_vectors(derived, encoder, ["red", "green", "blue"], Stopping())
    text_vectors(derived, encoder, ["red", "green", "blue"], report)
    assert encoder.read == ["red", "green", "blue"]
