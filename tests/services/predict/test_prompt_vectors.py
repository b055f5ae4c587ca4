"""Very many prompts are read once: the next server takes their vectors from disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.services.predict import prompt_vectors
from core.services.predict.zero_shot import zero_shot

WORDS = Vocabulary.of({f"{c} {n}": [f"{c} thing {n}"] for n in range(10) for c in ("red", "green")})


class Counting(ColourEncoder):
    """Notes how many texts it was asked for."""

    asked = 0

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += len(texts)
        return super().encode_texts(texts)


def scores(folder: Path, classes: Vocabulary) -> tuple[np.ndarray, int]:
    """What a server that has just started makes of the classes, and the texts that it reads."""
    encoder = Counting()
    project = Project.open(folder / "images", folder / "workspace")
    return zero_shot(project.use(encoder).snapshot(classes)).scores, encoder.asked


def test_the_next_server_reads_only_what_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pictures(tmp_path / "images", 6)
    embed(Project.open(tmp_path / "images", tmp_path / "workspace").workspace, ColourEncoder())
    plain, asked = scores(tmp_path, WORDS)
    assert asked == 20 and not list(tmp_path.rglob("cache/prompts/*"))  # few: nothing is kept
    monkeypatch.setattr(prompt_vectors, "MANY", 15)
    first, asked = scores(tmp_path, WORDS)
    assert asked == 20
    again, asked = scores(tmp_path, WORDS)
    assert asked == 0
    np.testing.assert_array_equal(first, plain)
    np.testing.assert_array_equal(again, plain)
    more = Vocabulary((*WORDS.classes, ("blue", ("blue sky",))))
    assert scores(tmp_path, more)[1] == 1
    assert scores(tmp_path, more)[1] == 0  # what one edit brought is kept too
    (kept,) = tmp_path.rglob("cache/prompts/*")
    kept.write_bytes(b"damaged")
    mended, asked = scores(tmp_path, WORDS)
    assert asked == 20
    np.testing.assert_array_equal(mended, plain)
    assert scores(tmp_path, WORDS)[1] == 0
