"""Images to search by: of the collection by their ids, from elsewhere by their vectors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.encoders.base import NO_VECTOR
from core.images.decode import decoding, read_image_file
from core.images.names import as_text
from core.images.opening import room_for
from core.project.snapshot import Snapshot
from core.runtime.budget import Lease
from core.runtime.errors import WinnowError

if TYPE_CHECKING:
    from core.encoders.base import Encoder


def examples_of(
    snapshot: Snapshot, paths: Sequence[Path]
) -> tuple[tuple[str, ...], tuple[np.ndarray, ...]]:
    """Image files as ids, where they are of the collection, and as vectors (D,) where not.

    Args:
        paths: within the image folder, absolute, or from the current folder, in this order.

    Raises:
        WinnowError: there is no such file, or it is no image.
    """
    folder, pool = snapshot.workspace.images, snapshot.pool
    ids: list[str] = []
    vectors: list[np.ndarray] = []
    for path in paths:
        absolute = path.expanduser().resolve()
        inside = absolute.relative_to(folder) if absolute.is_relative_to(folder) else path
        rows = pool.match((as_text(name.as_posix()), None) for name in (path, inside)).values
        if rows:
            ids.append(pool.ids[rows[0][0]])
        elif absolute.is_file():
            vectors.append(encode_file(snapshot.encoder, absolute))
        else:
            raise WinnowError(
                f"The image {path} is neither a file nor an image of {folder}: check its name."
            )
    return tuple(ids), tuple(vectors)


def encode_file(encoder: Encoder, path: Path) -> np.ndarray:
    """Vector (D,) float32 of an image file from anywhere; WinnowError when it cannot be used."""
    with room_for(path, lambda: encoder.draft_px) as lease:
        return encode_bytes(encoder, read_image_file(path), path.name, lease)


def encode_bytes(
    encoder: Encoder, data: bytes, name: str, lease: Lease | None = None
) -> np.ndarray:
    """Vector (D,) float32 of an image file's bytes; WinnowError when it cannot be used.

    Args:
        lease: room in memory that was taken for it already.
    """
    # Drafted as the collection's files are, so that a large picture equals its copy there.
    with decoding(data, name, encoder.draft_px, lease) as decoded:
        pixels = encoder.preprocess(decoded.image)
    vector = encoder.encode_images(pixels[None])[0]
    if not np.isfinite(vector).all():
        raise WinnowError(f"The image {name} cannot be searched by: {NO_VECTOR}.")
    # Through half precision, as stored vectors are: an image equals its copy in the collection.
    return vector.astype(np.float16).astype(np.float32)
