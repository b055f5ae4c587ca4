"""What tests of the rooms above need not work out again for every test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from core.encoders.starter.encoder import StarterEncoder


@pytest.fixture(scope="module", autouse=True)
def texts_are_encoded_once() -> Iterator[None]:
    """Every workspace of a test encodes the prompts of the same sample. The encoder itself is
    tested elsewhere, and the same texts together have the same vectors."""
    encode = StarterEncoder.encode_texts

    def remembered(self: StarterEncoder, texts: Sequence[str]) -> np.ndarray:
        key = tuple(texts)
        if key not in _VECTORS:
            _VECTORS[key] = encode(self, texts)
        return _VECTORS[key].copy()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StarterEncoder, "encode_texts", remembered)
        yield


_VECTORS: dict[tuple[str, ...], np.ndarray] = {}
