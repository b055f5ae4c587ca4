"""Vectors of many texts: each distinct text read once by an encoder, and kept on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from core.encoders.base import Encoder, unit_rows
from core.project.derived import Derived, digest
from core.runtime.errors import StorageError
from core.runtime.progress import Cancelled, Report

_BATCH = 512
_MOST = 400_000  # texts that one file keeps; beyond it those of this call stay
_KEY_BYTES = 16
STEP = "Reading words"


def text_vectors(
    derived: Derived, encoder: Encoder, texts: Sequence[str], report: Report
) -> np.ndarray:
    """Vectors (n, D) float32 of distinct texts, unit norm; NaN where the model has none.

    They are rounded as they are kept, to half precision, so that the first call and the next agree.

    Raises:
        Cancelled: asked to stop; what was read until then is kept.
    """
    name = f"texts/{digest(encoder.identity, encoder.dim)}.npz"
    stored, held = _read(derived, name, encoder.dim)
    keys = [_key(text) for text in texts]
    places = {key: row for row, key in enumerate(stored)}
    new = [row for row, key in enumerate(keys) if key not in places]
    made: list[np.ndarray] = []
    try:
        for begin in range(0, len(new), _BATCH):
            report.step(STEP, begin, len(new))
            rows = new[begin : begin + _BATCH]
            made.append(encoder.encode_texts([texts[row] for row in rows]).astype(np.float16))
    except Cancelled:
        _write(derived, name, stored, held, [keys[row] for row in new], made)
        raise
    if made:
        report.step(STEP, len(new), len(new))
        stored, held = _write(derived, name, stored, held, [keys[row] for row in new], made)
        places = {key: row for row, key in enumerate(stored)}
    own = held[[places[key] for key in keys]].astype(np.float32)
    usable = np.isfinite(own).all(axis=1) & own.any(axis=1)
    result = np.full(own.shape, np.nan, np.float32)
    result[usable] = unit_rows(own[usable])
    return result


def _read(derived: Derived, name: str, dim: int) -> tuple[list[bytes], np.ndarray]:
    def fitting(arrays: dict[str, np.ndarray]) -> tuple[list[bytes], np.ndarray] | None:
        keys, vectors = arrays["keys"], arrays["vectors"]
        if keys.shape != (len(vectors), _KEY_BYTES) or vectors.shape[1:] != (dim,):
            return None
        if keys.dtype != np.uint8 or vectors.dtype != np.float16:
            return None
        return [key.tobytes() for key in keys], vectors

    return derived.recalled(name, fitting) or ([], np.empty((0, dim), np.float16))


def _write(
    derived: Derived,
    name: str,
    stored: list[bytes],
    held: np.ndarray,
    new: list[bytes],
    made: list[np.ndarray],
) -> tuple[list[bytes], np.ndarray]:
    """Keep the texts that were read; returns all that are there now."""
    fresh = np.concatenate([np.empty((0, held.shape[1]), np.float16), *made])
    keys, vectors = [*stored, *new[: len(fresh)]], np.concatenate([held, fresh])
    # The oldest go first from the file, not from what is returned.
    rows = np.frombuffer(b"".join(keys[-_MOST:]), np.uint8).reshape(-1, _KEY_BYTES)
    if len(fresh):
        with suppress(StorageError):  # read again next time
            derived.write(name, {"keys": rows, "vectors": vectors[-_MOST:]})
    return keys, vectors


def _key(text: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=_KEY_BYTES).digest()
