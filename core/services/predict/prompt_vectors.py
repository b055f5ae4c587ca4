"""Vectors of very many prompts, kept on disk: a server that starts need not read them again."""

from __future__ import annotations

import hashlib
from contextlib import suppress

import numpy as np

from core.project.derived import digest
from core.project.snapshot import Snapshot
from core.runtime.errors import StorageError

MANY = 400
"""Prompts of a question from which on it is worth it: about three seconds of reading."""
_KEY_BYTES = 16


def bring_prompts(snapshot: Snapshot) -> None:
    """Have the vectors of a question's prompts at hand, from disk where they lie there.

    They are kept as they are, so predictions are the same with them and without. Where there are
    few nothing is done: those are read when they are needed. A prompt that is edited is kept at
    once, or the next server would have to load the encoder for it alone.
    """
    encoder, cache = snapshot.encoder, snapshot.texts
    texts = list(dict.fromkeys(text for own in snapshot.classes.spoken() for text in own))
    missing = cache.missing(encoder, texts)
    if not missing or len(texts) < MANY:
        return
    name = f"prompts/{digest(encoder.identity, encoder.dim)}.npz"
    stored: dict[bytes, np.ndarray] = {}
    if len(missing) >= MANY:  # after an edit there is nothing on disk that is not at hand
        stored = snapshot.derived.recalled(name, lambda of: _fitting(of, encoder.dim)) or stored
    there = [text for text in missing if _key(text) in stored]
    if there:
        cache.add(encoder, there, np.stack([stored[_key(text)] for text in there]))
    if len(there) < len(missing):
        keys = np.frombuffer(b"".join(map(_key, texts)), np.uint8).reshape(-1, _KEY_BYTES)
        vectors = cache.embed(encoder, texts)
        with suppress(StorageError):  # read again by the next server
            snapshot.derived.write(name, {"keys": keys, "vectors": vectors})


def _fitting(arrays: dict[str, np.ndarray], dim: int) -> dict[bytes, np.ndarray] | None:
    keys, vectors = arrays["keys"], arrays["vectors"]
    if keys.shape != (len(vectors), _KEY_BYTES) or vectors.shape[1:] != (dim,):
        return None
    if keys.dtype != np.uint8 or vectors.dtype != np.float32 or not np.isfinite(vectors).all():
        return None
    return dict(zip((key.tobytes() for key in keys), vectors, strict=True))


def _key(text: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=_KEY_BYTES).digest()
